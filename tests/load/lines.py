"""What lines of every quality leave of a call between two Chromium: the second table of README.md.

    python -m tests.load.lines [--only "5 % loss" …] [--seconds 12] [--results FILE] [--write]

Each line is a call of its own, over `visite serve` and a seeded UDP relay (tests/support/netrelay.py) that Anne's media
pass in both directions; Bruno has a good line. The figures come from the codes in the pictures and from the tones.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.load import table
from tests.support.bad_line import QUALITIES, BadLine, Finding, Reception
from tests.support.browser import chromium
from tests.support.clinic import Clinic
from tests.support.netrelay import UdpRelay
from tests.support.server import visite

HEAD = (
    "line",
    "way",
    "frozen",
    "frames/s",
    "longest freeze",
    "sound heard",
    "longest silence",
    "well again after",
)
TURN_S = 100.0  # after which no line is begun before others had their turn
Rows = dict[str, list[list[str]]]  # by the line's name
NO_TCP = {"media": {"tcp": False}}  # or browsers go round the bad line


async def measure(name: str, seconds: float, seed: int) -> Finding:
    with tempfile.TemporaryDirectory() as folder:
        async with visite(Path(folder), NO_TCP) as server, chromium() as browser:
            with UdpRelay(("127.0.0.1", server.media_port), seed=seed) as line:
                call = await BadLine.opened(Clinic(server, browser), line)
                return await call.under(QUALITIES[name], seconds)


def row(name: str, way: str, found: Reception) -> list[str]:
    return [
        name,
        way,
        f"{100 * found.frozen:.1f} %",
        f"{found.frames_per_s:.1f}",
        f"{found.longest_freeze_s:.2f} s",
        f"{100 * found.heard:.1f} %",
        f"{found.longest_silence_s:.2f} s",
        f"{found.recovered_s:.1f} s",
    ]


def known(results: Path | None) -> Rows:
    """Lines that were measured before."""
    if results is None or not results.exists():
        return {}
    return dict(map(json.loads, results.read_text().splitlines()))


def keep(results: Path | None, name: str, rows: list[list[str]]) -> None:
    sys.stdout.write("\n".join("  ".join(line) for line in rows) + "\n")
    sys.stdout.flush()
    if results is not None:
        with results.open("a") as file:
            file.write(json.dumps([name, rows]) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=list(QUALITIES), help="this line (default: all)")
    parser.add_argument("--seconds", type=float, default=12.0, help="to watch each line (default: 12)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lock", type=Path, help="a file; lines wait until nobody else holds it")
    parser.add_argument("--results", type=Path, help="JSON lines: what was measured before, and what is now")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    done = known(options.results)
    left = [name for name in options.only or QUALITIES if name not in done]
    while left:
        with table.turn(options.lock):
            until = time.monotonic() + TURN_S
            while left and time.monotonic() < until:
                name = left.pop(0)
                found = asyncio.run(measure(name, options.seconds, options.seed))
                done[name] = [row(name, "sent", found.sent), row("", "received", found.received)]
                keep(options.results, name, done[name])
    body = [line for name in QUALITIES if name in done for line in done[name]]
    when = f"{datetime.now(tz=UTC):%d %B %Y}, {options.seconds:g} s a line; load average {table.load_average()}"
    text = f"Measured on {when}.\n\n" + table.rows(HEAD, body)
    table.tell("lines", text, write=options.write)


if __name__ == "__main__":
    main()
