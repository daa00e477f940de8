"""What a client may have missed, for how long, and how much one client may ask."""

from signaling.limits import ANSWERS_KEPT, TokenBucket
from signaling.messages import Done
from signaling.outbox import KEPT_EVENTS, KEPT_S, Answers, Outbox


def filled(events: int, now: float = 0.0) -> Outbox:
    outbox = Outbox()
    for number in range(events):
        outbox.put(Done(re=number), now)
    return outbox


def test_what_came_after_the_last_one_seen_is_told_again() -> None:
    outbox = filled(5)
    missed = outbox.after(3, now=1.0)
    assert missed is not None
    assert [text.startswith(f'{{"n":{number},') for number, text in enumerate(missed, 4)] == [True, True]


def test_who_missed_nothing_is_told_nothing() -> None:
    assert filled(5).after(5, now=1.0) == []


def test_who_missed_more_than_is_kept_needs_a_snapshot() -> None:
    outbox = filled(KEPT_EVENTS + 1)
    assert outbox.after(0, now=1.0) is None
    assert len(outbox.after(1, now=1.0) or ()) == KEPT_EVENTS


def test_events_are_kept_for_two_minutes() -> None:
    outbox = filled(1, now=0.0)
    outbox.put(Done(re=1), now=KEPT_S / 2)
    assert len(outbox.after(0, now=KEPT_S) or ()) == 2
    assert outbox.after(0, now=KEPT_S + 1) is None
    assert len(outbox.after(1, now=KEPT_S + 1) or ()) == 1


def test_a_number_that_was_never_given_needs_a_snapshot() -> None:
    assert filled(5).after(9, now=0.0) is None


def test_the_latest_answers_are_remembered() -> None:
    answers = Answers()
    for number in range(1, ANSWERS_KEPT + 2):
        answers.remember(number, Done(re=number))
    assert answers.newest == ANSWERS_KEPT + 1
    assert answers.to(1) is None
    assert answers.to(2) == Done(re=2)


def test_a_burst_passes_and_then_only_the_rate() -> None:
    bucket = TokenBucket(rate=10.0, burst=5)
    assert [bucket.take(100.0) for _ in range(6)] == [True] * 5 + [False]
    assert not bucket.take(100.05)
    assert bucket.take(100.2)
