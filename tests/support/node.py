"""The live half of a server in this process, over a consultation in memory: real sockets, real Socket.IO, no pages.

async with node() as here:
    act = await here.consultation.open_act(Kind.MTG)
    await act.seat("anne", Role.EXPERT)
    async with here.client() as anne:
        await anne.join(act, "anne")
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from rooms.facts import Fact
from rooms.ids import ActId, EstablishmentId, SeatId
from rooms.views import ActView
from signaling.bridge import Bridge
from signaling.gateway import Gateway
from signaling.news import News
from signaling.sessions import Sessions, SessionSettings
from signaling.tokens import Invitation, Tokens
from signaling.turn import Turn
from signaling.workers import RecorderSettings, Workers, WorkerSettings
from tests.support.acts import Act, Consultation
from tests.support.wire import Client

LIFETIME_S = 3_600.0
SERIAL = 1  # of an invitation that was never issued anew


@dataclass(slots=True)
class Told(Consultation):
    """A consultation whose news go to listeners too."""

    news: News = field(default_factory=News)

    def _publish(self, act: ActId, facts: tuple[Fact, ...], view: ActView) -> None:
        Consultation._publish(self, act, facts, view)
        self.news.publish(act, facts, view)


@dataclass(slots=True)
class Node:
    """`url` is where clients connect."""

    url: str
    consultation: Consultation
    sessions: Sessions
    bridge: Bridge
    workers: Workers
    tokens: Tokens

    def token(self, act: Act, name: str) -> str:
        """An invitation to the seat of somebody in the act."""
        invitation = Invitation(act=act.act, seat=act.seats[name], serial=SERIAL)
        return self.tokens.mint(invitation, time.time(), LIFETIME_S)

    @asynccontextmanager
    async def client(self, **headers: str) -> AsyncIterator[Client]:
        """A client that is connected and has not joined."""
        client = Client(self.url, self.token)
        try:
            await client.connect(headers)
            yield client
        finally:
            await client.disconnect()


@asynccontextmanager
async def node(
    settings: SessionSettings | None = None,
    *,
    workers: int = 0,
    recordings: Path | None = None,
    origins: frozenset[str] = frozenset(),
    after: Consultation | None = None,
    turn: Turn | None = None,
) -> AsyncIterator[Node]:
    """A node with no media workers unless some are asked for. `after`: it goes on with another one's acts."""
    consultation = Told() if after is None else Told(journal=after.journal, clock=after.clock)
    await consultation.service.start()
    media = WorkerSettings("127.0.0.1", 0, workers, (("127.0.0.1", 0),))
    children = Workers(media, RecorderSettings(recordings, reserve_bytes=0) if recordings else None)
    bridge = Bridge(consultation.service, children)
    tokens = Tokens(b"t" * 32)

    async def establishments() -> dict[EstablishmentId, str]:
        return {}

    sessions = Sessions(
        consultation.service,
        bridge,
        tokens,
        _link,
        establishments=establishments,
        clock=consultation.clock,
        turn=turn,
        settings=settings,
    )
    consultation.news.listeners += [sessions.published, bridge.published]  # a way is told before its media
    app = web.Application()
    Gateway(sessions, origins).attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    async with children.running(), bridge.running(), sessions.running():
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            yield Node(f"http://127.0.0.1:{port}", consultation, sessions, bridge, children, tokens)
        finally:
            await runner.cleanup()


def _link(act: ActId, seat: SeatId, serial: int) -> str:
    return f"/join#t={act}.{seat}.{serial}"
