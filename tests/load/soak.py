"""What people leave behind who come and go with media: memory, descriptors and threads after every batch.

    python -m tests.load.soak [--batches 20]

A batch is ten virtual participants (`visite load`) who join, send, receive and leave; 20 of them are 200 comings and
goings. The first batches fill caches; the slope is that of the second half.

Two slopes are no leaks. The server keeps acts that are over, five a batch and some 15 kB each, until they are as many
as `rooms.ledger.MAX_SLOTS`. The worker touches, a page at a time, buffers that it reserved at its start.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.support.server import PROGRAM, Server, visite

QUIET_S = 3.0  # after a batch: the last sockets end


async def batch(server: Server) -> None:
    call = await asyncio.create_subprocess_exec(
        PROGRAM, "load", "--url", server.url, "--rooms", "5", "--publishers", "2", "--subscribers", "0", "--mutual",
        "--video-kbps", "200", "--join-rate", "20", "--minutes", "0.03", "--max-loss", "100",
        env={**os.environ, "VISITE_TOKEN": server.admin}, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await call.wait()
    await asyncio.sleep(QUIET_S)


def kept(pid: int) -> tuple[int, int, int]:
    """Resident memory in kB, open descriptors, threads."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmRSS"].split()[0]), len(list(Path(f"/proc/{pid}/fd").iterdir())), int(status["Threads"])


async def measure(batches: int) -> dict[str, list[tuple[int, int, int]]]:
    with tempfile.TemporaryDirectory() as folder:
        async with visite(Path(folder)) as server:
            found: dict[str, list[tuple[int, int, int]]] = {"server": [], "worker": []}
            for number in range(batches):
                await batch(server)
                found["server"].append(kept(server.process.process.pid))
                found["worker"].append(kept(server.children()["media-0"]))
                told = {name: values[-1] for name, values in found.items()}
                sys.stdout.write(f"{10 * (number + 1):4d} comings and goings: {told}\n")
                sys.stdout.flush()
            return found


def slope(values: list[int]) -> float:
    """Growth per batch, by least squares."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    return sum((at - middle) * (value - mean) for at, value in enumerate(values)) / sum(
        (at - middle) ** 2 for at in range(len(values))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=20)
    args = parser.parse_args()
    for name, values in asyncio.run(measure(args.batches)).items():
        later = values[len(values) // 2 :]
        memory, descriptors, threads = (slope([value[place] for value in later]) for place in range(3))
        told = f"{memory:+.0f} kB, {descriptors:+.2f} descriptors, {threads:+.2f} threads"
        sys.stdout.write(f"{name}: per ten comings and goings {told}\n")


if __name__ == "__main__":
    main()
