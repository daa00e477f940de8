"""The facts of an act: everything that happened and is kept. The journal holds them as tagged JSON, in order.

A fact says what is true from now on, never what somebody wished. Who caused it and when stand beside it in the
journal (`ports.Row`). Names, titles and chat are not in a fact: it holds a salted digest of a row that can be erased.
Times are seconds since the epoch on the server's clock.
"""

import hashlib
import re
from functools import reduce
from operator import or_
from typing import ClassVar

import msgspec

from rooms.errors import JournalBroken
from rooms.ids import DeviceId, EstablishmentId, PersonId, RecordingId, SeatId, SubjectId, TextId
from rooms.views import ConsentValue, DeviceKind, IdentityResult, Kind, Path, Purpose, Role, Urgency


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Held(msgspec.Struct, frozen=True):
    """A text kept in an erasable row: the row's id, and SHA-256 over its salt and the text, in hexadecimal."""

    text: TextId
    digest: str


def salted(salt: str, value: str) -> str:
    """The digest under which a fact holds a text: SHA-256 over the salt's bytes and the text in UTF-8, hexadecimal."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=_kebab):
    """Common to all facts. `lessens`: gives nobody a right she had not, so it holds even with the store away."""

    lessens: ClassVar[bool] = False


# The act as a file


class ActCreated(Fact, frozen=True, kw_only=True):
    """An act exists. `state` is the first one of the life cycle that `urgency` picks."""

    number: str
    state: str
    kind: Kind
    components: tuple[Kind, ...] = ()
    urgency: Urgency = Urgency.SCHEDULED
    title: Held | None = None
    requesting: EstablishmentId | None = None
    expert: EstablishmentId | None = None
    subject: SubjectId | None = None
    direct: bool = True
    planned_start: float | None = None
    planned_minutes: int | None = None


class ActChanged(Fact, frozen=True, kw_only=True):
    """The plan was changed; what is None stays as it was."""

    title: Held | None = None
    planned_start: float | None = None
    planned_minutes: int | None = None
    direct: bool | None = None


class ActAdvanced(Fact, frozen=True, kw_only=True):
    """The act took one step of its life cycle. `missing`: guards that an emergency passed without fulfilling them."""

    event: str
    before: str
    after: str
    reason: str = ""
    missing: tuple[str, ...] = ()


class ActRead(Fact, frozen=True, kw_only=True):
    """Somebody who does not sit in the act opened its file. At most one an hour for each reader.

    She may read it in any case, so a journal that is away need not keep her: the spool remembers that she did.
    """

    lessens = True


class TextErased(Fact, frozen=True, kw_only=True):
    """The row of a text was erased for good; the journal stays whole without it."""

    text: TextId


class IncidentNoted(Fact, frozen=True, kw_only=True):
    """Something technical went wrong. `side`: whose line or device; `effect`: what became of the act."""

    lessens = True
    incident: str
    side: str
    effect: str = ""


class LineJudged(Fact, frozen=True, kw_only=True):
    """A seat's line fares otherwise than the journal last said: "good", "fair" or "poor". Once a minute at most."""

    seat: SeatId
    grade: str
    lost: int  # per cent of packets
    round_trip_ms: int | None
    frozen: int  # per cent of the time in which pictures stood still


# Seats and who sits on them


class SeatMade(Fact, frozen=True, kw_only=True):
    """A place in the act. `serial` is that of her invitation; 0 when she came by her sign-in."""

    seat: SeatId
    role: Role
    name: Held
    person: PersonId | None = None
    serial: int = 0


class InvitationReissued(Fact, frozen=True, kw_only=True):
    """Invitations of this seat with a smaller serial are dead."""

    seat: SeatId
    serial: int


class SeatRevoked(Fact, frozen=True, kw_only=True):
    """The seat is closed for good; whoever sat there is out."""

    lessens = True
    seat: SeatId
    reason: str = ""


class SeatWaiting(Fact, frozen=True, kw_only=True):
    """She came and waits in the lobby."""

    seat: SeatId


class SeatAdmitted(Fact, frozen=True, kw_only=True):
    """A moderator let her in."""

    seat: SeatId


class SeatTurnedAway(Fact, frozen=True, kw_only=True):
    """A moderator did not let her in; her invitation stays good."""

    lessens = True
    seat: SeatId
    reason: str = ""


class SeatAsked(Fact, frozen=True, kw_only=True):
    """A recording runs and she has not agreed to it: she neither hears nor is heard until she does."""

    lessens = True
    seat: SeatId


class SeatEntered(Fact, frozen=True, kw_only=True):
    """She is in the room."""

    seat: SeatId


class DeviceJoined(Fact, frozen=True, kw_only=True):
    """A device connected to the seat."""

    seat: SeatId
    device: DeviceId
    kind: DeviceKind
    label: str = ""


class DeviceLeft(Fact, frozen=True, kw_only=True):
    """A device left and does not come back. When it is the main one, its companions left with it."""

    lessens = True
    seat: SeatId
    device: DeviceId
    reason: str = ""


class DeviceInterrupted(Fact, frozen=True, kw_only=True):
    """The line of a device is lost; its seat is kept."""

    lessens = True
    seat: SeatId
    device: DeviceId
    cause: str = ""


class DeviceResumed(Fact, frozen=True, kw_only=True):
    """The line of a device is back."""

    lessens = True
    seat: SeatId
    device: DeviceId


class TakeoverAsked(Fact, frozen=True, kw_only=True):
    """A second main device asks for the seat; silence until `deadline` is a yes."""

    seat: SeatId
    device: DeviceId
    label: str = ""
    deadline: float


class TakeoverAnswered(Fact, frozen=True, kw_only=True):
    """The first device said yes or no, or (`silence`) nothing in time."""

    seat: SeatId
    device: DeviceId
    accepted: bool
    silence: bool = False


class DeviceMoved(Fact, frozen=True, kw_only=True):
    """The seat has moved: the new device has media, the old one is to leave."""

    lessens = True
    seat: SeatId
    before: DeviceId
    after: DeviceId


class MediaStarted(Fact, frozen=True, kw_only=True):
    """The first media of a device arrived."""

    lessens = True
    seat: SeatId
    device: DeviceId


# Identity, consent, recording


class IdentityChecked(Fact, frozen=True, kw_only=True):
    """How the patient's identity was checked ("document", "bracelet", "known", …), and what came of it."""

    method: str
    result: IdentityResult


class ConsentRecorded(Fact, frozen=True, kw_only=True):
    """A yes, a no, or why neither can be had. `seat` None: the patient, who has no seat. `how` is free text."""

    purpose: Purpose
    seat: SeatId | None
    value: ConsentValue
    how: Held | None = None


class RecordingAsked(Fact, frozen=True, kw_only=True):
    """A moderator wishes to record; everybody present is asked."""

    recording: RecordingId
    by: SeatId


class RecordingStarted(Fact, frozen=True, kw_only=True):
    """Everybody present has agreed."""

    recording: RecordingId


class RecordingRefused(Fact, frozen=True, kw_only=True):
    """Somebody said no before it began: there is no recording."""

    lessens = True
    recording: RecordingId
    seat: SeatId | None


class RecordingStopped(Fact, frozen=True, kw_only=True):
    """The recording ended: "asked", "consent-withdrawn", "act-ended", "room-empty" or "server-restart"."""

    lessens = True
    recording: RecordingId
    reason: str = ""


class RecordingFailed(Fact, frozen=True, kw_only=True):
    """The recorder could not go on, for the reason in `code`."""

    lessens = True
    recording: RecordingId
    code: str


class RecordingContinued(Fact, frozen=True, kw_only=True):
    """The recorder was lost, and another goes on in a recording of its own; the answers to the first hold for it."""

    recording: RecordingId
    before: RecordingId


class RecordingRead(Fact, frozen=True, kw_only=True):
    """Somebody opened a recording. At most one an hour for each reader and recording."""

    recording: RecordingId


# In the call


class ChatSaid(Fact, frozen=True, kw_only=True):
    """A line of chat."""

    seat: SeatId
    text: Held


class SourceShared(Fact, frozen=True, kw_only=True):
    """A device shows one more picture: "screen" or "detail"."""

    seat: SeatId
    device: DeviceId
    source: str


class SourceUnshared(Fact, frozen=True, kw_only=True):
    """That picture is no longer shown."""

    lessens = True
    seat: SeatId
    device: DeviceId
    source: str


class PathChanged(Fact, frozen=True, kw_only=True):
    """Media takes another way from now on. `number` grows with each change."""

    lessens = True
    path: Path
    number: int
    reason: str


FACTS: tuple[type[Fact], ...] = tuple(Fact.__subclasses__())
_REFUSALS = frozenset({ConsentValue.REFUSED, ConsentValue.WITHDRAWN})
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(reduce(or_, FACTS))


def type_of(fact: Fact) -> str:
    """The tag under which the journal keeps this kind of fact, for example "seat-admitted"."""
    return str(fact.__struct_config__.tag)


def encode(fact: Fact) -> str:
    return _encoder.encode(fact).decode()


def decode(body: str) -> Fact:
    """Raises `JournalBroken` when the text is not one of our facts."""
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise JournalBroken("a journal row is not a fact") from error


def lessens(fact: Fact) -> bool:
    """Whether this fact holds at once and is spooled when the journal cannot be written."""
    match fact:
        case ConsentRecorded(value=value):
            return value in _REFUSALS
        case ActAdvanced(event=event):
            return event in {"end", "give_up", "cancel", "abort", "interrupt"}
    return fact.lessens


def texts_of(fact: Fact) -> tuple[Held, ...]:
    """The erasable texts that a fact refers to."""
    return tuple(value for field in fact.__struct_fields__ if isinstance(value := getattr(fact, field), Held))
