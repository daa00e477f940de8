"""How long a newcomer waits: milliseconds from the click on Join to the first picture of somebody who is there already.

    python -m tests.load.join [--times 10] [--people 1] [--direct]

`visite serve` and Chromium on this machine, light pictures. The people who are there send all the time; the newcomer
has opened her link and chosen her devices. The picture is counted when its code is read from a frame that is shown.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.support.browser import chromium
from tests.support.clinic import Clinic
from tests.support.picture_code import CAMERA
from tests.support.server import Act, visite

TARGET_MS = 300
LOOK_S = 2.0  # in which she looks at herself: nobody clicks while the page is still being built


async def waits(clinic: Clinic, act: Act, people: int) -> float:
    """One newcomer comes, sees the first picture, and goes."""
    newcomer = await clinic.visitor(act, "attendant", people + 1, "Newcomer")
    await newcomer.open()
    await asyncio.sleep(LOOK_S)
    await newcomer.mark("join").click()
    everybody = range(1, people + 1)
    report = await newcomer.at.until_sees(*everybody)
    await newcomer.mark("leave").click()
    await newcomer.mark("ended").wait_for()
    await newcomer.page.context.close()
    clinic.visitors.remove(newcomer)
    return min(report.pictures[number, CAMERA].first_after_click_ms for number in everybody)


async def measure(times: int, people: int, direct: bool) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        async with visite(Path(folder)) as server, chromium() as browser:
            clinic = Clinic(server, browser)
            act = await clinic.act("MTG", "Join", direct=direct)
            for number in range(1, people + 1):
                await (await clinic.visitor(act, "expert", number, f"Person {number}")).enter()
            await asyncio.sleep(2)  # encoders have settled
            return [await waits(clinic, act, people) for _ in range(times)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--people", type=int, default=1)
    parser.add_argument("--direct", action="store_true")
    args = parser.parse_args()
    found = asyncio.run(measure(args.times, args.people, args.direct))
    sys.stdout.write(" ".join(f"{one:.0f}" for one in found) + " ms\n")
    sys.stdout.write(
        f"median {median(found):.0f}, worst {max(found):.0f}; the median is to stay below {TARGET_MS} ms\n"
    )


if __name__ == "__main__":
    main()
