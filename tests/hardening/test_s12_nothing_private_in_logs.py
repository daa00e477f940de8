"""S12, the HTTP part: names, addresses, SDP and tokens reach neither the log nor an address."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling import bridge
from tests.support.api import OWN_PAGE, Desk, api
from tests.support.logs import captured

NAME, TITLE, REASON = "Canary-Name", "Canary-Title", "Canary-Reason"
SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.77\r\ns=Canary-Sdp\r\n"
SDP_TYPE = {"Content-Type": "application/sdp"}


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no media workers here, so WHIP and WHEP need not wait for them."""
    monkeypatch.setattr(bridge, "PATH_S", 0.05)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, from debug on, libraries included."""
    with captured(logging.DEBUG) as stream:
        yield stream


async def everything(desk: Desk) -> list[str]:
    """A walk through the API, its refusals and one fault of our own; returns what must stay secret."""
    house = await desk.establishment(NAME + "-House")
    person = await desk.person(NAME + "-Person", house)
    link = (await desk.good("POST", f"/api/v1/persons/{person}/sign-in-links"))["url"]
    cookie = await desk.sign_in(person)
    act = await desk.act(title=TITLE, start="now", requesting=house, subject="Canary-Subject")
    guest = await desk.invite(act, "expert", NAME)
    ticket = (await desk.good("POST", "/api/v1/entry", token=guest["token"]))["ticket"]
    await desk.good("POST", "/api/v1/entry", {"act": act}, cookie=cookie, headers=OWN_PAGE)
    consent = {"purpose": "photo", "value": "refused", "how": REASON}
    await desk.good("POST", f"/api/v1/acts/{act}/consents", consent, token=guest["token"])
    await desk.ask("POST", f"/whip/{act}", token=guest["token"], data=SDP, headers=SDP_TYPE)
    await desk.ask("POST", f"/whep/{act}?seat=x", token=guest["token"], data=SDP, headers=SDP_TYPE)
    await desk.ask("POST", "/api/v1/acts", {"kind": NAME, NAME: NAME}, token=desk.admin)
    await desk.ask("GET", f"/api/v1/acts/{act}", token=guest["token"] + "x")
    await desk.ask("GET", f"/api/v1/acts/{act}/timeline", token=guest["token"])
    await desk.ask("GET", f"/{NAME}?{NAME}={NAME}")
    await desk.good("POST", f"/api/v1/acts/{act}/end", {"reason": REASON})
    return [guest["token"], ticket, cookie.partition("=")[2], link.partition("#s=")[2], desk.admin]


async def test_a_walk_through_the_api_leaves_no_private_word_in_the_log(
    log: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with api(tmp_path) as desk:
        secrets = await everything(desk)

        async def broken(*_: object, **__: object) -> None:
            raise ValueError(NAME + " " + secrets[0])

        monkeypatch.setattr(desk.services.rooms, "acts", broken)
        answer = await desk.ask("GET", "/api/v1/acts", token=desk.admin)
        assert (answer.status, answer.code) == (500, "internal")
        assert NAME.encode() not in answer.body
    logged = log.getvalue()
    assert "a command failed" in logged
    assert "GET /api/v1/acts" in logged
    for word in (*secrets, "Canary", "192.0.2.77", "127.0.0.1", "House", "photo", REASON):
        assert word not in logged, word


async def test_no_address_that_a_browser_asks_for_holds_a_secret(tmp_path: Path) -> None:
    """Links keep theirs in the fragment; no route takes one in its path or query."""
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        made = await desk.invite(act)
        assert made["token"] not in made["url"].partition("#")[0]
        for query in ("token", "access_token", "t", "jwt", "authorization"):
            answer = await desk.ask("GET", f"/api/v1/acts/{act}?{query}={made['token']}")
            assert answer.status == 401
        described = (await desk.ask("GET", "/openapi.json")).json
        for path, methods in described["paths"].items():
            for operation in methods.values():
                names = {each["name"].lower() for each in operation["parameters"]}
                assert not names & {"token", "secret", "ticket", "name"}, path
