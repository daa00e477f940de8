"""The two life cycles of an act, each one table of steps. Nothing else says which event may follow which state.

Scheduled acts follow the appointment (a request, a date, a meeting, a report); emergencies begin with the alert, and
nothing on their way to the call may block. docs/acts.md is drawn from these tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from rooms.errors import Refused
from rooms.facts import ActAdvanced
from rooms.roles import Verb, may
from rooms.views import Kind, Role, Urgency


class State(StrEnum):
    DRAFT = "draft"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    OPEN = "open"
    ALERTED = "alerted"
    RINGING = "ringing"
    ESCALATED = "escalated"
    TAKEN = "taken"
    IN_PROGRESS = "in_progress"
    INTERRUPTED = "interrupted"
    DECIDED = "decided"
    ENDED = "ended"
    REPORTED = "reported"
    SENT = "sent"
    CLOSED = "closed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    NOT_COMPLETED = "not_completed"
    ABORTED = "aborted"
    TRANSFERRED = "transferred"
    ENTERED_IN_ERROR = "entered_in_error"


class Guard(StrEnum):
    """What must hold before a step, beside the right to ask for it."""

    NONE = ""
    PREPARED = "prepared"  # identity check and consent, or a reason for not; a meeting: two present
    MEETING = "meeting"  # only an act without a patient, which has no report
    REASON = "reason"  # somebody says why


@dataclass(frozen=True, slots=True)
class Step:
    before: State
    event: str
    after: State
    verb: Verb
    guard: Guard = Guard.NONE


Table = dict[tuple[State, str], Step]


def _steps(
    before: Iterable[State], event: str, after: State, verb: Verb, guard: Guard = Guard.NONE
) -> tuple[Step, ...]:
    return tuple(Step(state, event, after, verb, guard) for state in before)


def _table(*groups: tuple[Step, ...]) -> Table:
    return {(step.before, step.event): step for group in groups for step in group}


S = State
_ENDING = (
    _steps([S.ENDED], "validate", S.REPORTED, Verb.VALIDATE),
    _steps([S.REPORTED], "send", S.SENT, Verb.SEND),
    _steps([S.SENT], "close", S.CLOSED, Verb.CLOSE),
    _steps([S.ENDED], "close", S.CLOSED, Verb.CLOSE, Guard.MEETING),
)
_DONE = (S.ENDED, S.REPORTED, S.SENT, S.CLOSED, S.NOT_COMPLETED)
_BEFORE_OPEN = (S.DRAFT, S.REQUESTED, S.ACCEPTED, S.SCHEDULED)

SCHEDULED = _table(
    _steps([S.DRAFT], "submit", S.REQUESTED, Verb.SUBMIT),
    _steps([S.REQUESTED], "accept", S.ACCEPTED, Verb.ACCEPT),
    _steps([S.REQUESTED], "decline", S.DECLINED, Verb.DECLINE),
    # A draft is booked at once when both sides agreed beforehand: a meeting, or a date fixed by telephone.
    _steps([S.DRAFT, S.ACCEPTED], "book", S.SCHEDULED, Verb.BOOK),
    _steps([S.SCHEDULED], "reschedule", S.SCHEDULED, Verb.BOOK),
    # A téléexpertise becomes a call without a date, so any request may be opened.
    _steps(_BEFORE_OPEN, "open", S.OPEN, Verb.OPEN),
    _steps([S.OPEN], "start", S.IN_PROGRESS, Verb.START, Guard.PREPARED),
    _steps([S.IN_PROGRESS], "interrupt", S.INTERRUPTED, Verb.WATCH),
    _steps([S.INTERRUPTED], "resume", S.IN_PROGRESS, Verb.WATCH),
    _steps([S.IN_PROGRESS, S.INTERRUPTED], "give_up", S.NOT_COMPLETED, Verb.END, Guard.REASON),
    _steps([S.IN_PROGRESS, S.INTERRUPTED], "end", S.ENDED, Verb.END),
    _steps([*_BEFORE_OPEN, S.OPEN], "end", S.NOT_COMPLETED, Verb.END),
    _steps([S.SCHEDULED, S.OPEN], "no_show", S.NO_SHOW, Verb.NO_SHOW),
    _steps([*_BEFORE_OPEN, S.OPEN], "cancel", S.CANCELLED, Verb.CANCEL),
    *_ENDING,
    _steps(
        (*_BEFORE_OPEN, S.OPEN, S.IN_PROGRESS, S.INTERRUPTED, *_DONE, S.DECLINED, S.CANCELLED, S.NO_SHOW),
        "mark_error",
        S.ENTERED_IN_ERROR,
        Verb.MARK_ERROR,
        Guard.REASON,
    ),
)

_CALLING = (S.ALERTED, S.RINGING, S.ESCALATED)
_LIVE = (S.IN_PROGRESS, S.INTERRUPTED, S.DECIDED)

EMERGENCY = _table(
    _steps([S.ALERTED], "ring", S.RINGING, Verb.RING),
    _steps([S.RINGING, S.ESCALATED], "escalate", S.ESCALATED, Verb.RING),
    _steps(_CALLING, "take", S.TAKEN, Verb.TAKE),
    _steps([*_CALLING, S.TAKEN], "start", S.IN_PROGRESS, Verb.START),
    _steps([S.IN_PROGRESS], "interrupt", S.INTERRUPTED, Verb.WATCH),
    _steps([S.INTERRUPTED], "resume", S.IN_PROGRESS, Verb.WATCH),
    _steps([S.IN_PROGRESS, S.INTERRUPTED], "decide", S.DECIDED, Verb.DECIDE),
    _steps([S.IN_PROGRESS, S.INTERRUPTED], "give_up", S.NOT_COMPLETED, Verb.END, Guard.REASON),
    _steps(_LIVE, "end", S.ENDED, Verb.END),
    _steps([*_CALLING, S.TAKEN], "end", S.NOT_COMPLETED, Verb.END),
    _steps([*_CALLING, S.TAKEN], "abort", S.ABORTED, Verb.CANCEL),
    _steps([*_CALLING, S.TAKEN, *_LIVE], "transfer", S.TRANSFERRED, Verb.TRANSFER),
    *_ENDING,
    _steps(
        (*_CALLING, S.TAKEN, *_LIVE, *_DONE, S.ABORTED, S.TRANSFERRED),
        "mark_error",
        S.ENTERED_IN_ERROR,
        Verb.MARK_ERROR,
        Guard.REASON,
    ),
)

TABLES = {Urgency.SCHEDULED: SCHEDULED, Urgency.EMERGENCY: EMERGENCY}
FIRST = {Urgency.SCHEDULED: State.DRAFT, Urgency.EMERGENCY: State.ALERTED}
MEETINGS = frozenset({Kind.MTG, Kind.RCP})


def events_for(role: Role, urgency: Urgency, state: str) -> tuple[str, ...]:
    """Events that a role may ask for from a state, guards apart: what its buttons are."""
    return tuple(step.event for step in TABLES[urgency].values() if step.before == state and may(role, step.verb))


BEFORE_OPEN = frozenset(_BEFORE_OPEN)
ROOM_OPEN = frozenset({State.OPEN, *_CALLING, State.TAKEN, *_LIVE})
NOT_STARTED = frozenset({State.OPEN, *_CALLING, State.TAKEN})
OVER = frozenset(State) - BEFORE_OPEN - ROOM_OPEN


@dataclass(frozen=True, slots=True)
class Life:
    """Where an act stands in its life cycle. Times in seconds since the epoch."""

    kind: Kind
    urgency: Urgency
    state: State
    outcome: str = ""
    started_at: float | None = None
    ended_at: float | None = None

    @property
    def meeting(self) -> bool:
        """Whether it is an act without a patient in it, which needs neither identity check nor consent."""
        return self.kind in MEETINGS

    def step(self, event: str) -> Step:
        """The step that this event takes from here. Raises `Refused` "wrong-state" when there is none."""
        step = TABLES[self.urgency].get((self.state, event))
        if step is None:
            raise Refused("wrong-state", f"{event} from {self.state}")
        return step

    def apply(self, fact: ActAdvanced, at: float) -> Self:
        state = State(fact.after)
        return replace(
            self,
            state=state,
            outcome=fact.reason or self.outcome if state in OVER else "",
            started_at=at if fact.event == "start" else self.started_at,
            ended_at=at if state in OVER and self.state not in OVER else self.ended_at,
        )
