"""Invitations: each makes a seat, and its link is the seat's key."""

from typing import Annotated

from msgspec import Meta

from rooms.ids import PersonId
from rooms.roles import SeatCaller, Verb
from rooms.views import Invitation, Role
from signaling.api.documents import InvitationDocument
from signaling.api.route import Route, Shape
from signaling.api.services import Call


class Invited(Shape, frozen=True):
    """Who is invited as what. `person`: of the directory, who then enters also by her sign-in."""

    role: Role
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    person: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class Revocation(Shape, frozen=True):
    reason: Annotated[str, Meta(max_length=200)] = ""


async def invite(call: Call, body: Invited) -> InvitationDocument:
    person = PersonId(body.person) if body.person else None
    made = await call.rooms.invite(call.caller, call.act, body.role, body.name, person)
    return await _document(call, made)


async def reissue(call: Call) -> InvitationDocument:
    """The seat's earlier links are dead from here on."""
    return await _document(call, await call.rooms.reissue(call.caller, call.act, call.seat))


async def revoke(call: Call, query: Revocation) -> None:
    await call.rooms.revoke(call.caller, call.act, call.seat, query.reason)


async def _document(call: Call, made: Invitation) -> InvitationDocument:
    """The link outlives the act's planned end. Looking as the invited seat does leaves no note of a reader."""
    view = await call.rooms.act(SeatCaller(call.act, made.seat), call.act)
    planned_end = (view.planned_start or 0.0) + 60.0 * (view.planned_minutes or 0)
    links = call.services.links
    token = links.invitation(call.act, made.seat, made.serial, planned_end)
    return InvitationDocument(seat=made.seat, token=token, url=links.join_with(token))


INVITING = ("bad-name", "bad-role", "patient-has-seat", "act-ended")
SEAT = "/api/v1/acts/{act}/invitations/{seat}"
ROUTES = (
    Route("POST", "/api/v1/acts/{act}/invitations", Verb.INVITE, invite, "Makes a seat", 201, INVITING),
    Route("POST", SEAT, Verb.INVITE, reissue, "A new link for a seat, the old one dies", refuses=INVITING[-1:]),
    Route("DELETE", SEAT, Verb.REVOKE, revoke, "Closes a seat for good", status=204),
)
