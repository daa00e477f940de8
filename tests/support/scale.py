"""How large a test is: small in the daily suite, at its full figure when asked by `VISITE_FULL=1`."""

import os

FULL = os.environ.get("VISITE_FULL") == "1"


def scaled(daily: int, full: int) -> int:
    """`full` with VISITE_FULL=1, else `daily`."""
    return full if FULL else daily
