"""Who works where: values of the directory."""

from dataclasses import dataclass, field

from rooms.ids import EstablishmentId, PersonId
from rooms.views import Role


@dataclass(frozen=True, slots=True)
class Establishment:
    establishment: EstablishmentId
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """A professional. `role`: what she always is, such as secretary; None lets the side of her house decide."""

    person: PersonId
    establishment: EstablishmentId
    name: str = field(repr=False)
    role: Role | None = None
