import pytest

from media.bandwidth.groups import Departure, Groups
from media.rtcp.transport import TICK_S


def ticks(*milliseconds: float) -> list[int | None]:
    return [round(one / 1000 / TICK_S) for one in milliseconds]


def test_packets_of_one_turn_are_one_group_told_by_the_next() -> None:
    groups = Groups()
    departures: list[Departure | None] = [(1.000, 100), (1.000, 100), (1.020, 50), (1.040, 60)]
    heard = groups.receive(ticks(30, 31, 50, 75), departures, 500.0)
    assert (heard.packets, heard.octets) == (4, 310)
    (step,) = heard.steps
    assert step.departure == pytest.approx(0.020)
    assert step.arrival == pytest.approx(0.019)
    (later,) = groups.receive(ticks(90), [(1.060, 70)], 500.0).steps
    assert later.arrival - later.departure == pytest.approx(0.005), "the queue grew"


def test_what_was_overtaken_does_not_count_as_delay() -> None:
    groups = Groups()
    departures: list[Departure | None] = [(1.00, 100), (1.02, 100), (1.04, 100), (1.06, 100), (1.08, 100)]
    heard = groups.receive(ticks(30, 50, 130, 90, 110), departures, 500.0)
    assert heard.packets == 5
    steps = heard.steps + groups.receive(ticks(130, 150), [(1.10, 100), (1.12, 100)], 500.0).steps
    assert [round(step.arrival - step.departure, 6) for step in steps] == [0.0, 0.0, 0.0, 0.0]


def test_packets_delivered_in_one_heap_after_a_stall_are_one_group() -> None:
    groups = Groups()
    sent: list[Departure | None] = [(1.0 + place * 0.02, 100) for place in range(6)]
    heard = groups.receive(ticks(30, 130, 131, 132, 133, 150), sent, 500.0)
    assert len(heard.steps) == 1


def test_lost_and_unknown_packets_are_left_out() -> None:
    heard = Groups().receive([4, None, 8], [(1.0, 100), (1.0, 100), None], 500.0)
    assert (heard.packets, heard.octets, heard.steps) == (1, 100, [])
