"""S8: another site's page cannot make a signed-in browser do anything here."""

from pathlib import Path

import pytest

from tests.support.api import ADDRESS, Desk, api

FOREIGN = {
    "another site": "http://elsewhere.test",
    "a sandboxed page": "null",
    "a name that begins like ours": "http://visite.test.elsewhere.test",
    "another port": "http://visite.test:8080",
    "another scheme": "https://visite.test",
    "a name that ends like ours": "http://notvisite.test",
    "ours and more": "http://visite.test/",
    "empty": "",
}
EFFECTS: tuple[tuple[str, str, dict[str, str] | None], ...] = (
    ("POST", "/api/v1/acts", {"kind": "MTG", "title": "x"}),
    ("PATCH", "/api/v1/acts/{act}", {"title": "y"}),
    ("POST", "/api/v1/acts/{act}/end", {}),
    ("POST", "/api/v1/acts/{act}/invitations", {"role": "family", "name": "x"}),
    ("DELETE", "/api/v1/acts/{act}/invitations/{seat}", None),
    ("POST", "/api/v1/entry", {"act": "{act}"}),
    ("POST", "/api/v1/sign-out", {}),
)


async def signed_in(desk: Desk) -> tuple[str, str, str]:
    """The Cookie header of a professional, an act of her house, and a seat in it."""
    house = await desk.establishment("Valmont")
    act = await desk.act(start="now", requesting=house)
    seat = (await desk.invite(act))["seat"]
    return await desk.sign_in(await desk.person("Dr Camille Martin", house)), act, seat


@pytest.mark.parametrize("origin", FOREIGN.values(), ids=FOREIGN.keys())
async def test_a_request_of_another_sites_page_is_refused_and_changes_nothing(origin: str, tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        cookie, act, seat = await signed_in(desk)
        before = await desk.good("GET", f"/api/v1/acts/{act}")
        for method, path, body in EFFECTS:
            answer = await desk.ask(
                method,
                path.format(act=act, seat=seat),
                body,
                cookie=cookie,
                headers={"Origin": origin, "X-Visite": "1"},
            )
            assert (answer.status, answer.code) == (403, "foreign-origin"), path
        assert await desk.good("GET", f"/api/v1/acts/{act}") == before
        assert (await desk.ask("GET", "/api/v1/me", cookie=cookie)).status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"X-Visite": "1"}, {"Origin": ADDRESS}, {"Origin": ADDRESS, "X-Visite": "0"}], ids=str
)
async def test_a_cookie_alone_has_no_effect(headers: dict[str, str], tmp_path: Path) -> None:
    """No form sets X-Visite, and a page of another origin that tries is stopped by its own browser."""
    async with api(tmp_path) as desk:
        cookie, act, seat = await signed_in(desk)
        for method, path, body in EFFECTS:
            answer = await desk.ask(method, path.format(act=act, seat=seat), body, cookie=cookie, headers=headers)
            assert (answer.status, answer.code) == (403, "foreign-origin"), path


@pytest.mark.parametrize("origin", FOREIGN.values(), ids=FOREIGN.keys())
async def test_another_sites_page_reads_nothing_either(origin: str, tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        cookie, act, _ = await signed_in(desk)
        for path in ("/api/v1/me", f"/api/v1/acts/{act}", f"/api/v1/acts/{act}/timeline"):
            answer = await desk.ask("GET", path, cookie=cookie, headers={"Origin": origin})
            assert (answer.status, answer.code) == (403, "foreign-origin")
            assert not any(name.startswith("Access-Control") for name in answer.headers)


async def test_nobody_is_signed_in_by_another_sites_page(tmp_path: Path) -> None:
    """Whoever plants her own sign-in on somebody would read what that person then enters."""
    async with api(tmp_path) as desk:
        person = await desk.person("Dr Camille Martin", await desk.establishment("Valmont"))
        token = (await desk.good("POST", f"/api/v1/persons/{person}/sign-in-links"))["url"].partition("#s=")[2]
        page = {"Origin": "http://elsewhere.test", "X-Visite": "1"}
        answer = await desk.ask("POST", "/api/v1/sign-in", {"token": token}, headers=page)
        assert (answer.status, answer.code) == (403, "foreign-origin")


async def test_a_preflight_of_another_site_gets_no_permission(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        asked = {"Origin": "http://elsewhere.test", "Access-Control-Request-Method": "POST"}
        answer = await desk.ask("OPTIONS", "/api/v1/acts", headers=asked)
        assert answer.status == 405
        assert not any(name.startswith("Access-Control") for name in answer.headers)


async def test_a_get_never_has_an_effect(tmp_path: Path) -> None:
    """Every address that has one when it is posted to refuses to be got, or only reads."""
    async with api(tmp_path) as desk:
        cookie, act, seat = await signed_in(desk)
        before = await desk.good("GET", f"/api/v1/acts/{act}")
        for _, path, _ in EFFECTS:
            await desk.ask("GET", path.format(act=act, seat=seat), cookie=cookie)
            await desk.ask("GET", path.format(act=act, seat=seat) + "?_method=POST", cookie=cookie)
            override = {"X-HTTP-Method-Override": "DELETE"}
            await desk.ask("GET", path.format(act=act, seat=seat), cookie=cookie, headers=override)
        assert await desk.good("GET", f"/api/v1/acts/{act}") == before
        assert (await desk.ask("GET", "/api/v1/me", cookie=cookie)).status == 200
