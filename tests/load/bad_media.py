"""What a flood of bad SRTP does to a call: the share of its media that is lost, and how late the worker's loop is.

    python -m tests.load.bad_media [--seconds 60] [--rate 10000] [--plane auto|compiled|pure]

A participant with keys and a stranger send `--rate` forged, replayed, cut and nonsensical packets a second.
"""

import argparse
import asyncio
import sys

from tests.support.bad_media import flooded

MOST_LOST, MOST_LAG_MS = 0.01, 50.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--plane", choices=("auto", "compiled", "pure"), default="auto")
    options = parser.parse_args()
    found = asyncio.run(flooded(options.seconds, options.rate, options.plane))
    sys.stdout.write(
        f"{found.bad} bad packets, {found.refused} refused by name\n"
        f"{found.sent} packets of the call, {100 * found.lost_share:.2f} % lost, {found.ended} connections lost\n"
        f"loop late by {found.lag_ms:.1f} ms (p99)\n"
    )
    return int(found.lost_share > MOST_LOST or found.lag_ms > MOST_LAG_MS or found.ended > 0)


if __name__ == "__main__":
    sys.exit(main())
