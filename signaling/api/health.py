"""Whether the server lives, whether it is ready for calls, and what a page must know before anybody signed in."""

from importlib.metadata import version
from typing import Annotated

import msgspec
from msgspec import Meta

from rooms.roles import Verb
from signaling.api.route import Route
from signaling.api.services import Call
from signaling.errors import Refused
from signaling.workers import Load

VERSION = version("visite")


class Alive(msgspec.Struct, frozen=True):
    version: str


class WorkerLoad(msgspec.Struct, frozen=True):
    """One media worker, by its last two heartbeats."""

    ready: bool
    acts: int
    peers: int
    tracks: int
    packets_s: Annotated[int, Meta(description="that it sends")]
    lag_ms: Annotated[float, Meta(description="how late its event loop was")]


class Ready(msgspec.Struct, frozen=True):
    version: str
    workers: tuple[WorkerLoad, ...]


class Configuration(msgspec.Struct, frozen=True):
    languages: Annotated[tuple[str, ...], Meta(description="the first greets whoever told no preference")]
    help_phone: Annotated[str, Meta(description="empty: none")]
    version: str


async def alive(call: Call) -> Alive:
    return Alive(VERSION)


async def ready(call: Call) -> Ready:
    """Ready is who can carry another call: at least one media worker obeys, and the server is not to end."""
    call.services.drain.check()
    workers = call.services.workers
    if not workers.ready:
        raise Refused("media-unavailable")
    loads = enumerate(zip(workers.loads, call.services.bridge.acts, strict=True))
    return Ready(VERSION, tuple(_load(load, number in workers.obeying, acts) for number, (load, acts) in loads))


def _load(load: Load, ready: bool, acts: int) -> WorkerLoad:
    return WorkerLoad(ready, acts, load.peers, load.tracks, round(load.packets_s), round(load.lag_ms, 1))


async def configuration(call: Call) -> Configuration:
    settings = call.services.settings
    return Configuration(settings.languages, settings.help_phone, VERSION)


NOT_READY = ("media-unavailable", "server-draining")
ROUTES = (
    Route("GET", "/healthz", Verb.PUBLIC, alive, "Whether the server answers"),
    Route("GET", "/readyz", Verb.PUBLIC, ready, "Whether another call is possible", refuses=NOT_READY),
    Route("GET", "/api/v1/configuration", Verb.PUBLIC, configuration, "What pages must know before a sign-in"),
)
