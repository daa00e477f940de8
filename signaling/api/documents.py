"""What the API gives: acts, seats, invitations and the rest as JSON. Times are RFC 3339 in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from rooms.act import events_for
from rooms.ids import EstablishmentId
from rooms.views import ActView, Role, SeatView

Names = Mapping[EstablishmentId, str]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is given. Every field is always there; what is unknown is null."""


class SeatDocument(Document, frozen=True):
    seat: str
    role: str
    name: str
    presence: str


class ActDocument(Document, frozen=True):
    """`events`: what the caller may ask of the life cycle now."""

    id: str
    number: str
    kind: str
    components: tuple[str, ...]
    urgency: str
    title: str
    requesting: str | None
    requesting_name: str | None
    expert: str | None
    expert_name: str | None
    subject: str | None
    direct: bool
    state: str
    outcome: str
    planned_start: datetime | None
    planned_minutes: int | None
    started_at: datetime | None
    ended_at: datetime | None
    seats: tuple[SeatDocument, ...]
    events: tuple[str, ...]


class ActList(Document, frozen=True):
    acts: tuple[ActDocument, ...]


class EntryDocument(Document, frozen=True):
    """What a join page shows, and the ticket for the socket. `waits`: she will wait until somebody lets her in."""

    ticket: str
    act: str
    number: str
    kind: str
    title: str
    state: str
    planned_start: datetime | None
    seat: str
    role: str
    name: str
    waits: bool
    expert_name: str | None


class InvitationDocument(Document, frozen=True):
    seat: str
    token: str
    url: str


class ConsentDocument(Document, frozen=True):
    """`seat` null: the patient, who has no seat."""

    purpose: str
    seat: str | None
    value: str
    at: datetime


class ConsentList(Document, frozen=True):
    consents: tuple[ConsentDocument, ...]


class TimelineDocument(Document, frozen=True):
    """`by` is "seat:…", "person:…", "admin:…" or "system"; `data` holds the fact's own fields."""

    version: int
    at: datetime
    type: str
    by: str | None
    data: dict[str, Any]


class Timeline(Document, frozen=True):
    entries: tuple[TimelineDocument, ...]


class RecordingDocument(Document, frozen=True):
    """`continues`: the recording that a fault cut off before this one, `gap_s` after its end if that is known."""

    recording: str
    state: str
    started_at: datetime | None
    stopped_at: datetime | None
    duration_s: float | None
    continues: str | None
    gap_s: float | None


class RecordingList(Document, frozen=True):
    recordings: tuple[RecordingDocument, ...]


class TrackDocument(Document, frozen=True):
    """One track to play: `offset_s` after the beginning of the recording; `type` is its MIME type."""

    name: str
    url: str
    seat: str
    label: str
    source: str
    kind: str
    offset_s: float
    duration_s: float | None
    type: str


class Playback(Document, frozen=True):
    tracks: tuple[TrackDocument, ...]


class EstablishmentDocument(Document, frozen=True):
    id: str
    name: str


class EstablishmentList(Document, frozen=True):
    establishments: tuple[EstablishmentDocument, ...]


class PersonDocument(Document, frozen=True):
    id: str
    name: str
    establishment: str


class PersonList(Document, frozen=True):
    persons: tuple[PersonDocument, ...]


class Me(Document, frozen=True):
    """The signed-in professional. `rights`: verbs that she has outside of any one act."""

    person: str
    name: str
    establishment: str
    establishment_name: str
    rights: tuple[str, ...]


class SignInLink(Document, frozen=True):
    url: str


def instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def seat_document(seat: SeatView) -> SeatDocument:
    return SeatDocument(seat=seat.seat, role=seat.role.value, name=seat.name, presence=seat.presence.value)


def act_document(view: ActView, role: Role, names: Names) -> ActDocument:
    """An act as a caller of this role sees it; `names` of establishments."""
    return ActDocument(
        id=view.act,
        number=view.number,
        kind=view.kind.value,
        components=tuple(kind.value for kind in view.components),
        urgency=view.urgency.value,
        title=view.title,
        requesting=view.requesting,
        requesting_name=names.get(view.requesting) if view.requesting else None,
        expert=view.expert,
        expert_name=names.get(view.expert) if view.expert else None,
        subject=view.subject,
        direct=view.direct,
        state=view.state,
        outcome=view.outcome,
        planned_start=instant(view.planned_start),
        planned_minutes=view.planned_minutes,
        started_at=instant(view.started_at),
        ended_at=instant(view.ended_at),
        seats=tuple(seat_document(seat) for seat in view.seats),
        events=events_for(role, view.urgency, view.state),
    )
