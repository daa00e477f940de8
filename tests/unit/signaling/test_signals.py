"""What passes by, in the words of the wire."""

from media import events
from media.ids import RoomId, TrackId
from rooms.ids import SeatId
from signaling.signals import speaking

SEATS = {TrackId("d1.microphone"): SeatId("anne"), TrackId("d2.microphone"): SeatId("anne")}


def told(*tracks: str, floor: str | None) -> tuple[tuple[str, ...], str | None]:
    event = events.Speaking(RoomId("act"), tuple(map(TrackId, tracks)), None if floor is None else TrackId(floor))
    wire = speaking(event, SEATS.get)
    return wire.seats, wire.floor


def test_somebody_who_speaks_into_two_devices_is_one_person() -> None:
    assert told("d2.microphone", "d1.microphone", floor="d2.microphone") == (("anne",), "anne")


def test_whoever_has_left_neither_speaks_nor_has_the_floor() -> None:
    assert told("d3.microphone", floor="d3.microphone") == ((), None)
    assert told(floor=None) == ((), None)
