"""When sound is sent twice."""

import pytest

from media.bandwidth.redundancy import BEGINS, CALM_S, ENDS, Remedy


@pytest.fixture
def remedy() -> Remedy:
    remedy = Remedy()
    assert remedy.judge(BEGINS, 0.0, possible=True)
    return remedy


def test_single_losses_are_left_to_the_decoder() -> None:
    remedy = Remedy()
    assert not remedy.judge(BEGINS - 0.001, 0.0, possible=True)
    assert not remedy.applied


def test_a_line_that_is_good_again_saves_the_bits_after_a_while(remedy: Remedy) -> None:
    assert not remedy.judge(0.0, CALM_S - 0.1, possible=True)
    assert remedy.applied
    assert remedy.judge(0.0, CALM_S, possible=True)
    assert not remedy.applied


def test_a_little_loss_goes_on_to_be_healed(remedy: Remedy) -> None:
    for second in range(60):
        assert not remedy.judge(ENDS, float(second), possible=True)
    assert remedy.applied


def test_it_ends_at_once_where_somebody_could_not_read_it(remedy: Remedy) -> None:
    assert remedy.judge(0.5, 1.0, possible=False)
    assert not remedy.applied
    assert not remedy.judge(0.5, 2.0, possible=False)
    assert remedy.judge(0.5, 3.0, possible=True)
