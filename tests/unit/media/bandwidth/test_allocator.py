"""Properties of the allocation, whatever is wished."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.bandwidth.allocator import KEEP, LEAST_PICTURE_BPS, PAUSED, RAISE_MARGIN, Rank, Wish, allocate

SOUND = Wish(Rank.SOUND, (40_000.0,), 0)
LAYERS = (150_000.0, 500_000.0, 1_700_000.0)


def video(rank: Rank = Rank.OTHER, best: int = 2, now: int = PAUSED) -> Wish:
    return Wish(rank, LAYERS, best, now)


bitrates = st.floats(10_000, 5_000_000)


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    rank = draw(st.sampled_from(Rank))
    if rank is Rank.SOUND:
        return Wish(rank, (draw(st.floats(8_000, 128_000)),), 0)
    steps = tuple(sorted(draw(st.lists(bitrates, min_size=1, max_size=3))))
    best = draw(st.integers(0, len(steps) - 1))
    return Wish(rank, steps, best, draw(st.integers(PAUSED, len(steps) - 1)), draw(st.booleans()) and len(steps) == 1)


many = st.lists(wishes(), max_size=12)
estimates = st.floats(0, 30_000_000)


def cost(wish: Wish, step: int) -> float:
    return 0.0 if step == PAUSED else wish.steps[step]


@settings(max_examples=50)
@given(estimates, many)
def test_nothing_goes_above_the_estimate_but_sound_and_a_picture_that_nearly_fits(
    estimate: float, wished: list[Wish]
) -> None:
    given = allocate(estimate, wished)
    sound = sum(cost(wish, step) for wish, step in zip(wished, given.steps, strict=True) if wish.rank is Rank.SOUND)
    assert given.total_bps <= max(estimate / KEEP, sound) + 1e-6
    fresh = allocate(estimate, [replace(wish, now=PAUSED) for wish in wished])
    assert fresh.total_bps <= max(estimate, sound) + 1e-6


@settings(max_examples=50)
@given(estimates, many)
def test_everybodys_sound_goes_out(estimate: float, wished: list[Wish]) -> None:
    steps = allocate(estimate, wished).steps
    assert all(step == wish.best for wish, step in zip(wished, steps, strict=True) if wish.rank is Rank.SOUND)


@settings(max_examples=50)
@given(estimates, estimates, many)
def test_a_better_line_never_takes_from_whom_it_serves_first(one: float, other: float, wished: list[Wish]) -> None:
    """In the order of turns: the first wish in which two allocations differ has more on the better line."""
    wished = [replace(wish, elastic=False) for wish in wished]
    less, more = (allocate(estimate, wished).steps for estimate in sorted((one, other)))
    turns = sorted((wish.rank, step, place) for place, wish in enumerate(wished) for step in range(wish.best + 1))
    fulfilled = [[steps[place] >= step for _, step, place in turns] for steps in (less, more)]
    assert fulfilled[0] <= fulfilled[1]


@settings(max_examples=50)
@given(estimates, many)
def test_nobody_gets_more_than_he_would_show(estimate: float, wished: list[Wish]) -> None:
    steps = allocate(estimate, wished).steps
    assert all(PAUSED <= step <= wish.best for wish, step in zip(wished, steps, strict=True))


@settings(max_examples=50)
@given(estimates, many)
def test_what_was_given_stays_while_nothing_changes(estimate: float, wished: list[Wish]) -> None:
    wished = [replace(wish, elastic=False) for wish in wished]
    steps = allocate(estimate, wished).steps
    again = [replace(wish, now=step) for wish, step in zip(wished, steps, strict=True)]
    assert allocate(estimate, again).steps == steps


@settings(max_examples=50)
@given(estimates, many)
def test_with_what_is_wanted_the_next_wish_comes_true(estimate: float, wished: list[Wish]) -> None:
    wished = [replace(wish, elastic=False) for wish in wished]
    before = allocate(estimate, wished)
    if before.wanted_bps:
        after = allocate(before.wanted_bps * 1.001, wished)
        assert before.wanted_bps > estimate
        assert after.steps != before.steps
    else:
        assert before.steps == tuple(wish.best for wish in wished)


def test_the_watched_view_comes_before_the_others() -> None:
    wished = [SOUND, video(), video(Rank.WATCHED), video()]
    assert allocate(700_000, wished).steps == (0, PAUSED, 1, PAUSED)
    assert allocate(800_000, wished).steps == (0, 0, 1, PAUSED)


def test_everybody_is_seen_before_somebody_is_seen_better() -> None:
    wished = [video(), video(), video()]
    assert allocate(700_000, wished).steps == (0, 0, 0)


def test_a_swinging_estimate_does_not_make_a_picture_flap() -> None:
    has = [video(now=PAUSED)]
    seen = []
    for estimate in (490_000, 540_000, 510_000, 545_000, 505_000, 551_000, 501_000, 499_000, 545_000):
        (step,) = allocate(estimate, has).steps
        has = [video(now=step)]
        seen.append(step)
    assert seen == [0, 0, 0, 0, 0, 1, 1, 0, 0]


@pytest.mark.parametrize(("estimate", "step"), [(600_000, 0), (155_000, 0), (111_000, 0), (109_000, PAUSED)])
def test_a_source_that_heeds_a_limit_is_lowered_before_it_is_paused(estimate: int, step: int) -> None:
    own = Wish(Rank.WATCHED, (2_000_000.0,), 0, now=0, elastic=True)
    given = allocate(estimate, [SOUND, own])
    assert given.steps == (0, step)
    assert given.total_bps <= estimate
    once_paused = Wish(Rank.WATCHED, (2_000_000.0,), 0, elastic=True)
    assert allocate(estimate, [SOUND, once_paused]).steps == (0, PAUSED if estimate < 154_000 else step)


def test_a_large_source_that_heeds_a_limit_leaves_room_for_a_small_one() -> None:
    large, small = (Wish(Rank.OTHER, (bps,), 0, now=0, elastic=True) for bps in (2_000_000.0, 90_000.0))
    assert allocate(400_000, [SOUND, large, small]).costs == (40_000, 270_000, 90_000)


def test_a_raise_needs_a_margin() -> None:
    assert allocate(150_000 * RAISE_MARGIN, [video()]).steps == (0,)
    assert allocate(150_000 * RAISE_MARGIN - 1, [video()]).steps == (PAUSED,)
    assert allocate(150_000, [video(now=0)]).steps == (0,)
    assert LEAST_PICTURE_BPS < 150_000
