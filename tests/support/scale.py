"""How large a test is: small in the daily suite, at its full figure when asked by `VISITE_FULL=1`."""

import os

FULL = os.environ.get("VISITE_FULL") == "1"
SLOWER = 1 if FULL else 4  # than the machine for which a figure was promised


def scaled(daily: int, full: int) -> int:
    """`full` with VISITE_FULL=1, else `daily`."""
    return full if FULL else daily


def patient(bound: float) -> float:
    """A bound in time: as promised with VISITE_FULL=1, several times that else, for the machine may be slow or busy."""
    return bound * SLOWER
