"""Publishing by WHIP (RFC 9725) and viewing by WHEP (draft-ietf-wish-whep): companions of the bearer's seat.

The relay is ICE-lite and its answer complete, so there is nothing to trickle: PATCH answers 405 (RFC 9725 §4.3).
"""

import secrets
from typing import Annotated, Literal, get_args

from msgspec import Meta

from media.events import FailureCode
from rooms.ids import DeviceId, SeatId
from rooms.roles import SeatCaller, Verb
from rooms.views import DeviceKind
from signaling.api.route import Created, Route, Shape
from signaling.api.services import Call
from signaling.errors import Refused

ENTRY = ("not-open", "act-ended", "not-admitted", "too-many-companions", "media-unavailable", "server-draining")
REFUSES = (*ENTRY, *get_args(FailureCode))


class Viewed(Shape, frozen=True):
    """Whose sound and picture fill the offered sections, in this order; `view` chooses which picture."""

    seat: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...], Meta(min_length=1, max_length=32)]
    view: Literal["camera", "detail", "screen"] = "camera"


async def publish(call: Call, sdp: str) -> Created:
    caller = call.sitting
    device = await _join(call, caller, DeviceKind.WHIP)
    try:
        answer = await call.services.bridge.whip(caller.act, caller.seat, device, sdp)
    except BaseException:
        await call.services.bridge.close_device(caller.act, device, "failed")
        raise
    return Created(answer, f"/whip/{caller.act}/{device}")


async def view(call: Call, query: Viewed, sdp: str) -> Created:
    caller = call.sitting
    device = await _join(call, caller, DeviceKind.WHEP)
    seats = [SeatId(seat) for seat in query.seat]
    try:
        answer = await call.services.bridge.whep(caller.act, caller.seat, device, sdp, seats, query.view)
    except BaseException:
        await call.services.bridge.close_device(caller.act, device, "failed")
        raise
    return Created(answer, f"/whep/{caller.act}/{device}")


async def stop(call: Call) -> None:
    """Only the seat's own devices, and only those that came this way."""
    caller = call.sitting
    act = await call.rooms.act(caller, caller.act)
    mine = next(seat for seat in act.seats if seat.seat == caller.seat)
    kinds = (DeviceKind.WHIP, DeviceKind.WHEP)
    if not any(device.device == call.device and device.kind in kinds for device in mine.devices):
        raise Refused("not-found")
    await call.services.bridge.close_device(caller.act, call.device)


async def _join(call: Call, caller: SeatCaller, kind: DeviceKind) -> DeviceId:
    call.services.drain.check(caller.act)
    device = DeviceId(secrets.token_urlsafe(12))
    await call.rooms.join(caller.act, caller.seat, device, kind, kind.value.upper())
    return device


SDP = "application/sdp"
ROUTES = (
    Route("POST", "/whip/{act}", Verb.PUBLISH, publish, "Publishes (WHIP)", 201, REFUSES, SDP),
    Route("POST", "/whep/{act}", Verb.SUBSCRIBE, view, "Views (WHEP)", 201, REFUSES, SDP),
    Route("DELETE", "/whip/{act}/{device}", Verb.PUBLISH, stop, "Ends a WHIP session", 204),
    Route("DELETE", "/whep/{act}/{device}", Verb.SUBSCRIBE, stop, "Ends a WHEP session", 204),
)
