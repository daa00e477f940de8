"""What is true for a moment and told to everybody in a room, kept nowhere: who speaks, and how lines fare."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from media import events
from media.ids import PeerId, TrackId
from rooms.ids import ActId, DeviceId, SeatId
from signaling.client import Client
from signaling.flow import Flow
from signaling.messages import AnyEvent, LineState, LinesTold, Quality, Source, Speaking
from signaling.quality import Line, Lines
from signaling.reports import device_of


@dataclass(slots=True)
class Signals:
    """`owner` finds a device's client, None once it has left; `note` writes into the journal how a seat fares."""

    owner: Callable[[DeviceId], tuple[Flow, Client] | None]
    mention: Callable[[ActId, AnyEvent], None]
    note: Callable[[ActId, SeatId, Line], None]
    _lines: dict[ActId, Lines] = field(default_factory=dict)

    def speak(self, event: events.Speaking) -> None:
        """Somebody who speaks into two devices is one person."""
        owners = (self.owner(device_of(track)) for track in event.tracks)
        seats = dict.fromkeys(owner[1].device.seat for owner in owners if owner is not None)
        holder = None if event.floor is None else self.owner(device_of(event.floor))
        floor = None if holder is None else holder[1].device.seat
        self.mention(ActId(event.room), Speaking(seats=tuple(seats), floor=floor))

    def fare(self, event: events.Fares, now: float) -> None:
        """What the relay counted in the last second. `now` is monotonic."""
        lines = self._of(ActId(event.room))
        lines.fare(self._published(event), self._receiving(event), now)
        company = frozenset(fares.peer for fares in event.receiving)
        self._tell(ActId(event.room), lines.news(company, now), lines.due(now))

    def report(self, act: ActId, seat: SeatId, said: Quality, now: float) -> None:
        """What a client sees. On the relay everybody is told with its next count."""
        lines = self._of(act)
        lines.report(seat, said, now)
        if not lines.counted(now):
            self._tell(act, lines.states(), lines.due(now))

    def forget(self, act: ActId) -> None:
        self._lines.pop(act, None)

    def _of(self, act: ActId) -> Lines:
        return self._lines.setdefault(act, Lines())

    def _tell(self, act: ActId, states: tuple[LineState, ...], due: list[tuple[SeatId, Line]]) -> None:
        if states:
            self.mention(act, LinesTold(lines=states))
        for seat, line in due:
            self.note(act, seat, line)

    def _published(self, event: events.Fares) -> Iterator[tuple[SeatId, Source, events.PublishedFares]]:
        for fares in event.published:
            track: TrackId = fares.track
            owner = self.owner(device_of(track))
            if owner is not None and track in owner[1].tracks:
                yield owner[1].device.seat, owner[1].tracks[track].source, fares

    def _receiving(self, event: events.Fares) -> Iterator[tuple[SeatId, events.ReceivingFares]]:
        for fares in event.receiving:
            owner = self.owner(owner_of(fares.peer))
            if owner is not None:
                yield owner[1].device.seat, fares


def owner_of(peer: PeerId) -> DeviceId:
    """Whose connection it is; flows name peers after their device, a direction and a number."""
    return DeviceId(peer.rsplit("-", 2)[0])
