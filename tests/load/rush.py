"""A thousand people join within a second: what each is answered, and what a running call loses meanwhile.

    python -m tests.load.rush [--people 1000] [--acts 20]

A call of four virtual participants runs on the same server (`visite load`). Whoever is not let in must be told so, by a
code or by status 503, and the call is to lose less than one per cent.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.support.rush import rush, summary
from tests.support.server import PROGRAM, Server, visite

SETTLE_S = 8.0
PATIENCE_S = 60.0


async def invited(server: Server, people: int, acts: int) -> list[str]:
    tokens: list[str] = []
    made = [await server.create_act(title=f"Rush {number}") for number in range(acts)]
    for number in range(people):
        tokens.append((await server.invite(made[number % acts], "expert", f"Person {number}")).token)
    return tokens


async def measure(people: int, acts: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with visite(Path(folder)) as server:
            tokens = await invited(server, people, acts)
            call = await asyncio.create_subprocess_exec(
                PROGRAM, "load", "--url", server.url, "--publishers", "4", "--subscribers", "0", "--mutual",
                "--video-kbps", "300", "--minutes", "0.4", "--max-loss", "1", "--json",
                env={**os.environ, "VISITE_TOKEN": server.admin}, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            await asyncio.sleep(SETTLE_S)
            sys.stdout.write(f"{people} people: {summary(await rush(server.url, tokens, 1.0, PATIENCE_S))}\n")
            output, _ = await call.communicate()
            told = json.loads(output)
            sys.stdout.write(f"the call beside them: {json.dumps(told['packets'])}, exit code {call.returncode}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--acts", type=int, default=20)
    args = parser.parse_args()
    asyncio.run(measure(args.people, args.acts))


if __name__ == "__main__":
    main()
