from itertools import pairwise

import pytest

from media.rtcp.loss import INTERVAL_S, MAX_MISSING, PATIENCE_S, TRIES, LossTracker


def test_a_missing_packet_is_asked_for_when_our_patience_ends() -> None:
    losses = LossTracker()
    losses.lost(11, 13, now=1.0)
    assert losses.due(now=1.0 + PATIENCE_S / 2) == []
    assert losses.due(now=1.0 + PATIENCE_S) == [11, 12]


def test_one_that_was_only_overtaken_is_not_asked_for() -> None:
    losses = LossTracker()
    losses.lost(11, 13, now=1.0)
    losses.found(11)
    assert losses.due(now=2.0) == [12]


def test_it_is_asked_for_again_ever_later_and_given_up_after_some() -> None:
    losses = LossTracker()
    losses.lost(5, 6, now=0.0)
    asked_at = [step / 100 for step in range(200) if losses.due(now=step / 100)]
    waits = [later - earlier for earlier, later in pairwise(asked_at)]
    assert waits == pytest.approx([INTERVAL_S * 2**times for times in range(TRIES - 1)], abs=0.011)
    assert not losses


def test_only_the_newest_losses_are_remembered() -> None:
    losses = LossTracker()
    losses.lost(0, 10, now=0.0)
    losses.lost(100, 100_000, now=0.0)
    assert len(losses) == MAX_MISSING
    assert losses.due(now=1.0) == list(range(100_000 - MAX_MISSING, 100_000))


def test_a_later_loss_does_not_wait_for_an_earlier_ones_repeat() -> None:
    losses = LossTracker()
    losses.lost(1, 2, now=0.0)
    assert losses.due(now=0.02) == [1]
    losses.lost(5, 6, now=0.03)
    assert losses.due(now=0.05) == [5]
