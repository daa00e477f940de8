"""P4: a flood of bad SRTP by a participant and a stranger: the call stays (ASVS 17.2.4, 17.2.5).

Lateness of the loop is a figure of `python -m tests.load.bad_media`; here it is only looked at with VISITE_FULL=1.
"""

import pytest

from tests.support.bad_media import flooded
from tests.support.scale import FULL, scaled
from tests.support.worker import PlaneChoice

SECONDS, A_SECOND = scaled(1, 60), scaled(4_000, 10_000)


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("plane", ["pure", "compiled"])
async def test_a_call_stays_while_bad_packets_rain(plane: PlaneChoice) -> None:
    figures = await flooded(SECONDS, A_SECOND, plane)
    assert figures.bad >= 0.9 * SECONDS * A_SECOND
    assert figures.ended == 0
    assert figures.lost_share <= (0.01 if FULL else 0.1), "of a few packets, one is much"
    assert figures.refused > figures.bad / 2
    if FULL and plane == "compiled":  # such a flood is more than the pure one's loop has time for
        assert figures.lag_ms < 50
