"""Trains of padding over a line of known rate."""

import pytest

from media.bandwidth.groups import Departure
from media.bandwidth.probe import (
    BURST_S,
    BURSTS,
    FIRST_WAIT_S,
    JITTERS,
    LONGEST_WAIT_S,
    MARGIN,
    MOST_BURSTS,
    MOST_STEP,
    PATIENCE_S,
    PAUSE_S,
    REGRET_S,
    Prober,
    Proof,
)
from media.rtcp.transport import TICK_S

PACKET = 300


def ride(
    prober: Prober, wanted_bps: float, estimate_bps: float, line_bps: float, now: float, jitter_s: float = 0.0
) -> Proof | None:
    """Sends a train over an empty line, and a packet of media behind it; what its feedback proves."""
    departures: list[Departure | None] = []
    ticks: list[int | None] = []
    free = now
    bursts = min(MOST_BURSTS, BURSTS + int(JITTERS * jitter_s / BURST_S))
    for burst in range(bursts):
        at = now + burst * BURST_S
        octets = prober.octets_due(wanted_bps, estimate_bps, jitter_s, at)
        if not octets:
            assert burst == 0
            return None
        prober.sent(octets)
        for _ in range(max(1, round(octets / PACKET))):
            free = max(free, at) + PACKET * 8 / line_bps
            departures.append((at, PACKET))
            ticks.append(round((free - now) / TICK_S))
    departures.append((now + bursts * BURST_S + 0.01, PACKET))
    ticks.append(round((free - now + 0.01) / TICK_S))
    return prober.receive(ticks, departures, 100.0, now + 0.2)


def test_a_wide_line_proves_what_was_asked() -> None:
    proof = ride(Prober(), 1_000_000, 500_000, 20_000_000, 1.0)
    assert proof is not None
    assert proof.bitrate_bps == pytest.approx(MARGIN * 1_000_000)
    assert proof.clean


@pytest.mark.parametrize("jitter_s", [0.0, 0.030])
def test_a_narrow_line_proves_its_own_rate(jitter_s: float) -> None:
    proof = ride(Prober(), 1_000_000, 500_000, 600_000, 1.0, jitter_s)
    assert proof is not None
    assert 500_000 < proof.bitrate_bps <= 600_000


def test_nothing_is_asked_while_the_wish_is_fulfilled() -> None:
    assert Prober().octets_due(400_000, 500_000, 0.0, 1.0) == 0
    assert Prober().octets_due(0.0, 500_000, 0.0, 1.0) == 0


def test_a_train_is_never_far_above_what_is_known() -> None:
    prober = Prober()
    octets = prober.octets_due(50_000_000, 300_000, 0.0, 1.0)
    assert octets <= MOST_STEP * 300_000 * BURST_S / 8 + 1


def test_pauses_grow_while_trains_fail_and_no_longer_than_a_few_seconds() -> None:
    prober, now, pauses = Prober(), 1.0, []
    for _ in range(6):
        assert ride(prober, 1_000_000, 300_000, 300_000, now) is not None
        ended = now = now + 0.2
        while not prober.octets_due(1_000_000, 300_000, 0.0, now):
            now += 0.05
        pauses.append(now - ended)
        prober.sent(0)
    assert pauses[:3] == pytest.approx([2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S, LONGEST_WAIT_S], abs=0.1)
    assert max(pauses) < LONGEST_WAIT_S + 0.1


def test_one_that_came_through_is_followed_soon_unless_the_limit_is_felt() -> None:
    prober = Prober()
    ride(prober, 1_000_000, 500_000, 20_000_000, 1.0)
    assert ride(prober, 3_000_000, 1_100_000, 20_000_000, 1.3 + PAUSE_S) is not None
    prober.limited(2.5)
    assert prober.octets_due(3_000_000, 1_000_000, 0.0, 2.5 + FIRST_WAIT_S) == 0, "it had promised more"
    assert prober.octets_due(3_000_000, 1_000_000, 0.0, 2.6 + 2 * FIRST_WAIT_S) > 0


def test_a_limit_felt_much_later_is_not_the_trains_fault() -> None:
    prober = Prober()
    ride(prober, 1_000_000, 500_000, 20_000_000, 1.0)
    prober.limited(2.0 + REGRET_S)
    assert prober.octets_due(3_000_000, 1_000_000, 0.0, 2.1 + REGRET_S + FIRST_WAIT_S) > 0


def test_a_train_without_an_answer_is_given_up() -> None:
    prober = Prober()
    for burst in range(BURSTS):
        prober.sent(prober.octets_due(1_000_000, 500_000, 0.0, 1.0 + burst * BURST_S))
    assert prober.under_way
    assert prober.receive([0], [(0.5, 100)], 0.0, 1.5) is None
    assert prober.under_way
    assert prober.receive([0], [(0.5, 100)], 0.0, 1.1 + PATIENCE_S) is None
    assert not prober.under_way


def test_a_train_that_lost_a_fifth_proves_nothing() -> None:
    prober = Prober()
    departures: list[Departure | None] = []
    for burst in range(BURSTS):
        octets = prober.octets_due(1_000_000, 500_000, 0.0, 1.0 + burst * BURST_S)
        prober.sent(octets)
        departures += [(1.0 + burst * BURST_S, PACKET)] * 4
    ticks: list[int | None] = [None if place % 4 == 0 else place for place in range(len(departures))]
    assert prober.receive([*ticks, 40], [*departures, (2.0, PACKET)], 0.0, 1.2) is None
    assert not prober.under_way


def test_where_no_padding_goes_out_the_train_is_dropped() -> None:
    prober = Prober()
    assert prober.octets_due(1_000_000, 500_000, 0.0, 1.0)
    prober.sent(0)
    assert not prober.under_way
    assert prober.next_deadline() is None
