"""From a request to a handler and back: origin, caller, body and query by the route's contract, then the answer."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from rooms.roles import SeatCaller, Verb
from rooms.standing import require
from signaling.api.callers import check_origin, identify
from signaling.api.route import Contract, Created, Route, Shape
from signaling.api.services import Call, Services
from signaling.errors import Refused

log = logging.getLogger(__name__)

MAX_BODY = 65_536  # bytes; as one message of the wire
S = TypeVar("S", bound=Shape)


def attach(app: web.Application, routes: Sequence[Route], services: Services) -> None:
    """Serves the table. HEAD is not served: nobody needs it, and it would journal a read."""
    for route in routes:
        app.router.add_route(route.method, route.pattern, _handler(route, services))


def _handler(route: Route, services: Services) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    contract = route.contract()

    async def serve(request: web.Request) -> web.StreamResponse:
        started = time.monotonic()
        check_origin(request, services.links.address)
        known = await identify(request, services) if route.needs_caller else None
        call = Call(services, known, request.match_info, request)
        await _permit(route, call)
        given = await route.handler(call, **await _arguments(contract, request))
        log.debug("served", extra={"route": f"{route.method} {route.path}", "s": round(time.monotonic() - started, 4)})
        return _answer(route, given)

    return serve


async def _permit(route: Route, call: Call) -> None:
    """The route's verb must be among the caller's rights; the rooms ask again when they decide.

    A guest has rights in the act of her invitation only. Raises Refused("not-allowed").
    """
    if route.verb is Verb.PUBLIC:
        return
    act = call.act if "act" in route.variables else None
    if act is None and isinstance(call.caller, SeatCaller):
        if route.verb is not Verb.JOIN:
            raise Refused("not-allowed")
        act = call.caller.act
    require(await call.rooms.role(call.caller, act), route.verb)


async def _arguments(contract: Contract, request: web.Request) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if contract.query is not None:
        arguments["query"] = read_query(request, contract.query)
    if contract.body is not None:
        arguments["body"] = await _read_json(request, contract.body)
    if contract.sdp:
        arguments["sdp"] = await _read_sdp(request)
    return arguments


async def _read_json(request: web.Request, shape: type[S]) -> S:
    body = await request.read()
    if body and request.content_type != "application/json":
        raise Refused("wrong-type", "application/json is needed")
    return decoded(body, shape)


def decoded(body: bytes, shape: type[S]) -> S:
    """An absent body is an empty object: some bodies hold nothing that is needed. Raises Refused."""
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except msgspec.DecodeError as error:
        raise Refused("malformed", _explain(error)) from None
    except UnicodeDecodeError:
        raise Refused("malformed", "not UTF-8") from None
    except RecursionError:
        raise Refused("malformed", "too deep") from None


async def _read_sdp(request: web.Request) -> str:
    if request.content_type != "application/sdp":
        raise Refused("wrong-type", "application/sdp is needed")
    try:
        return (await request.read()).decode()
    except UnicodeDecodeError:
        raise Refused("sdp-invalid", "not UTF-8") from None


def read_query(request: web.Request, shape: type[S]) -> S:
    """A parameter that a tuple takes may come several times, any other once."""
    many = {
        field.encode_name
        for field in msgspec.structs.fields(shape)
        if isinstance(msgspec.inspect.type_info(field.type), msgspec.inspect.VarTupleType)
    }
    values: dict[str, Any] = {}
    for name in request.query:
        found = request.query.getall(name)
        if len(found) > 1 and name not in many:
            raise Refused("malformed", "a parameter came twice")
        values[name] = found if name in many else found[0]
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise Refused("malformed", _explain(error)) from None


def _explain(error: msgspec.DecodeError) -> str:
    """What is wrong and where, without quoting what came: an unknown field, a value that is none of several."""
    text = str(error)
    if "unknown field" in text:
        return "unknown field"
    return re.sub(r"(?<= value) .*(?= - at)", "", text)


def _answer(route: Route, given: object) -> web.StreamResponse:
    if isinstance(given, web.StreamResponse):
        return given
    if isinstance(given, Created):
        return given.response()
    if given is None:
        return web.Response(status=204)
    return web.Response(status=route.status, body=msgspec.json.encode(given), content_type="application/json")
