"""When sound is sent twice."""

import pytest

from media.bandwidth.redundancy import BEGINS, CALM_S, ENDS, Remedy


@pytest.fixture
def remedy() -> Remedy:
    remedy = Remedy()
    assert remedy.judge(BEGINS, 0.0)
    return remedy


def test_single_losses_are_left_to_the_decoder() -> None:
    remedy = Remedy()
    assert not remedy.judge(BEGINS - 0.001, 0.0)
    assert not remedy.applied


def test_a_line_that_is_good_again_saves_the_bits_after_a_while(remedy: Remedy) -> None:
    assert not remedy.judge(0.0, CALM_S - 0.1)
    assert remedy.applied
    assert remedy.judge(0.0, CALM_S)
    assert not remedy.applied


def test_a_little_loss_goes_on_to_be_healed(remedy: Remedy) -> None:
    for second in range(60):
        assert not remedy.judge(ENDS, float(second))
    assert remedy.applied
