"""S5, the HTTP part: every role × every route equals the one policy table, and no route goes without a verb."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rooms.roles import SEATED, Verb, may
from rooms.views import Role
from signaling import bridge
from signaling.api.route import Route
from signaling.api.table import ROUTES
from tests.support.api import OWN_PAGE, Answer, Desk, api

SDP = {"Content-Type": "application/sdp"}
NEEDS_INVITATION = {Verb.PUBLISH, Verb.SUBSCRIBE}  # media is a companion's, whose bearer is the seat's invitation


@dataclass(frozen=True, slots=True)
class Sample:
    """A well-formed request to a route: what is refused then, is refused to the caller."""

    body: object = None
    query: str = ""
    data: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


ACT = "/api/v1/acts/{act}"
SAMPLES = {
    ("GET", "/healthz"): Sample(),
    ("GET", "/readyz"): Sample(),
    ("GET", "/openapi.json"): Sample(),
    ("GET", "/api/v1/configuration"): Sample(),
    ("POST", "/api/v1/sign-in"): Sample({"token": "x"}),
    ("POST", "/api/v1/sign-out"): Sample(),
    ("GET", "/api/v1/me"): Sample(),
    ("POST", "/api/v1/entry"): Sample({"act": "{act}"}),
    ("POST", "/api/v1/acts"): Sample({"kind": "MTG", "title": "x"}),
    ("GET", "/api/v1/acts"): Sample(),
    ("GET", ACT): Sample(),
    ("PATCH", ACT): Sample({"title": "y"}),
    ("POST", ACT + "/advance"): Sample({"event": "no-such-event"}),
    ("POST", ACT + "/invitations"): Sample({"role": "family", "name": "x"}),
    ("POST", ACT + "/invitations/{seat}"): Sample(),
    ("GET", ACT + "/consents"): Sample(),
    ("POST", ACT + "/consents"): Sample({"purpose": "photo", "value": "refused"}),
    ("GET", ACT + "/timeline"): Sample(),
    ("GET", ACT + "/recordings"): Sample(),
    ("POST", ACT + "/recordings"): Sample({"on": False}),
    ("GET", ACT + "/recordings/{recording}"): Sample(),
    ("GET", ACT + "/recordings/{recording}/{track}"): Sample(),
    ("GET", "/api/v1/establishments"): Sample(),
    ("POST", "/api/v1/establishments"): Sample({"name": "x"}),
    ("GET", "/api/v1/persons"): Sample(),
    ("POST", "/api/v1/persons"): Sample({"name": "x", "establishment": "x"}),
    ("POST", "/api/v1/persons/{person}/sign-in-links"): Sample(),
    ("POST", "/whip/{act}"): Sample(data=b"v=0", headers=SDP),
    ("POST", "/whep/{act}"): Sample(data=b"v=0", headers=SDP, query="?seat=x"),
    ("DELETE", "/whip/{act}/{device}"): Sample(),
    ("DELETE", "/whep/{act}/{device}"): Sample(),
    ("DELETE", ACT + "/invitations/{seat}"): Sample(),
    ("POST", ACT + "/end"): Sample(),  # last: it kills the invitation of who asks
}
IN_ORDER = sorted(ROUTES, key=lambda route: list(SAMPLES).index((route.method, route.path)))


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no media workers here, so WHIP and WHEP need not wait for them."""
    monkeypatch.setattr(bridge, "PATH_S", 0.05)


def test_every_route_names_a_verb_and_has_a_sample_here() -> None:
    assert {(route.method, route.path) for route in ROUTES} == set(SAMPLES)
    assert len(ROUTES) == len(SAMPLES)
    for route in ROUTES:
        assert isinstance(route.verb, Verb), route.path


def test_public_are_only_the_routes_by_which_one_becomes_somebody_and_those_of_operations() -> None:
    public = {route.path for route in ROUTES if not route.needs_caller}
    assert public == {
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/api/v1/configuration",
        "/api/v1/sign-in",
        "/api/v1/sign-out",
    }


def test_reading_has_no_effect_beyond_the_note_that_somebody_read() -> None:
    """Whatever changes something is no GET: a link or a picture in another site's page must not do it."""
    reading = {
        Verb.PUBLIC,
        Verb.LIST_ACTS,
        Verb.READ_ACT,
        Verb.READ_TIMELINE,
        Verb.READ_RECORDING,
        Verb.INVITE,  # of GET /persons: whoever may invite sees whom
    }
    for route in ROUTES:
        assert route.method in ("GET", "POST", "PATCH", "DELETE")
        if route.method == "GET":
            assert route.verb in reading, route.path
        elif route.verb is not Verb.PUBLIC:
            assert route.verb not in reading - {Verb.INVITE}, route.path


async def ask(desk: Desk, route: Route, names: dict[str, str], *, token: str = "", cookie: str = "") -> Answer:
    sample = SAMPLES[route.method, route.path]
    body = sample.body
    if isinstance(body, dict):
        body = {key: names["act"] if value == "{act}" else value for key, value in body.items()}
    return await desk.ask(
        route.method,
        route.path.format(**names) + sample.query,
        body,
        token=token,
        cookie=cookie,
        headers={**sample.headers, **(OWN_PAGE if cookie else {})},
        data=sample.data,
    )


async def place(desk: Desk, house: str) -> dict[str, str]:
    """An open act of the house with a guest, and names for the variables of every path."""
    act = await desk.act(kind="MTG", start="now", requesting=house)
    guest = await desk.invite(act, "observer", "Guest")
    return {"act": act, "seat": guest["seat"], "recording": "r", "track": "t", "device": "d", "person": "p"}


@pytest.mark.parametrize("role", sorted(SEATED))
async def test_a_seat_may_what_its_role_may_in_its_act_and_nothing_elsewhere(role: Role, tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        names = await place(desk, await desk.establishment("Valmont"))
        token = (await desk.invite(names["act"], role.value))["token"]
        for route in IN_ORDER:
            if not route.needs_caller or route.signed_in:
                continue
            answer = await ask(desk, route, names, token=token)
            inside = "{act}" in route.path or route.verb is Verb.JOIN
            expected = inside and may(role, route.verb)
            assert (answer.status != 403) is expected, (route.method, route.path, answer.body)


@pytest.mark.parametrize("role", sorted(SEATED))
async def test_a_professional_may_what_her_role_may_in_acts_of_her_house(role: Role, tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        house = await desk.establishment("Valmont")
        names = await place(desk, house)
        cookie = await desk.sign_in(await desk.person("Dr Camille Martin", house, role.value))
        for route in IN_ORDER:
            if not route.needs_caller:
                continue
            answer = await ask(desk, route, names, cookie=cookie)
            expected = may(role, route.verb) and route.verb not in NEEDS_INVITATION
            assert (answer.status != 403) is expected, (route.method, route.path, answer.body)


async def test_an_api_token_may_what_an_administrator_may(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        names = await place(desk, await desk.establishment("Valmont"))
        for route in IN_ORDER:
            if not route.needs_caller or route.signed_in:
                continue
            answer = await ask(desk, route, names, token=desk.admin)
            assert (answer.status != 403) is may(Role.ADMIN, route.verb), (route.method, route.path, answer.body)


async def test_who_is_nobody_reaches_only_what_is_public(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        names = await place(desk, await desk.establishment("Valmont"))
        for route in IN_ORDER:
            for token in ("", "nonsense"):
                answer = await ask(desk, route, names, token=token, cookie="" if token else "visite=nonsense")
                assert (answer.status == 401) is (route.needs_caller or route.path == "/api/v1/sign-in"), route.path
