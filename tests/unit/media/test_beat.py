import pytest

from media.beat import next_beat


@pytest.mark.parametrize(("now", "beat"), [(10.0, 10.5), (10.2, 10.5), (10.499, 10.5), (10.5, 11.0)])
def test_the_beat_is_the_same_for_everybody(now: float, beat: float) -> None:
    assert next_beat(now, 0.5) == beat


def test_sums_of_fractions_do_not_beat_twice() -> None:
    assert next_beat(0.1 + 0.2, 0.1) == pytest.approx(0.4)
    assert next_beat(1.0, 0.1) == pytest.approx(1.1)


def test_a_crowd_beats_apart_from_the_next_and_each_as_often() -> None:
    beats = {next_beat(10.05, 0.5, place) for place in range(1_000)}
    assert sorted(beats) == pytest.approx([10.1, 10.2, 10.3, 10.4, 10.5])
    assert next_beat(10.1, 0.5, 60) == pytest.approx(10.6)
