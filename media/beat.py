"""One beat for everybody: what recurs in many peers recurs in all at once, for waking up costs more than work."""

import math

CROWD = 50  # who beat together: a thousand would keep the packets waiting that long
APART_S = 0.1  # from one crowd to the next: speakers are looked for as often, so nobody wakes up for it
_NEARLY = 1e-6  # of a beat: sums of fractions of a second fall short of what they mean


def next_beat(now: float, every_s: float, place: int = 0) -> float:
    """The first multiple of `every_s` after `now`; for those at high places among many, so much later.

    >>> next_beat(10.0, 0.5)
    10.5
    >>> next_beat(10.4, 0.5)
    10.5
    >>> next_beat(10.4, 0.5, place=60)
    10.6
    """
    later = place // CROWD * APART_S % every_s
    return (math.floor((now - later) / every_s + _NEARLY) + 1) * every_s + later
