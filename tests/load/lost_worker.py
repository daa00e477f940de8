"""How long a call is away when its media worker is killed: seconds until everybody sees and hears everybody again.

    python -m tests.load.lost_worker [--times 20] [--people 4] [--workers 1] [--results FILE] [--lock FILE]

`visite serve` and Chromium on this machine, one call over all runs of a turn. An outage is the longest that any one
picture or sound stayed away from any one person, counted from the codes and tones themselves. The first of a turn is
not counted: a server that has just started has no spare process yet.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from tests.load import table
from tests.support.browser import chromium
from tests.support.clinic import Clinic
from tests.support.outage import call, outage_s
from tests.support.server import visite

P95_S, WORST_S = 5.0, 10.0
SETTLE_S = 20.0  # between two runs: encoders, estimates of the line, and a new spare on a busy machine
GIVE_UP_S = 60.0
RUNS = 4  # of one turn, which takes two minutes


async def measure(times: int, people: int, workers: int, found: Callable[[float], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with visite(Path(folder), {"media": {"workers": workers}}) as server, chromium() as browser:
            _, visitors = await call(Clinic(server, browser), people)
            tell("without a spare", await outage_s(server, visitors, GIVE_UP_S))
            for _ in range(times):
                await asyncio.sleep(SETTLE_S)
                found(await outage_s(server, visitors, GIVE_UP_S))


def tell(what: str, seconds: float) -> None:
    sys.stdout.write(f"{what}: {seconds:.2f} s, load average {os.getloadavg()[0]:.1f}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--lock", type=Path, help="a file; a turn waits until nobody else holds it")
    parser.add_argument("--results", type=Path, help="JSON lines: what was measured before, and what is now")
    args = parser.parse_args()
    known = args.results.read_text().splitlines() if args.results is not None and args.results.exists() else []
    outages: list[float] = [json.loads(line) for line in known]

    def found(seconds: float) -> None:
        outages.append(seconds)
        tell(f"run {len(outages)}", seconds)
        if args.results is not None:
            with args.results.open("a") as file:
                file.write(f"{seconds:.2f}\n")

    while len(outages) < args.times:
        with table.turn(args.lock):
            asyncio.run(measure(min(RUNS, args.times - len(outages)), args.people, args.workers, found))
    p95 = quantiles(outages, n=20, method="inclusive")[-1] if len(outages) > 1 else outages[0]
    sys.stdout.write(
        f"p50 {median(outages):.2f}, p95 {p95:.2f}, worst {max(outages):.2f} s; "
        f"p95 is to stay below {P95_S:.0f} s, the worst below {WORST_S:.0f} s\n"
    )


if __name__ == "__main__":
    main()
