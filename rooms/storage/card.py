"""What a list of acts is searched by: one card for each act, a projection of its facts."""

from dataclasses import dataclass, replace
from typing import Self

from rooms.facts import ActAdvanced, ActChanged, ActCreated, Fact, SeatMade
from rooms.ids import ActId, EstablishmentId, PersonId
from rooms.ports import Search

ON_CARD = (ActCreated, ActAdvanced, ActChanged, SeatMade)  # the kinds of facts that may change a card


@dataclass(frozen=True, slots=True)
class Card:
    """`moment`: planned start, or else creation, in seconds since the epoch."""

    act: ActId
    number: str
    state: str
    moment: float
    requesting: EstablishmentId | None
    expert: EstablishmentId | None
    persons: frozenset[PersonId] = frozenset()

    @classmethod
    def create(cls, act: ActId, fact: ActCreated, at: float) -> Self:
        moment = at if fact.planned_start is None else fact.planned_start
        return cls(act, fact.number, fact.state, moment, fact.requesting, fact.expert)

    def apply(self, fact: Fact) -> Self:
        match fact:
            case ActAdvanced(after=state):
                return replace(self, state=state)
            case ActChanged(planned_start=float(start)):
                return replace(self, moment=start)
            case SeatMade(person=str(person)):
                return replace(self, persons=self.persons | {PersonId(person)})
        return self

    def fits(self, search: Search) -> bool:
        return (
            (search.since is None or self.moment >= search.since)
            and (search.until is None or self.moment < search.until)
            and (search.states is None or self.state in search.states)
            and (search.readers is None or self._read_by(*search.readers))
        )

    def _read_by(self, person: PersonId, establishment: EstablishmentId) -> bool:
        return person in self.persons or establishment in {self.requesting, self.expert}
