import pytest

from media.rtcp import packets
from media.rtcp.transport import TICK_S, TransportFeedback
from media.rtcp.twcc import ENOUGH, KEPT_S, LATEST_S, MAX_KEPT, MAX_PENDING, MAX_SPAN, SOONEST_S, Arrivals


def told(feedbacks: list[TransportFeedback]) -> dict[int, float | None]:
    """Transport sequence number → seconds, as the sender understands it after the wire."""
    read = packets.parse(packets.build(feedbacks)) if feedbacks else []
    times: dict[int, float | None] = {}
    for feedback in read:
        assert isinstance(feedback, TransportFeedback)
        for index, ticks in enumerate(feedback.arrivals):
            time = None if ticks is None else (feedback.reference * 256 + ticks) * TICK_S
            times[(feedback.base + index) & 0xFFFF] = time
    return times


def test_feedback_comes_while_packets_come_and_sooner_when_there_are_many() -> None:
    arrivals = Arrivals(sender=1)
    assert arrivals.next_deadline() is None
    arrivals.receive(7, now=1.0)
    assert arrivals.next_deadline() == 1.0 + LATEST_S
    for number in range(ENOUGH):
        arrivals.receive(8 + number, now=1.01)
    assert arrivals.next_deadline() == 1.0 + SOONEST_S
    assert arrivals.feedback(now=1.04) == []
    assert len(arrivals.feedback(now=1.05)) == 1
    assert arrivals.feedback(now=1.2) == []


def test_arrivals_are_told_within_a_tick() -> None:
    arrivals = Arrivals(sender=1)
    times = {65_534: 100.0, 65_535: 100.0101, 1: 100.0102, 0: 100.0303}
    for sequence, time in times.items():
        arrivals.receive(sequence, time)
    read = told(arrivals.feedback(now=101.0))
    assert read.keys() == times.keys()
    for sequence, understood in read.items():
        assert understood is not None
        assert abs(understood - times[sequence]) <= TICK_S


def test_packets_lost_between_two_feedbacks_are_told_as_missing() -> None:
    arrivals = Arrivals(sender=1)
    arrivals.receive(10, now=1.0)
    arrivals.feedback(now=1.1)
    arrivals.receive(13, now=1.15)
    read = told(arrivals.feedback(now=1.25))
    assert [sequence for sequence, time in read.items() if time is None] == [11, 12]


def test_feedbacks_are_counted() -> None:
    arrivals = Arrivals(sender=1)
    counted = []
    for step in range(300):
        arrivals.receive(step, now=float(step))
        counted += [feedback.number for feedback in arrivals.feedback(now=step + 0.5)]
    assert counted == [step % 256 for step in range(300)]


def test_what_was_told_as_missing_and_came_after_all_is_told_with_its_neighbours() -> None:
    arrivals = Arrivals(sender=1)
    for sequence in (1, 3, 4):
        arrivals.receive(sequence, now=1.0)
    assert told(arrivals.feedback(now=1.1))[2] is None
    for sequence in (2, 5):
        arrivals.receive(sequence, now=1.125)
    read = told(arrivals.feedback(now=1.25))
    assert read == {2: 1.125, 3: 1.0, 4: 1.0, 5: 1.125}
    arrivals.receive(6, now=1.3)
    assert read.keys().isdisjoint(told(arrivals.feedback(now=1.4)))


def test_what_comes_when_its_neighbours_are_forgotten_is_not_told() -> None:
    arrivals = Arrivals(sender=1)
    for sequence in (1, *range(3, 3 + MAX_KEPT)):
        arrivals.receive(sequence, now=1.0)
    arrivals.feedback(now=1.1 + KEPT_S)
    arrivals.receive(3 + MAX_KEPT, now=2.0)
    arrivals.feedback(now=2.2)
    arrivals.receive(2, now=2.3)
    assert arrivals.feedback(now=2.5) == []


@pytest.mark.parametrize("first", [0, 65_520, 65_535])
def test_numbers_may_go_round(first: int) -> None:
    arrivals = Arrivals(sender=1)
    heard: dict[int, float | None] = {}
    for step in range(200):
        arrivals.receive((first + step) & 0xFFFF, now=1.0 + step / 100)
        heard |= told(arrivals.feedback(now=1.0 + step / 100))
    assert len(heard) > 180
    assert all(time is not None for time in heard.values())


def test_a_long_run_is_split_into_feedbacks_that_fit_a_datagram() -> None:
    arrivals = Arrivals(sender=1)
    for sequence in range(0, 3 * MAX_SPAN, 2):
        arrivals.receive(sequence, now=1.0 + sequence * 0.1 / MAX_SPAN)
    feedbacks = arrivals.feedback(now=9.0)
    assert all(len(packets.build([feedback])) < 1_200 for feedback in feedbacks)
    assert sum(time is not None for time in told(feedbacks).values()) == 3 * MAX_SPAN // 2


def test_a_jump_begins_anew() -> None:
    arrivals = Arrivals(sender=1)
    arrivals.receive(1, now=1.0)
    arrivals.receive(1 + MAX_PENDING + 5, now=1.01)
    assert list(told(arrivals.feedback(now=2.0))) == [1 + MAX_PENDING + 5]


def test_a_silence_of_minutes_still_fits_the_wire() -> None:
    arrivals = Arrivals(sender=1)
    arrivals.receive(1, now=1.0)
    arrivals.receive(2, now=300.0)
    assert {sequence: round(time or 0) for sequence, time in told(arrivals.feedback(now=300.1)).items()} == {
        1: 1,
        2: 300,
    }


def test_somebody_looks_for_arrivals_until_an_interval_brings_none() -> None:
    arrivals = Arrivals(sender=1)
    assert arrivals.next_deadline() is None
    arrivals.receive(1, now=10.0)
    assert arrivals.next_deadline() == pytest.approx(10.1)
    assert len(arrivals.feedback(now=10.11)) == 1
    assert arrivals.next_deadline() == pytest.approx(10.2)
    assert arrivals.feedback(now=10.21) == []
    assert arrivals.next_deadline() is None
