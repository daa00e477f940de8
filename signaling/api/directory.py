"""Establishments and their professionals, and the links by which these sign in."""

from typing import Annotated
from uuid import uuid4

from msgspec import Meta

from rooms.directory.people import Establishment, Person
from rooms.directory.sql import SqlDirectory
from rooms.ids import EstablishmentId, PersonId
from rooms.roles import SEATED, Verb
from rooms.views import Role
from signaling.api.documents import (
    EstablishmentDocument,
    EstablishmentList,
    Names,
    PersonDocument,
    PersonList,
    SignInLink,
)
from signaling.api.route import Route, Shape
from signaling.api.services import Call
from signaling.errors import Refused

Name = Annotated[str, Meta(min_length=1, max_length=120)]


class NewEstablishment(Shape, frozen=True):
    name: Name


class NewPerson(Shape, frozen=True):
    """`role`: what she does in acts where her establishment's side does not decide it."""

    name: Name
    establishment: Annotated[str, Meta(min_length=1, max_length=64)]
    role: Role | None = None


async def establishments(call: Call) -> EstablishmentList:
    found = await call.services.directory.establishments()
    return EstablishmentList(
        establishments=tuple(EstablishmentDocument(id=each.establishment, name=each.name) for each in found)
    )


async def add_establishment(call: Call, body: NewEstablishment) -> EstablishmentDocument:
    made = Establishment(EstablishmentId(uuid4().hex), body.name)
    await call.services.directory.add_establishment(made)
    return EstablishmentDocument(id=made.establishment, name=made.name)


async def persons(call: Call) -> PersonList:
    return PersonList(
        persons=tuple(
            PersonDocument(id=each.person, name=each.name, establishment=each.establishment)
            for each in await call.services.directory.persons()
        )
    )


async def add_person(call: Call, body: NewPerson) -> PersonDocument:
    if body.role is not None and body.role not in SEATED:
        raise Refused("bad-role")
    made = Person(PersonId(uuid4().hex), EstablishmentId(body.establishment), body.name, body.role)
    await call.services.directory.add_person(made)
    return PersonDocument(id=made.person, name=made.name, establishment=made.establishment)


async def sign_in_link(call: Call) -> SignInLink:
    """Good once. Whoever opens it is that person from then on."""
    if await call.services.directory.professional(call.named_person) is None:
        raise Refused("not-found")
    return SignInLink(url=call.services.links.sign_in(call.named_person))


async def establishment_names(directory: SqlDirectory) -> Names:
    return {each.establishment: each.name for each in await directory.establishments()}


ESTABLISHMENTS, PERSONS = "/api/v1/establishments", "/api/v1/persons"
ROUTES = (
    Route("GET", ESTABLISHMENTS, Verb.LIST_ACTS, establishments, "Establishments of the directory"),
    Route("POST", ESTABLISHMENTS, Verb.MANAGE_DIRECTORY, add_establishment, "Adds an establishment", status=201),
    Route("GET", PERSONS, Verb.INVITE, persons, "Professionals of the directory"),
    Route(
        "POST",
        PERSONS,
        Verb.MANAGE_DIRECTORY,
        add_person,
        "Adds a professional",
        status=201,
        refuses=("bad-role", "no-such-establishment"),
    ),
    Route(
        "POST", PERSONS + "/{person}/sign-in-links", Verb.MANAGE_DIRECTORY, sign_in_link, "A sign-in link", status=201
    ),
)
