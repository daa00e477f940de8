"""Every route of the server, in the order of the OpenAPI document."""

from functools import cache

import msgspec
from aiohttp import web

from rooms.roles import Verb
from signaling.api import acts, consents, directory, entry, health, invitations, recordings, timeline, whip
from signaling.api.openapi import document
from signaling.api.route import Route
from signaling.api.services import Call


async def openapi(call: Call) -> web.Response:
    return web.Response(body=_encoded(), content_type="application/json")


@cache
def _encoded() -> bytes:
    return msgspec.json.encode(document(ROUTES, health.VERSION))


ROUTES = (
    *health.ROUTES,
    *entry.ROUTES,
    *acts.ROUTES,
    *invitations.ROUTES,
    *consents.ROUTES,
    *timeline.ROUTES,
    *recordings.ROUTES,
    *directory.ROUTES,
    *whip.ROUTES,
    Route("GET", "/openapi.json", Verb.PUBLIC, openapi, "This document"),
)
