"""How long a call is away when somebody's network changes: seconds until both see and hear each other again.

    python -m tests.load.network [--times 10] [--whole] [--lock FILE]

Anne's way to the relay breaks without a word, and descriptions that she reads from then on lead over another one; with
`--whole` her line to the server breaks as well. What is told is the longest that a picture or sound stayed away from
either, counted from the codes and tones themselves.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.load import table
from tests.support.browser import chromium
from tests.support.cable import Cable, cable
from tests.support.clinic import Clinic, Visitor
from tests.support.link import Weather
from tests.support.netrelay import CLEAR, UdpRelay
from tests.support.outage import away_s, everybody_there
from tests.support.server import visite

CUT = Weather(loss=1.0)
LIMIT_S = 3.0
SETTLE_S = 4.0
GIVE_UP_S = 30.0
NOTICED_MS = 700.0  # a gap that nothing but the change makes
PICTURE: dict[str, Any] = {"width": 320, "height": 180}
NO_TCP = {"media": {"tcp": False}}  # or browsers go round the ways


async def measure(times: int, *, whole: bool) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        async with visite(Path(folder), NO_TCP) as server, chromium() as browser, cable() as line:
            target = ("127.0.0.1", server.media_port)
            with UdpRelay(target) as one, UdpRelay(target) as other:
                clinic = Clinic(server, browser)
                act = await clinic.act("MTG", direct=False)
                way: dict[str, Any] = {"detours": {server.media_port: one.port}, "proxy": line.proxy if whole else ""}
                anne = await clinic.visitor(act, "expert", 1, "Anne", **way, **PICTURE)
                bruno = await clinic.visitor(act, "expert", 2, "Bruno", **PICTURE)
                for visitor in (anne, bruno):
                    await visitor.enter()
                await everybody_there((anne, bruno))
                both = [(one, other), (other, one)]
                return [await change_s(anne, bruno, both[turn % 2], line) for turn in range(times)]


async def change_s(anne: Visitor, bruno: Visitor, ways: tuple[UdpRelay, UdpRelay], line: Cable) -> float:
    """Anne leaves the first way for the second."""
    left, taken = ways
    taken.change(CLEAR)
    await asyncio.sleep(SETTLE_S)

    async def leave() -> None:
        await anne.at.detour(left.target[1], taken.port)
        left.change(CUT)
        line.leave()

    longest = await away_s((anne, bruno), leave, GIVE_UP_S, NOTICED_MS)
    sys.stdout.write(f"{longest:.2f} s, load average {os.getloadavg()[0]:.1f}\n")
    sys.stdout.flush()
    return longest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--whole", action="store_true", help="her line to the server breaks, too")
    parser.add_argument("--lock", type=Path, help="a file; nothing begins until nobody else holds it")
    options = parser.parse_args()
    with table.turn(options.lock):
        found = asyncio.run(measure(options.times, whole=options.whole))
    sys.stdout.write(f"median {median(found):.2f}, worst {max(found):.2f} s; {LIMIT_S:.0f} s is the limit\n")


if __name__ == "__main__":
    main()
