"""How long a call is away when its media worker is killed: seconds until everybody sees and hears everybody again.

    python -m tests.load.lost_worker [--times 20] [--people 4] [--workers 1]

`visite serve` and Chromium on this machine, one call over all runs. An outage is the longest that any one picture or
sound stayed away from any one person, counted from the codes and tones themselves.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles

from tests.support.browser import chromium
from tests.support.clinic import Clinic
from tests.support.outage import call, outage_s
from tests.support.server import visite

P95_S, WORST_S = 5.0, 10.0
SETTLE_S = 20.0  # between two runs: encoders, estimates of the line, and a new spare on a busy machine
GIVE_UP_S = 60.0


async def measure(times: int, people: int, workers: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        async with visite(Path(folder), {"media": {"workers": workers}}) as server, chromium() as browser:
            _, visitors = await call(Clinic(server, browser), people)
            found = []
            for _ in range(times):
                await asyncio.sleep(SETTLE_S)
                found.append(await outage_s(server, visitors, GIVE_UP_S))
                sys.stdout.write(f"{found[-1]:.2f} s\n")
                sys.stdout.flush()
            return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    found = asyncio.run(measure(args.times, args.people, args.workers))
    p95 = quantiles(found, n=20, method="inclusive")[-1] if len(found) > 1 else found[0]
    sys.stdout.write(
        f"p50 {median(found):.2f}, p95 {p95:.2f}, worst {max(found):.2f} s; "
        f"p95 is to stay below {P95_S:.0f} s, the worst below {WORST_S:.0f} s\n"
    )


if __name__ == "__main__":
    main()
