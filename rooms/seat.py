"""One person's place in an act, and the devices on it. Values only: each fact makes a new seat from the old one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from rooms.facts import (
    DeviceInterrupted,
    DeviceJoined,
    DeviceLeft,
    DeviceMoved,
    DeviceResumed,
    Fact,
    Held,
    InvitationReissued,
    MediaStarted,
    SeatAdmitted,
    SeatAsked,
    SeatEntered,
    SeatMade,
    SeatRevoked,
    SeatTurnedAway,
    SeatWaiting,
    SourceShared,
    SourceUnshared,
    TakeoverAnswered,
    TakeoverAsked,
)
from rooms.ids import DeviceId, PersonId, SeatId
from rooms.roles import WAITING_ROLES
from rooms.views import DeviceKind, Presence, Role


@dataclass(frozen=True, slots=True)
class Device:
    """One connected client. `since`: when `connected` became what it is, seconds since the epoch."""

    device: DeviceId
    kind: DeviceKind
    label: str
    since: float
    connected: bool = True
    media: bool = False
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """A second main device that asks for the seat, or (`granted`) has it and waits for its media."""

    device: DeviceId
    label: str
    deadline: float
    granted: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """`admitted` holds over a lost line, and ends when she leaves."""

    seat: SeatId
    role: Role
    name: Held
    person: PersonId | None
    serial: int
    since: float
    presence: Presence = Presence.INVITED
    admitted: bool = False
    devices: tuple[Device, ...] = ()
    move: Move | None = None

    @classmethod
    def make(cls, fact: SeatMade, at: float) -> Self:
        return cls(fact.seat, fact.role, fact.name, fact.person, fact.serial, at)

    @property
    def must_wait(self) -> bool:
        """Whether somebody has to let her in first."""
        return self.role in WAITING_ROLES and not self.admitted

    @property
    def here(self) -> bool:
        """Whether she has come and not left: she may wait, be asked, be in the room, or have lost her line."""
        return bool(self.devices)

    @property
    def main(self) -> Device | None:
        """The device that speaks for the seat; while it moves, the old one."""
        moving = self.move.device if self.move else None
        mains = self.mains
        return next((device for device in mains if device.device != moving), mains[0] if mains else None)

    @property
    def mains(self) -> tuple[Device, ...]:
        """One, or two while the seat moves."""
        return tuple(device for device in self.devices if device.kind is DeviceKind.MAIN)

    @property
    def companions(self) -> tuple[Device, ...]:
        return tuple(device for device in self.devices if device.kind is not DeviceKind.MAIN)

    @property
    def reachable(self) -> bool:
        """Whether the main device, or where there is none any companion, is connected."""
        return any(device.connected for device in self.mains or self.devices)

    @property
    def media(self) -> bool:
        return any(device.media and device.connected for device in self.devices)

    def find(self, device: DeviceId) -> Device | None:
        return next((known for known in self.devices if known.device == device), None)

    def apply(self, fact: Fact, at: float) -> Self:
        """The seat after a fact about it."""
        match fact:
            case InvitationReissued(serial=serial):
                return replace(self, serial=serial)
            case SeatRevoked():
                return self._with_presence(Presence.REVOKED, at)._emptied()
            case SeatTurnedAway():
                return self._with_presence(Presence.INVITED, at)._emptied()
            case SeatWaiting():
                return self._with_presence(Presence.WAITING, at)
            case SeatAdmitted():
                return replace(self, admitted=True)
            case SeatAsked():
                return self._with_presence(Presence.ASKED, at)
            case SeatEntered():
                return self._with_presence(Presence.PRESENT if self.reachable else Presence.INTERRUPTED, at)
        return self._apply_device(fact, at)

    def _apply_device(self, fact: Fact, at: float) -> Self:
        match fact:
            case DeviceJoined(device=device, kind=kind, label=label):
                return replace(self, devices=(*self.devices, Device(device, kind, label, at)))
            case DeviceLeft(device=device):
                return self._left(device, at)
            case DeviceInterrupted(device=device):
                return self._connect(device, False, at)._after_line(at)
            case DeviceResumed(device=device):
                return self._connect(device, True, at)._after_line(at)
            case MediaStarted(device=device):
                return self._change(device, lambda known: replace(known, media=True))
            case SourceShared(device=device, source=source):
                return self._change(device, lambda known: replace(known, sources=known.sources | {source}))
            case SourceUnshared(device=device, source=source):
                return self._change(device, lambda known: replace(known, sources=known.sources - {source}))
        return self._apply_move(fact, at)

    def _apply_move(self, fact: Fact, at: float) -> Self:
        match fact:
            case TakeoverAsked(device=device, label=label, deadline=deadline):
                return replace(self, move=Move(device, label, deadline))
            case TakeoverAnswered(accepted=False):
                return replace(self, move=None)
            case TakeoverAnswered(device=device) if self.move is not None:
                joined = Device(device, DeviceKind.MAIN, self.move.label, at)
                return replace(self, devices=(*self.devices, joined), move=replace(self.move, granted=True))
            case DeviceMoved(before=before):
                kept = tuple(device for device in self.devices if device.device != before)
                return replace(self, devices=kept, move=None)._after_line(at)
        return self

    def _with_presence(self, presence: Presence, at: float) -> Self:
        return replace(self, presence=presence, since=at)

    def _emptied(self) -> Self:
        return replace(self, devices=(), move=None, admitted=False)

    def _left(self, device: DeviceId, at: float) -> Self:
        if self.move is not None and self.move.device == device:
            return replace(self._without(device), move=None)._after_line(at)
        known = self.find(device)
        if known is None:
            return self
        rest = self._without(device)
        if known.kind is DeviceKind.MAIN or not rest.devices:
            return rest._with_presence(Presence.INVITED, at)._emptied()
        return rest._after_line(at)

    def _without(self, device: DeviceId) -> Self:
        return replace(self, devices=tuple(known for known in self.devices if known.device != device))

    def _connect(self, device: DeviceId, connected: bool, at: float) -> Self:
        return self._change(device, lambda known: replace(known, connected=connected, since=at))

    def _after_line(self, at: float) -> Self:
        """Presence follows the line of somebody in the room; whoever waits, or has to answer first, keeps her place."""
        if self.presence is Presence.PRESENT and not self.reachable:
            return self._with_presence(Presence.INTERRUPTED, at)
        if self.presence is Presence.INTERRUPTED and self.reachable:
            return self._with_presence(Presence.PRESENT, at)
        return self

    def _change(self, device: DeviceId, change: Callable[[Device], Device]) -> Self:
        changed = (change(known) if known.device == device else known for known in self.devices)
        return replace(self, devices=tuple(changed))
