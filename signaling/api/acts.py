"""Acts: plan, list, read, change, and move along their life cycle."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rooms.ids import EstablishmentId, SubjectId
from rooms.plan import ActChange, ActPlan
from rooms.roles import Verb
from rooms.views import ActView, Kind, Urgency
from signaling.api.directory import establishment_names
from signaling.api.documents import ActDocument, ActList, act_document
from signaling.api.route import Route, Shape
from signaling.api.services import Call
from signaling.errors import Refused

Title = Annotated[str, Meta(min_length=1, max_length=200)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Reason = Annotated[str, Meta(max_length=200)]
Minutes = Annotated[int, Meta(ge=1, le=1_440)]
Instant = Annotated[str, Meta(max_length=40, description='RFC 3339, or "now"')]
NOW = "now"
GUARDS = ("identity-missing", "consent-missing", "consent-refused", "two-needed", "reason-missing", "report-missing")
PLAN = ("bad-plan", "not-your-establishment", "server-draining")
CHANGE = ("bad-plan", "act-ended", "wrong-state")
STEP = ("wrong-state", *GUARDS)


class _Time(msgspec.Struct):
    at: Annotated[datetime, Meta(tz=True)]


class NewAct(Shape, frozen=True, kw_only=True):
    """`start` "now" opens the room at once; absent, the act is a request without a date."""

    kind: Kind
    title: Title
    start: Instant | None = None
    minutes: Minutes | None = None
    urgency: Urgency = Urgency.SCHEDULED
    components: Annotated[tuple[Kind, ...], Meta(max_length=4)] = ()
    requesting: Id | None = None
    expert: Id | None = None
    subject: Id | None = None
    direct: bool = True


class ActChanges(Shape, frozen=True):
    """What is absent stays as it is."""

    title: Title | None = None
    start: Annotated[str, Meta(max_length=40, description="RFC 3339")] | None = None
    minutes: Minutes | None = None
    direct: bool | None = None


class ActsAsked(Shape, frozen=True):
    """`since` and `until` bound the planned start, RFC 3339."""

    since: str | None = None
    until: str | None = None
    state: Annotated[str, Meta(max_length=32)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class StepAsked(Shape, frozen=True):
    event: Annotated[str, Meta(min_length=1, max_length=32)]
    reason: Reason = ""


class Ending(Shape, frozen=True):
    reason: Reason = ""


async def plan(call: Call, body: NewAct) -> ActDocument:
    call.services.drain.check()
    wanted = ActPlan(
        kind=body.kind,
        title=body.title,
        components=body.components,
        urgency=body.urgency,
        requesting=EstablishmentId(body.requesting) if body.requesting else None,
        expert=EstablishmentId(body.expert) if body.expert else None,
        subject=SubjectId(body.subject) if body.subject else None,
        direct=body.direct,
        start="now" if body.start == NOW else seconds(body.start, "start"),
        minutes=body.minutes,
    )
    return await document(call, await call.rooms.create_act(call.caller, wanted))


async def listed(call: Call, query: ActsAsked) -> ActList:
    views = await call.rooms.acts(
        call.caller,
        since=seconds(query.since, "since"),
        until=seconds(query.until, "until"),
        state=query.state,
        limit=query.limit,
    )
    names = await establishment_names(call.services.directory)
    shown = [act_document(view, await call.rooms.role(call.caller, view.act), names) for view in views]
    return ActList(acts=tuple(shown))


async def read(call: Call) -> ActDocument:
    return await document(call, await call.rooms.act(call.caller, call.act))


async def change(call: Call, body: ActChanges) -> ActDocument:
    wanted = ActChange(title=body.title, start=seconds(body.start, "start"), minutes=body.minutes, direct=body.direct)
    return await document(call, await call.rooms.change_act(call.caller, call.act, wanted))


async def advance(call: Call, body: StepAsked) -> ActDocument:
    return await document(call, await call.rooms.advance(call.caller, call.act, body.event, body.reason))


async def end(call: Call, body: Ending) -> ActDocument:
    return await document(call, await call.rooms.end(call.caller, call.act, body.reason))


async def document(call: Call, view: ActView) -> ActDocument:
    """The act as the caller sees it."""
    names = await establishment_names(call.services.directory)
    return act_document(view, await call.rooms.role(call.caller, view.act), names)


def seconds(text: str | None, field: str) -> float | None:
    """Seconds since the epoch of an RFC 3339 time. Raises Refused("malformed") also when it names no zone."""
    if text is None:
        return None
    try:
        return msgspec.convert({"at": text}, _Time).at.timestamp()
    except (msgspec.ValidationError, OverflowError):
        raise Refused("malformed", f"{field} is not an RFC 3339 time with a zone") from None


ROUTES = (
    Route("POST", "/api/v1/acts", Verb.CREATE_ACT, plan, "Plans an act, or opens one at once", 201, PLAN),
    Route("GET", "/api/v1/acts", Verb.LIST_ACTS, listed, "The acts that the caller may read"),
    Route("GET", "/api/v1/acts/{act}", Verb.READ_ACT, read, "One act; the reading is journaled"),
    Route(
        "PATCH", "/api/v1/acts/{act}", Verb.CHANGE_ACT, change, "Changes title, date, length or path", refuses=CHANGE
    ),
    Route("POST", "/api/v1/acts/{act}/advance", Verb.ADVANCE, advance, "One step of the life cycle", refuses=STEP),
    Route("POST", "/api/v1/acts/{act}/end", Verb.END, end, "Ends the act for everybody", refuses=("wrong-state",)),
)
