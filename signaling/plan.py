"""What the media of an act should be, as a pure function of who is there and what is published."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from media.ids import TrackId
from rooms.ids import DeviceId, SeatId
from rooms.roles import Verb, may
from rooms.views import ActView, DeviceKind, Path, Presence, RecordingState, Role, SeatView
from signaling.messages import MediaKind, Source, VideoCodec

Shown = Literal["camera", "detail", "screen"]
Codecs = tuple[VideoCodec, ...]  # of pictures, the best liked first
KINDS: Mapping[Source, MediaKind] = {
    "microphone": "audio",
    "screen_sound": "audio",
    "camera": "video",
    "detail": "video",
    "screen": "video",
}


@dataclass(frozen=True, slots=True)
class Device:
    """A connected client. Of a WHEP client also: the kinds of its offer's sections, and whom they are to show."""

    device: DeviceId
    seat: SeatId
    kind: DeviceKind
    sections: tuple[MediaKind | None, ...] = ()
    seats: tuple[SeatId, ...] = ()
    shown: Shown = "camera"
    decodes: frozenset[VideoCodec] = frozenset({"vp8"})


@dataclass(frozen=True, slots=True)
class Track:
    """Something that a device publishes to the relay. `started`: its first packet has come."""

    track: TrackId
    device: DeviceId
    seat: SeatId
    source: Source
    started: bool = False
    companion: bool = False

    @property
    def kind(self) -> MediaKind:
        return KINDS[self.source]


@dataclass(frozen=True, slots=True)
class Direct:
    """The direct path as it stands: its two ends, the first of which offers, and whether it failed."""

    ends: tuple[DeviceId, DeviceId] | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """`reason` is that of a change of path. `receives` and `slots` name every device that has a place for media."""

    path: Path
    reason: str
    ends: tuple[DeviceId, DeviceId] | None  # of a direct path
    publishers: frozenset[DeviceId]
    inside: frozenset[DeviceId] = frozenset()  # devices of people who are in the room
    receives: Mapping[DeviceId, tuple[TrackId, ...]] = field(default_factory=dict)
    slots: Mapping[DeviceId, tuple[TrackId | None, ...]] = field(default_factory=dict)
    taps: frozenset[TrackId] = frozenset()


_ROLES = {verb: frozenset(role for role in Role if may(role, verb)) for verb in (Verb.PUBLISH, Verb.SUBSCRIBE)}
_ENTITLED = _ROLES[Verb.PUBLISH] | _ROLES[Verb.SUBSCRIBE]


def track_id(device: DeviceId, source: Source) -> TrackId:
    return TrackId(f"{device}.{source}")


def desired(
    view: ActView,
    devices: Sequence[Device],
    tracks: Iterable[Track],
    direct: Direct,
    barred: Container[SeatId] = frozenset(),
) -> MediaPlan:
    """`devices` in the order in which they came. Nothing is taken from, or given to, people who are not in the room."""
    inside = admitted(view, devices, barred)
    there = frozenset(device.device for device in inside)
    path, reason = _path(view, inside, direct)
    ends = _ends(inside) if path is Path.DIRECT else None
    if path is not Path.RELAY:
        return MediaPlan(path, reason, ends, frozenset(), there)
    talkers, hearers = _seats_that(view, Verb.PUBLISH), _seats_that(view, Verb.SUBSCRIBE)
    cameras = {device.device for device in inside if device.kind is not DeviceKind.MAIN}
    publishers = frozenset(d.device for d in inside if d.kind is not DeviceKind.WHEP and d.seat in talkers)
    receivers = [d for d in inside if d.seat in hearers]
    flowing = [track for track in tracks if track.device in publishers]
    first = {(track.seat, track.source): track.track for track in reversed(flowing)}
    return MediaPlan(
        path,
        reason,
        ends,
        publishers,
        there,
        {d.device: _received(d, cameras, flowing) for d in receivers if d.kind is DeviceKind.MAIN},
        {d.device: _slots(d, first) for d in receivers if d.kind is DeviceKind.WHEP},
        frozenset(t.track for t in flowing if t.started) if view.recording.state is RecordingState.ON else frozenset(),
    )


def admitted(view: ActView, devices: Iterable[Device], barred: Container[SeatId] = frozenset()) -> list[Device]:
    """Those whose person is in the room and has a right to send or to receive.

    A lost line counts, for media may still flow, unless the seat is `barred`: somebody who has to agree to a recording
    first does not get in by losing her line.
    """
    inside = {
        device.device
        for seat in view.seats
        if seat.devices and (seat.presence is Presence.PRESENT or _is_away(seat, barred))
        for device in seat.devices
        if seat.role in _ENTITLED
    }
    return [device for device in devices if device.device in inside]


def readable(codecs: Codecs, devices: Iterable[Device], inside: Container[DeviceId]) -> Codecs:
    """Those in which everybody inside who receives anything can be sent pictures, in the order given."""
    if not codecs:
        return ()
    receivers = [d for d in devices if d.device in inside and d.kind in (DeviceKind.MAIN, DeviceKind.WHEP)]
    return tuple(codec for codec in codecs if all(codec in device.decodes for device in receivers))


def _is_away(seat: SeatView, barred: Container[SeatId]) -> bool:
    return seat.presence is Presence.INTERRUPTED and seat.seat not in barred


def _seats_that(view: ActView, verb: Verb) -> set[SeatId]:
    """Seats whose role has a right."""
    return {seat.seat for seat in view.seats if seat.role in _ROLES[verb]}


def _path(view: ActView, inside: list[Device], direct: Direct) -> tuple[Path, str]:
    """Direct for two people with nothing else in the room; the relay once anything needs it, and never back."""
    now = view.path
    if now.path is Path.RELAY or not inside:
        return now.path, now.reason
    if reason := _needs_relay(view, inside, direct):
        return Path.RELAY, reason
    if now.path is Path.DIRECT and direct.ends != _ends(inside):
        return Path.NONE, "end-lost"  # the next two ends get a path with a number of its own
    if len(inside) == 2:
        return Path.DIRECT, now.reason if now.path is Path.DIRECT else "second-person"
    return Path.NONE, now.reason


def _needs_relay(view: ActView, inside: list[Device], direct: Direct) -> str:
    if not view.direct:
        return "direct-off"
    if view.recording.state is RecordingState.ON:
        return "recording"
    if {device.seat for device in inside} - _seats_that(view, Verb.PUBLISH):
        return "listener"  # nobody could hold a client to its silence on a path that we do not see
    if any(device.kind is not DeviceKind.MAIN for device in inside):
        return "companion"
    if len({device.seat for device in inside}) > 2:
        return "third-person"
    if len({device.seat for device in inside}) < len(inside):
        return "second-device"
    return "direct-failed" if direct.failed else ""


def _ends(inside: list[Device]) -> tuple[DeviceId, DeviceId] | None:
    return (inside[0].device, inside[1].device) if len(inside) == 2 else None


def _received(me: Device, cameras: Container[DeviceId], tracks: list[Track]) -> tuple[TrackId, ...]:
    """Everything of the others, and the pictures of my own seat's other cameras; not my voice from another device."""
    return tuple(t.track for t in tracks if t.seat != me.seat or (t.device in cameras and t.kind == "video"))


def _slots(viewer: Device, first: Mapping[tuple[SeatId, Source], TrackId]) -> tuple[TrackId | None, ...]:
    """The k-th section of each kind shows the k-th seat that the viewer asked for: what it published first."""
    seen = {"audio": 0, "video": 0}
    slots: list[TrackId | None] = []
    for kind in viewer.sections:
        number = seen.get(kind or "", len(viewer.seats))
        if kind is not None:
            seen[kind] += 1
        source: Source = "microphone" if kind == "audio" else viewer.shown
        slots.append(first.get((viewer.seats[number], source)) if number < len(viewer.seats) else None)
    return tuple(slots)
