"""A door by HTTP to a worker, so that WHIP publishers and WHEP viewers can be tried without the server.

POST /whip/{name} publishes sound and picture as tracks "{name}-audio" and "{name}-video"; POST /whep/{name}?of=a&of=b
views those of others, two sections each; DELETE on what Location names closes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from media.commands import ClosePeer, Kind, Publish, PublishedTrack, View
from media.events import Failed
from media.ids import PeerId, RoomId, TrackId
from tests.support.peer_page import serving
from tests.support.worker import WorkerProcess

ROOM = RoomId("room")
KINDS: tuple[Kind, ...] = ("audio", "video")


@asynccontextmanager
async def whip_door(worker: WorkerProcess) -> AsyncIterator[str]:
    """Yields the URL before /whip and /whep."""

    async def whip(request: web.Request) -> web.Response:
        name, sdp = request.match_info["name"], await request.text()
        tracks = tuple(PublishedTrack(TrackId(f"{name}-{k}"), k) for k in KINDS if f"m={k} " in sdp)
        return await negotiate(request, Publish(worker.next_number(), PeerId(name), ROOM, sdp, tracks))

    async def whep(request: web.Request) -> web.Response:
        slots = tuple(TrackId(f"{name}-{kind}") for name in request.query.getall("of") for kind in KINDS)
        name = PeerId(request.match_info["name"])
        return await negotiate(request, View(worker.next_number(), name, ROOM, await request.text(), slots))

    async def negotiate(request: web.Request, command: Publish | View) -> web.Response:
        told = await worker.outcome(command)
        if isinstance(told, Failed):
            return web.Response(status=400, text=told.code)
        location = {"Location": f"{request.path}/session"}
        return web.Response(status=201, text=told.sdp, content_type="application/sdp", headers=location)

    async def end(request: web.Request) -> web.Response:
        await worker.send(ClosePeer(PeerId(request.match_info["name"]), "left"))
        return web.Response()

    application = web.Application()
    for way, door in (("whip", whip), ("whep", whep)):
        application.router.add_post(f"/{way}/{{name}}", door)
        application.router.add_delete(f"/{way}/{{name}}/session", end)
    async with serving(application) as url:
        yield url
