"""What happened in an act, from its journal."""

from typing import Annotated

from msgspec import Meta

from rooms.roles import Verb
from signaling.api.documents import Timeline, TimelineDocument, moment
from signaling.api.route import Route, Shape
from signaling.api.services import Call


class TimelineAsked(Shape, frozen=True):
    """Entries with a version greater than `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 500


async def timeline(call: Call, query: TimelineAsked) -> Timeline:
    entries = await call.rooms.timeline(call.caller, call.act, query.after, query.limit)
    return Timeline(
        entries=tuple(
            TimelineDocument(
                version=entry.version, at=moment(entry.at), type=entry.type, by=entry.by or None, data=dict(entry.data)
            )
            for entry in entries
        )
    )


ROUTES = (Route("GET", "/api/v1/acts/{act}/timeline", Verb.READ_TIMELINE, timeline, "What happened, in order"),)
