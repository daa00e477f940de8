"""Who gets which layer: a pure function of what the line carries and what is wished (ALLOCATION.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

PAUSED = -1
RAISE_MARGIN = 1.10  # the line must carry so much more than a better layer needs: an estimate swings by a tenth
KEEP = 0.7  # of what the least layer of a picture needs: with so much it goes on, for an estimate errs for a moment
LEAST_PICTURE_BPS = 100_000.0  # to which a source that heeds a limit can be brought down


class Rank(IntEnum):
    """Whose turn it is."""

    SOUND = 0  # always goes out
    WATCHED = 1  # the large view, a screen
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """What one outlet would like to have."""

    rank: Rank
    steps: tuple[float, ...]  # bits per second of each layer, the least first
    best: int  # the layer it would show if the line were good
    now: int = PAUSED  # the layer it has
    elastic: bool = False  # nobody else gets this source: it can be asked to send what fits


@dataclass(frozen=True, slots=True)
class Allocation:
    steps: tuple[int, ...]  # layer of each wish, or PAUSED
    costs: tuple[float, ...]  # what each takes of the line
    wanted_bps: float  # the estimate with which the next wish would be fulfilled; 0: all are

    @property
    def total_bps(self) -> float:
        return sum(self.costs)


def allocate(estimate_bps: float, wishes: Sequence[Wish]) -> Allocation:
    """Sound first, whatever it costs; then the watched views up to their best; then the others.

    Inside a rank everybody gets the least layer before anybody gets a better one, in the order of the wishes. A layer
    above the one an outlet has needs `RAISE_MARGIN`, so that an estimate that swings does not make pictures flap.
    """
    sound = [wish.rank is Rank.SOUND for wish in wishes]
    steps = [wish.best if heard else PAUSED for wish, heard in zip(wishes, sound, strict=True)]
    costs = [wish.steps[wish.best] if heard else 0.0 for wish, heard in zip(wishes, sound, strict=True)]
    total, wanted = sum(costs), 0.0
    for place, step in _turns(wishes):
        wish = wishes[place]
        if steps[place] != step - 1:
            continue  # the layer below did not fit
        room = (estimate_bps if step <= wish.now else estimate_bps / RAISE_MARGIN) - total
        cost = wish.steps[step] - (wish.steps[step - 1] if step else 0.0)
        if wish.elastic:
            cost = min(cost, max(LEAST_PICTURE_BPS, room))
        if cost * (KEEP if step == 0 <= wish.now else 1.0) <= room:
            cost = min(cost, room) if wish.elastic else cost
            steps[place], costs[place], total = step, costs[place] + cost, total + cost
        elif not wanted:
            wanted = (total + cost) * RAISE_MARGIN
    return Allocation(tuple(steps), tuple(costs), wanted)


def _turns(wishes: Sequence[Wish]) -> list[tuple[int, int]]:
    """Wish and step, in the order in which they are tried: of sources that heed a limit the small ones first."""
    turns = [
        (wish.rank, step, wish.steps[0] if wish.elastic else 0.0, place)
        for place, wish in enumerate(wishes)
        if wish.rank is not Rank.SOUND
        for step in range(wish.best + 1)
    ]
    return [(place, step) for _, step, _, place in sorted(turns)]
