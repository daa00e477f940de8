"""What passes by, told to everybody in a room."""

from dataclasses import dataclass, field
from typing import Any

from media import events
from media.ids import PeerId, RoomId, TrackId
from rooms.ids import ActId, DeviceId, SeatId
from rooms.views import DeviceKind
from signaling.client import Client, Live
from signaling.messages import AnyEvent, LinesTold, Quality, Speaking
from signaling.plan import Device
from signaling.quality import Line
from signaling.signals import Signals

ACT = ActId("act")


@dataclass
class Room:
    """Anne has two devices, Bruno one."""

    told: list[AnyEvent] = field(default_factory=list)
    noted: list[tuple[SeatId, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        seats = {"d1": "anne", "d2": "anne", "d3": "bruno"}
        self.clients = {
            DeviceId(device): Client(Device(DeviceId(device), SeatId(seat), DeviceKind.MAIN))
            for device, seat in seats.items()
        }
        for device, client in self.clients.items():
            client.tracks[TrackId(f"{device}.camera")] = Live("camera", muted=False)
        self.signals = Signals(self.owner, lambda _, event: self.told.append(event), self.note)

    def owner(self, device: DeviceId) -> Any:
        return (None, self.clients[device]) if device in self.clients else None

    def note(self, act: ActId, seat: SeatId, line: Line) -> None:
        self.noted.append((seat, line.grade))

    def speak(self, *tracks: str, floor: str | None) -> tuple[tuple[str, ...], str | None]:
        event = events.Speaking(RoomId(ACT), tuple(map(TrackId, tracks)), None if floor is None else TrackId(floor))
        self.signals.speak(event)
        told = self.told[-1]
        assert isinstance(told, Speaking)
        return told.seats, told.floor

    def fare(self, lost: float, now: float) -> LinesTold:
        published = tuple(events.PublishedFares(TrackId(f"{d}.camera"), 500, lost, 30.0) for d in ("d1", "d3", "gone"))
        receiving = (
            events.ReceivingFares(PeerId("d1-down-2"), 0.0, 30),
            events.ReceivingFares(PeerId("x-down-1"), 1, 9),
        )
        self.signals.fare(events.Fares(RoomId(ACT), published, receiving), now)
        told = self.told[-1]
        assert isinstance(told, LinesTold)
        return told


def test_somebody_who_speaks_into_two_devices_is_one_person() -> None:
    assert Room().speak("d2.microphone", "d1.microphone", floor="d2.microphone") == (("anne",), "anne")


def test_whoever_has_left_neither_speaks_nor_has_the_floor() -> None:
    assert Room().speak("gone.microphone", floor="gone.microphone") == ((), None)
    assert Room().speak(floor=None) == ((), None)


def test_everybody_is_told_how_the_lines_of_those_fare_who_are_there() -> None:
    told = Room().fare(0.0, 100.0)
    assert [(line.seat, [sent.source for sent in line.sends]) for line in told.lines] == [
        ("anne", ["camera"]),
        ("bruno", ["camera"]),
    ]


def test_the_journal_hears_of_lines_that_become_bad() -> None:
    room = Room()
    for second in range(10):
        room.fare(0.2, 100.0 + second)
    assert room.noted == [("anne", "poor"), ("bruno", "poor")]


def test_what_a_client_sees_is_told_at_once_only_where_no_relay_counts() -> None:
    room = Room()
    room.signals.report(ACT, SeatId("anne"), Quality(id=1, round_trip_ms=50, received=()), 100.0)
    assert len(room.told) == 1, "a direct path"
    room.fare(0.0, 101.0)
    room.signals.report(ACT, SeatId("anne"), Quality(id=2, round_trip_ms=50, received=()), 102.0)
    assert len(room.told) == 2
