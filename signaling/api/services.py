"""What the routes work with; the composition root builds it once."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from recordings.catalogue import Recordings
from rooms.directory.sql import SqlDirectory
from rooms.ids import ActId, DeviceId, PersonId, RecordingId, SeatId
from rooms.roles import Caller, PersonCaller, SeatCaller
from rooms.service import RoomService
from signaling.bridge import Bridge
from signaling.config import SignalingSettings
from signaling.drain import Drain
from signaling.errors import Refused
from signaling.links import Links
from signaling.login import Login
from signaling.tokens import Tokens
from signaling.workers import Workers


@dataclass(frozen=True, slots=True)
class Services:
    rooms: RoomService
    directory: SqlDirectory
    bridge: Bridge
    workers: Workers
    recordings: Recordings
    tokens: Tokens
    links: Links
    login: Login
    settings: SignalingSettings
    drain: Drain


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a route. `known` is who asks, None on a public route."""

    services: Services
    known: Caller | None
    variables: Mapping[str, str]
    request: web.Request

    @property
    def rooms(self) -> RoomService:
        return self.services.rooms

    @property
    def caller(self) -> Caller:
        if self.known is None:
            raise Refused("sign-in-required")
        return self.known

    @property
    def person(self) -> PersonCaller:
        """The signed-in professional who asks."""
        if not isinstance(self.known, PersonCaller):
            raise Refused("sign-in-required")
        return self.known

    @property
    def sitting(self) -> SeatCaller:
        """The holder of an invitation to the act in the address."""
        if not isinstance(self.known, SeatCaller):
            raise Refused("not-allowed", "this needs an invitation as bearer")
        if self.known.act != self.act:
            raise Refused("not-found")
        return self.known

    @property
    def act(self) -> ActId:
        return ActId(self.variables["act"])

    @property
    def seat(self) -> SeatId:
        return SeatId(self.variables["seat"])

    @property
    def device(self) -> DeviceId:
        return DeviceId(self.variables["device"])

    @property
    def named_person(self) -> PersonId:
        return PersonId(self.variables["person"])

    @property
    def recording(self) -> RecordingId:
        return RecordingId(self.variables["recording"])
