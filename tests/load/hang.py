"""How soon a worker whose loop hangs has said where it hangs, and its spare has taken over.

    python -m tests.load.hang [--times 10]

No call and no browser: what a call notices of a worker that is gone, `lost_worker` measures.
"""

import argparse
import asyncio
import logging
import sys
import time

from media import commands
from signaling import child as care
from signaling.child import Child
from signaling.tasks import group
from tests.support import hanging_worker
from tests.support.logs import captured

STACK_S, REPLACED_S = 1.0, 3.0  # after the loop stopped; after its stack was told
SPARE_S = 5.0  # for a spare to import everything


async def measure() -> tuple[float, float]:
    """Seconds from the hang to its stack, and from there to the spare's readiness."""
    child = Child(hanging_worker.program(), heard=lambda event: None, lost=lambda: None)
    with captured(logging.WARNING) as log:
        async with group() as tasks:
            tasks.create_task(child.run(), name="child")
            await child.ready.wait()
            await asyncio.sleep(SPARE_S)
            first, begun = child.pid, time.monotonic()
            child.send(commands.Describe(1))
            while "stands still" not in log.getvalue():
                await asyncio.sleep(0.005)
            told = time.monotonic()
            while child.pid in {first, None} or not child.ready.is_set():
                await asyncio.sleep(0.005)
            replaced = time.monotonic()
            child.stop()
    return told - begun, replaced - told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    times = parser.parse_args().times
    care.SPARE_AFTER_S = 0.0
    stacks, spares = zip(*(asyncio.run(measure()) for _ in range(times)), strict=True)
    sys.stdout.write(
        f"stack after {max(stacks):.2f} s at most (bound {STACK_S:.0f}), "
        f"the spare {max(spares):.2f} s later (bound {REPLACED_S:.0f})\n"
    )
    return int(max(stacks) > STACK_S or max(spares) > REPLACED_S)


if __name__ == "__main__":
    sys.exit(main())
