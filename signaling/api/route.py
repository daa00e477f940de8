"""What a route is: method, path, the verb it needs, and a handler whose signature is the contract.

A handler takes a `Call` and, by name, what it reads: `body` (a Struct, from JSON), `sdp` (text, from application/sdp),
`query` (a Struct, from the query). It returns the answer: a Struct (JSON), None (204), or a response of its own.
The dispatcher (edge.py), the OpenAPI document (openapi.py) and the tests all read this one table.
"""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from rooms.roles import Verb

ID = "[A-Za-z0-9_.-]{1,64}"  # whatever else stands in an address is not found


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what clients send: a field that nobody declared is refused."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a handler reads and gives, from its signature."""

    body: type[Shape] | None
    query: type[Shape] | None
    sdp: bool
    gives: type[msgspec.Struct] | None


@dataclass(frozen=True, slots=True)
class Route:
    """`path` names its variables in braces. `refuses`: codes beside those that every route may answer."""

    method: str
    path: str
    verb: Verb
    handler: Callable[..., Awaitable[Any]]
    summary: str
    status: int = 200
    refuses: tuple[str, ...] = ()
    produces: str = "application/json"
    signed_in: bool = False  # needs a caller although the verb is public

    @property
    def needs_caller(self) -> bool:
        return self.signed_in or self.verb is not Verb.PUBLIC

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def pattern(self) -> str:
        """The path as aiohttp matches it."""
        return re.sub(r"\{(\w+)\}", rf"{{\1:{ID}}}", self.path)

    def contract(self) -> Contract:
        hints = typing.get_type_hints(self.handler)
        gives = hints.get("return")
        return Contract(
            hints.get("body"),
            hints.get("query"),
            "sdp" in inspect.signature(self.handler).parameters,
            gives if inspect.isclass(gives) and issubclass(gives, msgspec.Struct) else None,
        )


@dataclass(frozen=True, slots=True)
class Created:
    """An answer 201 to a description of media, with the address of what was made."""

    sdp: str
    location: str

    def response(self) -> web.Response:
        return web.Response(
            status=201, text=self.sdp, content_type="application/sdp", headers={"Location": self.location}
        )
