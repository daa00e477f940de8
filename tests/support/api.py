"""The HTTP half of a server in the test's own process: real routes, rooms and SQL, but no media workers.

async with api(folder) as desk:
    act = await desk.good("POST", "/api/v1/acts", {"kind": "MTG", "title": "Two people"}, token=desk.admin)
"""

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from recordings.catalogue import Recordings
from rooms.service import RoomService
from signaling.api.edge import MAX_BODY, attach
from signaling.api.headers import add_headers
from signaling.api.openapi import codes
from signaling.api.problems import problems
from signaling.api.services import Services
from signaling.api.table import ROUTES
from signaling.app import links_of
from signaling.bridge import Bridge
from signaling.config import Settings, SignalingSettings
from signaling.drain import Drain
from signaling.keys import read_or_make
from signaling.links import Address
from signaling.login import Login
from signaling.news import News
from signaling.stores import opened
from signaling.tokens import ApiToken, Tokens
from signaling.workers import Workers, WorkerSettings

ADDRESS = "http://visite.test"
AS_MATCHED = re.compile(r"\{\w+:([^{}]+(?:\{[^{}]*\})?)\}")  # a variable of a path, as the web server writes it
OWN_PAGE = {"Origin": ADDRESS, "X-Visite": "1"}  # what a page of ours sends with whatever has an effect


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass(frozen=True, slots=True)
class Desk:
    """`admin` is an API token. A request says who asks by `token` or by `cookie`; by neither, nobody does."""

    client: TestClient[web.Request, web.Application]
    services: Services
    admin: str

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str = "",
        cookie: str = "",
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> Answer:
        """One request, exactly as it is written here."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if cookie:
            sent["Cookie"] = cookie
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        url = URL(f"http://{self.client.host}:{self.client.port}{path}", encoded=True)
        async with self.client.session.request(method, url, data=data, headers=sent) as answer:
            given = Answer(answer.status, await answer.read(), dict(answer.headers))
        check_described(method, path, given)
        return given

    async def good(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The JSON of an answer that must be a success; as the administrator unless somebody else asks."""
        if not more.get("cookie"):
            more.setdefault("token", self.admin)
        answer = await self.ask(method, path, body, **more)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json if answer.body else None

    async def act(self, **plan: object) -> str:
        return str((await self.good("POST", "/api/v1/acts", {"kind": "MTG", "title": "Staff", **plan}))["id"])

    async def invite(self, act: str, role: str = "expert", name: str = "Anne Martin") -> dict[str, str]:
        made: dict[str, str] = await self.good("POST", f"/api/v1/acts/{act}/invitations", {"role": role, "name": name})
        return made

    async def establishment(self, name: str) -> str:
        return str((await self.good("POST", "/api/v1/establishments", {"name": name}))["id"])

    async def person(self, name: str, establishment: str, role: str | None = None) -> str:
        body = {"name": name, "establishment": establishment, "role": role}
        return str((await self.good("POST", "/api/v1/persons", body))["id"])

    async def sign_in(self, person: str) -> str:
        """The Cookie header of a person who has signed in."""
        link = (await self.good("POST", f"/api/v1/persons/{person}/sign-in-links"))["url"]
        token = link.partition("#s=")[2]
        answer = await self.ask("POST", "/api/v1/sign-in", {"token": token}, headers=OWN_PAGE)
        assert answer.status == 200, answer.body
        return answer.headers["Set-Cookie"].partition(";")[0]


def check_described(method: str, path: str, answer: Answer) -> None:
    """Whatever a route refuses with stands in the OpenAPI document under that route; a fault of ours is no refusal."""
    if answer.status < 400 or answer.status == 500 or not answer.body.startswith(b"{"):
        return
    for route in ROUTES:
        if route.method == method and re.fullmatch(AS_MATCHED.sub(r"(?:\1)", route.pattern), path.partition("?")[0]):
            assert answer.code in codes(route), f"{method} {route.path} does not name {answer.code}"


@asynccontextmanager
async def api(folder: Path, address: str = ADDRESS) -> AsyncIterator[Desk]:
    """Serves the routes while the block lasts; a second one in the same folder continues."""
    settings = Settings(signaling=SignalingSettings(data_dir=str(folder / "data")), folder=folder)
    tokens = Tokens(read_or_make(settings.data_dir / "keys" / "tokens.key"))
    links = links_of(settings.signaling, tokens, Address(address))
    workers = Workers(WorkerSettings("127.0.0.1", 0, 1, (("127.0.0.1", 0),)), None)
    async with opened(settings, serving=True) as stores:
        news = News()
        rooms = RoomService(
            stores.journal, stores.spool, clock=time.time, publish=news.publish, directory=stores.directory
        )
        await rooms.start()
        login = Login(tokens, stores.sign_ins, time.time, 12 * 3600)
        with closing(Recordings(settings.recordings_dir)) as recordings:
            services = Services(
                rooms,
                stores.directory,
                Bridge(rooms, workers),
                workers,
                recordings,
                tokens,
                links,
                login,
                settings.signaling,
                Drain(),
            )
            app = web.Application(middlewares=[problems], client_max_size=MAX_BODY)
            app.on_response_prepare.append(add_headers(links.address))
            attach(app, ROUTES, services)
            admin = tokens.mint(ApiToken(role="admin", subject="test"), time.time(), 3600)
            async with TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
                yield Desk(client, services, admin)
