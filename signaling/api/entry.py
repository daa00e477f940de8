"""Being let in: sign-in and sign-out of professionals, and the ticket with which a page opens its socket."""

import time
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from rooms.ids import ActId, PersonId, SeatId
from rooms.roles import POLICY, WAITING_ROLES, PersonCaller, SeatCaller, Verb
from rooms.standing import role_outside
from rooms.views import ActView, Presence, Role
from signaling.api.callers import bearer_of, cookie_name
from signaling.api.directory import establishment_names
from signaling.api.documents import EntryDocument, Me, instant
from signaling.api.route import Route, Shape
from signaling.api.services import Call, Services
from signaling.errors import Refused
from signaling.tokens import TICKET_S, Ticket

EXPERTS = (Role.EXPERT, Role.REGULATOR, Role.COORDINATOR)


class SignInRequest(Shape, frozen=True):
    token: Annotated[str, Meta(min_length=1, max_length=2_048)]


class EntryRequest(Shape, frozen=True):
    """`act`: which act a signed-in professional enters; an invitation names its own."""

    act: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


async def sign_in(call: Call, body: SignInRequest) -> web.Response:
    services = call.services
    cookie = await services.login.sign_in(body.token)
    answer = await describe(services, await services.login.person_of(cookie))
    response = web.Response(body=msgspec.json.encode(answer), content_type="application/json")
    address = services.links.address
    response.set_cookie(
        cookie_name(address),
        cookie,
        max_age=int(services.login.lifetime_s),
        path="/",
        secure=address.secure,
        httponly=True,
        samesite="Strict",
    )
    return response


async def sign_out(call: Call) -> web.Response:
    """Signs out whoever holds the cookie; without one there is nothing to do."""
    address = call.services.links.address
    name = cookie_name(address)
    if cookie := call.request.cookies.get(name):
        await call.services.login.sign_out(cookie)
    response = web.Response(status=204)
    response.del_cookie(name, path="/", secure=address.secure, httponly=True, samesite="Strict")
    return response


async def me(call: Call) -> Me:
    return await describe(call.services, call.person.person)


async def enter(call: Call, body: EntryRequest) -> EntryDocument:
    """A ticket of two minutes for the caller's seat, and what the join page shows."""
    match call.caller:
        case SeatCaller(act, seat):
            serial = call.services.tokens.read_entry(bearer_of(call.request)).serial
        case PersonCaller(person):
            act, serial = _named(body), None
            seat = await call.rooms.enter_as_person(person, act)
        case _:
            raise Refused("not-allowed", "a program has no seat: it makes an invitation")
    view = await call.rooms.act(SeatCaller(act, seat), act)
    ticket = Ticket(act=act, seat=seat, serial=serial)
    return _entry(view, seat, call.services.tokens.mint(ticket, time.time(), TICKET_S))


def _named(body: EntryRequest) -> ActId:
    if body.act is None:
        raise Refused("malformed", "act is needed")
    return ActId(body.act)


def _entry(view: ActView, seat: SeatId, ticket: str) -> EntryDocument:
    mine = next(sitting for sitting in view.seats if sitting.seat == seat)
    return EntryDocument(
        ticket=ticket,
        act=view.act,
        number=view.number,
        kind=view.kind.value,
        title=view.title,
        state=view.state,
        planned_start=instant(view.planned_start),
        seat=seat,
        role=mine.role.value,
        name=mine.name,
        waits=mine.role in WAITING_ROLES,
        expert_name=_expert(view, seat),
    )


def _expert(view: ActView, own: SeatId) -> str | None:
    """Whom she will meet: the first other person who answers for the act from afar."""
    others = (seat for seat in view.seats if seat.seat != own and seat.presence is not Presence.REVOKED)
    return next((seat.name for seat in others if seat.role in EXPERTS), None)


async def describe(services: Services, person: PersonId) -> Me:
    """A signed-in professional; her rights are those outside of any one act."""
    known = await services.directory.professional(person)
    if known is None:
        raise Refused("sign-in-required")
    role = role_outside(PersonCaller(person, known.establishment), known)
    return Me(
        person=person,
        name=known.name,
        establishment=known.establishment,
        establishment_name=(await establishment_names(services.directory)).get(known.establishment, ""),
        rights=tuple(sorted(POLICY[role])),
    )


ROUTES = (
    Route(
        "POST",
        "/api/v1/sign-in",
        Verb.PUBLIC,
        sign_in,
        "Signs a professional in by her single-use link",
        refuses=("token-invalid", "token-expired"),
    ),
    Route("POST", "/api/v1/sign-out", Verb.PUBLIC, sign_out, "Signs her out", status=204),
    Route("GET", "/api/v1/me", Verb.PUBLIC, me, "Who is signed in", signed_in=True),
    Route("POST", "/api/v1/entry", Verb.JOIN, enter, "A ticket into a call", refuses=("bad-role", "not-found")),
)
