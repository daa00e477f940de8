"""A real Visite server for tests: `visite serve` with a configuration of its own, on free loopback ports.

async with visite(folder) as server:
    act = await server.create_act(kind="MTG", title="Two people")
    anne = await server.invite(act, "expert", "Anne Martin")
    await page.goto(anne.url)
"""

import asyncio
import json
import os
import random
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.children import Child, child

PROGRAM = Path(sys.executable).with_name("visite")
ROOT = Path(__file__).resolve().parents[2]
PORTS = random.SystemRandom()  # tests that run at once must not draw the same
READY_S = 60.0  # migrations of an empty database and a media worker, on a busy machine

Settings = Mapping[str, Mapping[str, object]]  # section → key → value, on top of what a test server needs


class HttpRefused(Exception):
    """An answer other than the hoped-for."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:500]}")
        self.status = status
        self.code = str(json.loads(body).get("code", "")) if body.startswith("{") else ""


@dataclass(frozen=True, slots=True)
class Act:
    id: str
    number: str


@dataclass(frozen=True, slots=True)
class Invitation:
    seat: str
    token: str
    url: str


@dataclass(slots=True)
class Server:
    process: Child
    http: aiohttp.ClientSession  # knows the server's address: paths are enough
    config: Path
    url: str
    media_port: int  # UDP
    admin: str = ""  # API token

    async def request(
        self, method: str, path: str, body: object = None, *, token: str | None = None, **more: Any
    ) -> Any:
        """JSON in, JSON out, as the administrator unless another token is given ("" for none). Raises HttpRefused."""
        bearer = self.admin if token is None else token
        headers = {**({"authorization": f"Bearer {bearer}"} if bearer else {}), **more.pop("headers", {})}
        async with self.http.request(method, path, json=body, headers=headers, **more) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise HttpRefused(answer.status, text)
            return json.loads(text) if text else None

    async def create_act(self, *, kind: str = "MTG", title: str = "Test", start: str = "now", **more: object) -> Act:
        made = await self.request("POST", "/api/v1/acts", {"kind": kind, "title": title, "start": start, **more})
        return Act(made["id"], made["number"])

    async def invite(self, act: Act, role: str, name: str) -> Invitation:
        made = await self.request("POST", f"/api/v1/acts/{act.id}/invitations", {"role": role, "name": name})
        return Invitation(made["seat"], made["token"], made["url"])

    async def revoke(self, act: Act, invitation: Invitation) -> None:
        await self.request("DELETE", f"/api/v1/acts/{act.id}/invitations/{invitation.seat}")

    async def end(self, act: Act) -> None:
        await self.request("POST", f"/api/v1/acts/{act.id}/end", {})

    async def timeline(self, act: Act) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = (await self.request("GET", f"/api/v1/acts/{act.id}/timeline"))["entries"]
        return entries

    async def command(self, *words: str) -> str:
        """Runs `visite WORDS --config …` and returns its standard output; RuntimeError with all it said if it fails."""
        process = await asyncio.create_subprocess_exec(
            PROGRAM, *words, "--config", self.config, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"visite {' '.join(words)}: {process.returncode}\n{output.decode()}{errors.decode()}")
        return output.decode()

    def children(self) -> dict[str, int]:
        """Process ids of the server's child processes, by their names."""
        lines = [json.loads(line) for line in self.log().splitlines() if '"child is ready"' in line]
        return {line["child"]: line["child_pid"] for line in lines}

    def log(self) -> str:
        """All that the server and its workers have said so far."""
        return self.process.said()

    async def _until_ready(self) -> None:
        async with asyncio.timeout(READY_S):
            while not await self._is_ready():
                if self.process.process.returncode is not None:
                    raise RuntimeError(f"the server ended at once:\n{self.log()[-4000:]}")
                await asyncio.sleep(0.05)

    async def _is_ready(self) -> bool:
        try:
            async with self.http.get("/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False


@asynccontextmanager
async def visite(folder: Path, settings: Settings | None = None) -> AsyncIterator[Server]:
    """Runs a server whose data lie in `folder` while the block lasts; a second one in the same folder continues."""
    port, media_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    own = {
        "signaling": {"host": "127.0.0.1", "port": port, "data_dir": str(folder / "data"), "drain_s": 0},
        "media": {"host": "127.0.0.1", "port": media_port, "workers": 1},
    }
    for section, keys in (settings or {}).items():
        own[section] = {**own.get(section, {}), **keys}
    config = folder / "config.toml"
    config.write_text(toml(own))
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    async with (
        child(str(PROGRAM), "serve", "--config", str(config), folder=ROOT, env=environment) as process,
        aiohttp.ClientSession(url) as http,
    ):
        server = Server(process, http, config, url, media_port)
        await server._until_ready()
        server.admin = (await server.command("token", "--role", "admin")).splitlines()[-1]
        yield server


def free_port(kind: socket.SocketKind) -> int:
    """A port nobody has now, nor is given before the server takes it: systems give away higher ones than these."""
    while True:
        with socket.socket(socket.AF_INET, kind) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", PORTS.randrange(10_000, 32_000)))
            return int(probe.getsockname()[1])


def toml(sections: Settings) -> str:
    """Sections of strings, numbers, booleans and lists of these: for them JSON and TOML write the same."""
    lines = []
    for section, keys in sections.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items()), ""]
    return "\n".join(lines)
