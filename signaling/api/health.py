"""Whether the server lives, whether it is ready for calls, and what a page must know before anybody signed in."""

from importlib.metadata import version
from typing import Annotated

import msgspec
from msgspec import Meta

from rooms.roles import Verb
from signaling.api.route import Route
from signaling.api.services import Call
from signaling.errors import Refused

VERSION = version("visite")


class Alive(msgspec.Struct, frozen=True):
    version: str


class Configuration(msgspec.Struct, frozen=True):
    languages: Annotated[tuple[str, ...], Meta(description="the first greets whoever told no preference")]
    help_phone: Annotated[str, Meta(description="empty: none")]
    version: str


async def alive(call: Call) -> Alive:
    return Alive(VERSION)


async def ready(call: Call) -> Alive:
    """Ready is who can carry a call: at least one media worker obeys."""
    if not call.services.workers.ready:
        raise Refused("media-unavailable")
    return Alive(VERSION)


async def configuration(call: Call) -> Configuration:
    settings = call.services.settings
    return Configuration(settings.languages, settings.help_phone, VERSION)


ROUTES = (
    Route("GET", "/healthz", Verb.PUBLIC, alive, "Whether the server answers"),
    Route("GET", "/readyz", Verb.PUBLIC, ready, "Whether calls are possible", refuses=("media-unavailable",)),
    Route("GET", "/api/v1/configuration", Verb.PUBLIC, configuration, "What pages must know before a sign-in"),
)
