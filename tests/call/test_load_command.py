"""`visite load` against a real server: it measures, it judges, and it leaves nothing behind."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.children import Child, child
from tests.support.server import PROGRAM, Server, visite

pytestmark = pytest.mark.asyncio(loop_scope="module")
BRIEF = ("--minutes", "0.02", "--join-rate", "20")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with visite(tmp_path_factory.mktemp("load")) as started:
        yield started


async def load(server: Server, *words: str, token: str | None = None) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *("load", "--url", server.url, *words),
        env={**os.environ, "VISITE_TOKEN": server.admin if token is None else token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def states(server: Server) -> set[str]:
    acts = (await server.request("GET", "/api/v1/acts"))["acts"]
    return {act["state"] for act in acts if act["title"].startswith("visite load")}


async def test_everybody_receives_everybody_and_the_acts_are_ended(server: Server) -> None:
    people = ("--rooms", "2", "--publishers", "2", "--subscribers", "1", "--mutual")
    pid = str(server.process.process.pid)
    code, output, errors = await load(server, *people, *BRIEF, "--max-loss", "5", "--json", "--server-pid", pid)
    assert code == 0, output + errors
    told = json.loads(output)
    assert told["connections"] == {"wanted": 10, "connected": 10}
    streams = 2 * (2 * 1 + 1 * 2)  # each of two publishers takes the other, the subscriber both
    assert told["packets"]["received"] > streams * 100
    assert (told["packets"]["odd"], told["packets"]["damaged"]) == (0, 0)
    assert 0 < told["delay_ms"]["p50"] <= told["delay_ms"]["p99"]
    assert told["steady"]["server_cpu_percent"] > 0
    assert await states(server) == {"ended"}


async def test_a_run_over_a_limit_says_which_and_ends_with_1(server: Server) -> None:
    code, output, _ = await load(server, *BRIEF, "--subscribers", "1", "--video-kbps", "0", "--max-delay", "0.001")
    assert code == 1, output
    assert "OVER          delay p99" in output


async def test_a_token_that_the_server_refuses_ends_it_with_2(server: Server) -> None:
    code, output, errors = await load(server, token="nonsense")
    assert (code, output) == (2, "")
    assert "could not open the act (token-invalid)" in errors


async def test_ctrl_c_ends_it_with_a_report_and_the_acts_are_ended(server: Server, tmp_path: Path) -> None:
    environment = {**os.environ, "VISITE_TOKEN": server.admin}
    async with child(str(PROGRAM), "load", "--url", server.url, "--rooms", "2", env=environment) as run:
        await _until_open(server, run)
        assert await run.stop(signal.SIGINT) in (0, 1)  # nobody may have come yet, and then nothing was received
        assert "packets       " in run.said()
        assert "Traceback" not in run.said()
    assert await states(server) <= {"ended", "not_completed"}


async def _until_open(server: Server, run: Child) -> None:
    async with asyncio.timeout(60):
        while await states(server) <= {"ended", "not_completed"}:
            assert run.process.returncode is None, run.said()
            await asyncio.sleep(0.05)
