"""What somebody wishes an act to be: checked here, before anything is decided."""

from dataclasses import dataclass
from typing import Literal

from rooms.errors import Refused
from rooms.ids import EstablishmentId, SubjectId
from rooms.views import Kind, Urgency

MAX_TITLE = 200  # characters
MAX_NAME = 120  # characters
MAX_CHAT = 4000  # characters
MAX_LABEL = 64  # characters
MAX_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class ActPlan:
    """An act to be. `start`: seconds since the epoch, "now" to open it at once, None for a request without a date."""

    kind: Kind
    title: str = ""
    components: tuple[Kind, ...] = ()
    urgency: Urgency = Urgency.SCHEDULED
    requesting: EstablishmentId | None = None
    expert: EstablishmentId | None = None
    subject: SubjectId | None = None
    direct: bool = True
    start: float | Literal["now"] | None = None
    minutes: int | None = None

    def check(self) -> None:
        """Raises `Refused` "bad-plan"."""
        _check_title(self.title)
        _check_minutes(self.minutes)
        if self.kind in self.components or len(set(self.components)) != len(self.components):
            raise Refused("bad-plan", "a kind is named twice")


@dataclass(frozen=True, slots=True)
class ActChange:
    """What changes; None stays. A new `start` moves the appointment, and earlier invitations die."""

    title: str | None = None
    start: float | None = None
    minutes: int | None = None
    direct: bool | None = None

    def check(self) -> None:
        """Raises `Refused` "bad-plan"."""
        _check_title(self.title or "")
        _check_minutes(self.minutes)


def _check_title(title: str) -> None:
    if len(title) > MAX_TITLE:
        raise Refused("bad-plan", f"a title has at most {MAX_TITLE} characters")


def _check_minutes(minutes: int | None) -> None:
    if minutes is not None and not 1 <= minutes <= MAX_MINUTES:
        raise Refused("bad-plan", f"an act lasts 1 to {MAX_MINUTES} minutes")
