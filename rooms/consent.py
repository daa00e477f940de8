"""The patient's identity, consent for each purpose and person, and the question whether to record.

Values and decisions without I/O. A recording runs only while every person present has said yes to this very one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from rooms.errors import Refused
from rooms.facts import (
    ConsentRecorded,
    Fact,
    IdentityChecked,
    RecordingAsked,
    RecordingContinued,
    RecordingFailed,
    RecordingRefused,
    RecordingStarted,
    RecordingStopped,
)
from rooms.ids import PersonId, RecordingId, SeatId
from rooms.views import ConsentValue, ConsentView, IdentityResult, Purpose, RecordingState

AGREED = frozenset({ConsentValue.OBTAINED, ConsentValue.BY_TRUSTED_PERSON, ConsentValue.BY_LEGAL_REPRESENTATIVE})
REFUSED = frozenset({ConsentValue.REFUSED, ConsentValue.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Consents:
    """Latest word for each purpose and person, oldest first; None as a seat is the patient who has none."""

    identity: str | None = None  # the method, once confirmed
    given: Mapping[tuple[Purpose, SeatId | None], ConsentView] = field(default_factory=dict)

    def of(self, purpose: Purpose, seats: frozenset[SeatId | None]) -> ConsentValue | None:
        """The latest value that one of these seats gave, or None."""
        values = [view.value for (asked, seat), view in self.given.items() if asked is purpose and seat in seats]
        return values[-1] if values else None

    def apply(self, fact: Fact, at: float, by: str) -> Self:
        match fact:
            case IdentityChecked(method=method, result=result):
                return replace(self, identity=method if result is IdentityResult.CONFIRMED else None)
            case ConsentRecorded(purpose=purpose, seat=seat, value=value):
                author = PersonId(by.partition(":")[2] or by)
                view = ConsentView(purpose, seat, value, author, at)
                others = {key: known for key, known in self.given.items() if key != (purpose, seat)}
                return replace(self, given={**others, (purpose, seat): view})
        return self


@dataclass(frozen=True, slots=True)
class Recording:
    """One request to record and the answers to it. `withdrawn`: somebody who had said yes says no.

    `continues`: the recording that was cut off before this one.
    """

    state: RecordingState = RecordingState.OFF
    recording: RecordingId | None = None
    asked_by: SeatId | None = None
    since: float | None = None
    continues: RecordingId | None = None
    answers: Mapping[SeatId | None, bool] = field(default_factory=dict)
    withdrawn: bool = False

    @property
    def on(self) -> bool:
        return self.state is RecordingState.ON

    def agreed(self, seat: SeatId | None) -> bool:
        return self.answers.get(seat, False)

    def running(self) -> RecordingId:
        """Raises `Refused` "not-recording"."""
        if self.recording is None:
            raise Refused("not-recording")
        return self.recording

    def apply(self, fact: Fact, at: float) -> Self:
        match fact:
            case RecordingAsked(recording=recording, by=by):
                return replace(self, state=RecordingState.ASKED, recording=recording, asked_by=by, since=at)
            case RecordingStarted():
                return replace(self, state=RecordingState.ON, since=at)
            case RecordingContinued(recording=recording, before=before):
                return replace(self, recording=recording, since=at, continues=before)
            case RecordingRefused() | RecordingStopped() | RecordingFailed():
                return type(self)()
            case ConsentRecorded(purpose=Purpose.RECORDING, seat=seat, value=value) if self.recording is not None:
                return self._answer(seat, value in AGREED)
        return self

    def _answer(self, seat: SeatId | None, agrees: bool) -> Self:
        takes_back = self.on and not agrees and (seat is None or self.agreed(seat))
        return replace(self, answers={**self.answers, seat: agrees}, withdrawn=self.withdrawn or takes_back)
