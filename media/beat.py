"""One beat for everybody: what recurs in many peers recurs in all at once, for waking up costs more than work."""

import math

_NEARLY = 1e-6  # of a beat: sums of fractions of a second fall short of what they mean


def next_beat(now: float, every_s: float) -> float:
    """The first multiple of `every_s` after `now`.

    >>> next_beat(10.0, 0.5)
    10.5
    >>> next_beat(10.4, 0.5)
    10.5
    """
    return (math.floor(now / every_s + _NEARLY) + 1) * every_s
