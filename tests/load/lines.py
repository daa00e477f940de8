"""What lines of every quality leave of a call between two Chromium: the second table of README.md.

    python -m tests.load.lines [--only "5 % loss" …] [--seconds 12] [--lock FILE] [--write]

Each line is a call of its own, over `visite serve` and a seeded UDP relay (tests/support/netrelay.py) that Anne's media
pass in both directions; Bruno has a good line. The figures come from the codes in the pictures and from the tones.
"""

import argparse
import asyncio
import sys
import tempfile
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=list(QUALITIES), help="this line (default: all)")
    parser.add_argument("--seconds", type=float, default=12.0, help="to watch each line (default: 12)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lock", type=Path, help="a file; each line waits until nobody else holds it")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    body = []
    for name in options.only or QUALITIES:
        with table.turn(options.lock):
            found = asyncio.run(measure(name, options.seconds, options.seed))
        body += [row(name, "sent", found.sent), row("", "received", found.received)]
        sys.stdout.write("\n".join("  ".join(line) for line in body[-2:]) + "\n")
        sys.stdout.flush()
    when = f"{datetime.now(tz=UTC):%d %B %Y}, {options.seconds:g} s a line; load average {table.load_average()}"
    text = f"Measured on {when}.\n\n" + table.rows(HEAD, body)
    if options.write:
        table.write("lines", text)
    else:
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
