"""Who may do what: callers, verbs, and the one table of role × verb that every route, message and transition names."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rooms.ids import ActId, EstablishmentId, PersonId, SeatId
from rooms.views import Role


class Verb(StrEnum):
    """Something a caller may ask for. A route or a wire message names exactly one."""

    PUBLIC = "public"  # needs no right: health, the client's files
    # the act as a file
    CREATE_ACT = "create_act"
    LIST_ACTS = "list_acts"
    READ_ACT = "read_act"
    READ_TIMELINE = "read_timeline"
    CHANGE_ACT = "change_act"
    INVITE = "invite"  # and issue an invitation anew
    REVOKE = "revoke"
    VERIFY = "verify"
    ERASE = "erase"
    MANAGE_DIRECTORY = "manage_directory"
    # its life cycle
    ADVANCE = "advance"  # some event of the life cycle; which one is a verb of its own below
    SUBMIT = "submit"
    ACCEPT = "accept"
    DECLINE = "decline"
    BOOK = "book"
    OPEN = "open"
    RING = "ring"
    TAKE = "take"
    START = "start"
    WATCH = "watch"  # say that the line of one side is lost or back
    DECIDE = "decide"
    END = "end"
    CANCEL = "cancel"
    NO_SHOW = "no_show"
    TRANSFER = "transfer"
    VALIDATE = "validate"
    SEND = "send"
    CLOSE = "close"
    MARK_ERROR = "mark_error"
    # the meeting
    JOIN = "join"  # come, come back, move to another device, leave
    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"
    SHARE = "share"
    CHAT = "chat"
    READ_CHAT = "read_chat"
    ADMIT = "admit"  # let somebody in from the lobby, or turn her away
    REMOVE = "remove"
    CHECK_IDENTITY = "check_identity"
    CONSENT = "consent"  # for oneself
    CONSENT_FOR = "consent_for"  # written down for the patient, or for a seat that has only a device
    RECORD = "record"
    STOP_RECORDING = "stop_recording"
    CONTINUE_RECORDING = "continue_recording"
    READ_RECORDING = "read_recording"
    NOTE_INCIDENT = "note_incident"
    CHANGE_PATH = "change_path"


@dataclass(frozen=True, slots=True)
class SeatCaller:
    """Somebody at her place in one act, by an invitation or by her sign-in."""

    act: ActId
    seat: SeatId

    @property
    def mark(self) -> str:
        return f"seat:{self.seat}"


@dataclass(frozen=True, slots=True)
class PersonCaller:
    """A signed-in professional of the directory."""

    person: PersonId
    establishment: EstablishmentId

    @property
    def mark(self) -> str:
        return f"person:{self.person}"


@dataclass(frozen=True, slots=True)
class AdminCaller:
    """The bearer of an API token; `subject` says which token."""

    subject: str

    @property
    def mark(self) -> str:
        return f"admin:{self.subject}"


@dataclass(frozen=True, slots=True)
class SystemCaller:
    """The server itself."""

    @property
    def mark(self) -> str:
        return "system"


Caller = SeatCaller | PersonCaller | AdminCaller | SystemCaller
SYSTEM = SystemCaller()

_SIT = frozenset({Verb.JOIN, Verb.READ_ACT, Verb.CONSENT})
_HEAR = frozenset({Verb.SUBSCRIBE, Verb.READ_CHAT})
_TALK = _HEAR | {Verb.PUBLISH, Verb.CHAT}
_ASSIST = _SIT | _TALK | {Verb.SHARE, Verb.READ_TIMELINE, Verb.NOTE_INCIDENT, Verb.ADVANCE}
_PLAN = frozenset(
    {Verb.CREATE_ACT, Verb.LIST_ACTS, Verb.CHANGE_ACT, Verb.ADVANCE, Verb.SUBMIT, Verb.BOOK, Verb.OPEN}
    | {Verb.INVITE, Verb.REVOKE, Verb.CANCEL, Verb.NO_SHOW, Verb.READ_TIMELINE}
)
_BEDSIDE = frozenset({Verb.CHECK_IDENTITY, Verb.CONSENT_FOR})
_MODERATE = (
    _ASSIST
    | _PLAN
    | _BEDSIDE
    | {Verb.ADMIT, Verb.REMOVE, Verb.START, Verb.END, Verb.TRANSFER, Verb.MARK_ERROR}
    | {Verb.RECORD, Verb.STOP_RECORDING, Verb.READ_RECORDING}
)
_ANSWER = frozenset({Verb.ACCEPT, Verb.DECLINE, Verb.TAKE, Verb.DECIDE, Verb.VALIDATE, Verb.SEND, Verb.CLOSE})

POLICY: Mapping[Role, frozenset[Verb]] = {
    Role.PATIENT: _SIT | _TALK | {Verb.SHARE},
    Role.REQUESTER: _MODERATE | {Verb.SEND, Verb.CLOSE},
    Role.EXPERT: _MODERATE | _ANSWER,
    Role.ATTENDANT: _ASSIST | _BEDSIDE | {Verb.LIST_ACTS},
    Role.SECRETARY: _SIT | _PLAN | {Verb.ACCEPT, Verb.SEND, Verb.CLOSE},
    Role.REGULATOR: _MODERATE | _ANSWER,
    Role.ARM: _ASSIST | _PLAN,
    Role.SMUR: _ASSIST | _BEDSIDE,
    Role.RADIOLOGIST: _ASSIST | {Verb.LIST_ACTS},
    Role.INR: _ASSIST | {Verb.LIST_ACTS},
    Role.INTERPRETER: _SIT | _TALK,
    Role.FAMILY: _SIT | _TALK,
    Role.COORDINATOR: _MODERATE | _ANSWER,
    Role.PRESENTER: _ASSIST | {Verb.LIST_ACTS},
    Role.OBSERVER: _SIT | _HEAR,
    Role.TECHNICIAN: _SIT | {Verb.PUBLISH, Verb.SUBSCRIBE},
    Role.ADMIN: _PLAN
    | {Verb.READ_ACT, Verb.START, Verb.END, Verb.SEND, Verb.CLOSE, Verb.MARK_ERROR, Verb.STOP_RECORDING}
    | {Verb.VERIFY, Verb.ERASE, Verb.MANAGE_DIRECTORY},
    Role.SYSTEM: frozenset(
        {Verb.LIST_ACTS, Verb.READ_ACT, Verb.READ_TIMELINE, Verb.ADVANCE, Verb.OPEN, Verb.RING, Verb.TAKE, Verb.START}
        | {Verb.WATCH, Verb.END, Verb.CLOSE, Verb.STOP_RECORDING, Verb.CONTINUE_RECORDING}
        | {Verb.NOTE_INCIDENT, Verb.CHANGE_PATH, Verb.VERIFY}
    ),
}

MODERATORS = frozenset(role for role, verbs in POLICY.items() if Verb.ADMIT in verbs)
WAITING_ROLES = frozenset({Role.PATIENT, Role.FAMILY, Role.INTERPRETER, Role.OBSERVER, Role.TECHNICIAN})
SEATED = frozenset(Role) - {Role.ADMIN, Role.SYSTEM}


def may(role: Role, verb: Verb) -> bool:
    """Whether a caller of this role has this right in an act she belongs to."""
    return verb is Verb.PUBLIC or verb in POLICY[role]
