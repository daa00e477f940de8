from media.plane.departures import Departures
from media.plane.interface import DEPARTURES_KEPT


def test_a_run_is_looked_up_packet_by_packet_and_its_last_may_be_shorter() -> None:
    departures = Departures()
    departures.note(10, 3, 1_200, 700, now=5.0)
    assert departures.look_up(9, 5) == [None, (5.0, 1_200), (5.0, 1_200), (5.0, 700), None]


def test_numbers_of_sixteen_bits_wrap_around() -> None:
    departures = Departures()
    departures.note(0xFFFE, 4, 100, 90, now=1.0)
    assert departures.look_up(0xFFFD, 6) == [None, *[(1.0, 100)] * 3, (1.0, 90), None]


def test_what_is_older_than_the_ring_is_forgotten() -> None:
    departures = Departures()
    departures.note(0, 1, 100, 100, now=1.0)
    for first in range(1, DEPARTURES_KEPT, 23):
        departures.note(first, min(23, DEPARTURES_KEPT - first), 50, 50, now=2.0)
    assert departures.look_up(0, 1) == [(1.0, 100)]
    departures.note(DEPARTURES_KEPT, 1, 60, 60, now=3.0)
    assert departures.look_up(0, 2) == [None, (2.0, 50)]
    assert departures.look_up(DEPARTURES_KEPT, 1) == [(3.0, 60)]


def test_of_nobody_nothing_is_kept() -> None:
    assert Departures().look_up(65_000, 2) == [None, None]
