"""Consents, as they stand: one's own, or written down for a patient who cannot press a button."""

from typing import Annotated

from msgspec import Meta

from rooms.ids import SeatId
from rooms.roles import PersonCaller, SeatCaller, Verb
from rooms.views import ActView, ConsentValue, Purpose
from signaling.api.documents import ConsentDocument, ConsentList, moment
from signaling.api.route import Route, Shape
from signaling.api.services import Call
from signaling.errors import Refused

PATIENT = "patient"


class NewConsent(Shape, frozen=True):
    """`seat` absent: the caller's own; "patient": the patient's, who has none. `how`: in what words, for the file."""

    purpose: Purpose
    value: ConsentValue
    seat: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    how: Annotated[str, Meta(max_length=200)] = ""


async def listed(call: Call) -> ConsentList:
    return _list(await call.rooms.act(call.caller, call.act))


async def give(call: Call, body: NewConsent) -> ConsentList:
    seat = await _of_whom(call, body)
    await call.rooms.consent(call.caller, call.act, body.purpose, body.value, seat, body.how)
    return _list(await call.rooms.act(call.caller, call.act))


async def _of_whom(call: Call, body: NewConsent) -> SeatId | None:
    """Whose consent it is. Raises Refused("not-present") when it is to be one's own and one has no seat."""
    if body.seat is not None:
        return None if body.seat == PATIENT else SeatId(body.seat)
    match call.caller:
        case SeatCaller(seat=own):
            return own
        case PersonCaller(person=person):
            seats = (await call.rooms.act(call.caller, call.act)).seats
            if own_seat := next((known.seat for known in seats if known.person == person), None):
                return own_seat
    raise Refused("not-present", "whose consent it is must be named")


def _list(view: ActView) -> ConsentList:
    return ConsentList(
        consents=tuple(
            ConsentDocument(purpose=given.purpose.value, seat=given.seat, value=given.value.value, at=moment(given.at))
            for given in view.consents
        )
    )


PATH = "/api/v1/acts/{act}/consents"
ROUTES = (
    Route("GET", PATH, Verb.READ_ACT, listed, "The consents of an act"),
    Route(
        "POST",
        PATH,
        Verb.CONSENT,
        give,
        "Records a consent",
        status=201,
        refuses=("not-present", "answers-for-herself"),
    ),
)
