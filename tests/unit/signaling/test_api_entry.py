from pathlib import Path

from signaling.tokens import Ticket
from tests.support.api import OWN_PAGE, Desk, api

ENTRY = "/api/v1/entry"


async def signed_in(desk: Desk, house: str = "Valmont") -> tuple[str, str]:
    """A new establishment and the Cookie header of somebody who works there."""
    establishment = await desk.establishment(house)
    return establishment, await desk.sign_in(await desk.person("Dr Camille Martin", establishment))


async def test_a_sign_in_link_is_good_once(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        person = await desk.person("Dr Camille Martin", await desk.establishment("Valmont"))
        link = (await desk.good("POST", f"/api/v1/persons/{person}/sign-in-links"))["url"]
        address, _, token = link.partition("#s=")
        assert address == "http://visite.test/sign-in"
        first = await desk.ask("POST", "/api/v1/sign-in", {"token": token}, headers=OWN_PAGE)
        assert (first.status, first.json["person"], first.json["establishment_name"]) == (200, person, "Valmont")
        again = await desk.ask("POST", "/api/v1/sign-in", {"token": token}, headers=OWN_PAGE)
        assert (again.status, again.code) == (401, "token-invalid")
        assert "Set-Cookie" not in again.headers


async def test_a_used_link_stays_used_after_a_restart_and_its_cookie_good(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        person = await desk.person("Dr Camille Martin", await desk.establishment("Valmont"))
        token = (await desk.good("POST", f"/api/v1/persons/{person}/sign-in-links"))["url"].partition("#s=")[2]
        answer = await desk.ask("POST", "/api/v1/sign-in", {"token": token}, headers=OWN_PAGE)
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
    async with api(tmp_path) as desk:
        assert (await desk.ask("POST", "/api/v1/sign-in", {"token": token}, headers=OWN_PAGE)).status == 401
        assert (await desk.good("GET", "/api/v1/me", cookie=cookie))["name"] == "Dr Camille Martin"


async def test_the_cookie_is_for_this_host_only_and_no_script_reads_it(tmp_path: Path) -> None:
    for address, name in (("http://visite.test", "visite"), ("https://visite.test", "__Host-visite")):
        async with api(tmp_path / name, address) as desk:
            person = await desk.person("Dr Camille Martin", await desk.establishment("Valmont"))
            token = (await desk.good("POST", f"/api/v1/persons/{person}/sign-in-links"))["url"].partition("#s=")[2]
            page = {"Origin": address, "X-Visite": "1"}
            answer = await desk.ask("POST", "/api/v1/sign-in", {"token": token}, headers=page)
            value, *flags = answer.headers["Set-Cookie"].split("; ")
            assert value.startswith(f"{name}=")
            assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} <= set(flags)
            assert ("Secure" in flags) is address.startswith("https")
            assert not any(flag.startswith("Domain") for flag in flags)


async def test_the_database_holds_no_cookie(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        _, cookie = await signed_in(desk)
        value = cookie.partition("=")[2].encode()
    assert not any(value in file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())


async def test_signing_out_ends_the_cookie_for_good(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        _, cookie = await signed_in(desk)
        answer = await desk.ask("POST", "/api/v1/sign-out", {}, cookie=cookie, headers=OWN_PAGE)
        assert answer.status == 204
        assert 'visite=""' in answer.headers["Set-Cookie"]
        assert (await desk.ask("GET", "/api/v1/me", cookie=cookie)).code == "sign-in-required"


async def test_a_guest_gets_a_ticket_to_her_seat_and_what_the_page_shows(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(kind="TLC", start="now", title="Control")
        expert = await desk.invite(act, "expert", "Dr Hugo Lemoine")
        assert (await desk.good("POST", ENTRY, token=expert["token"]))["expert_name"] is None
        made = await desk.invite(act, "patient", "Léa Fontaine")
        shown = await desk.good("POST", ENTRY, token=made["token"])
        assert (shown["act"], shown["seat"], shown["role"], shown["name"]) == (
            act,
            made["seat"],
            "patient",
            "Léa Fontaine",
        )
        assert (shown["title"], shown["waits"], shown["expert_name"]) == ("Control", True, "Dr Hugo Lemoine")
        assert desk.services.tokens.read(shown["ticket"], Ticket) == Ticket(act=act, seat=made["seat"], serial=1)


async def test_a_professional_gets_her_seat_in_an_act_of_her_house(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        house, cookie = await signed_in(desk)
        act = await desk.act(kind="TLC", start="now", requesting=house)
        first = await desk.good("POST", ENTRY, {"act": act}, cookie=cookie, headers=OWN_PAGE)
        again = await desk.good("POST", ENTRY, {"act": act}, cookie=cookie, headers=OWN_PAGE)
        assert (first["role"], first["waits"], first["name"]) == ("requester", False, "Dr Camille Martin")
        assert first["seat"] == again["seat"]


async def test_nobody_enters_an_act_of_other_houses(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        _, cookie = await signed_in(desk)
        act = await desk.act(kind="TLC", start="now", requesting=await desk.establishment("Elsewhere"))
        answer = await desk.ask("POST", ENTRY, {"act": act}, cookie=cookie, headers=OWN_PAGE)
        assert (answer.status, answer.code) == (404, "not-found")


async def test_a_program_has_no_seat(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        answer = await desk.ask("POST", ENTRY, {"act": await desk.act(start="now")}, token=desk.admin)
        assert (answer.status, answer.code) == (403, "not-allowed")


async def test_a_ticket_is_no_bearer(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        ticket = (await desk.good("POST", ENTRY, token=(await desk.invite(act))["token"]))["ticket"]
        answer = await desk.ask("GET", f"/api/v1/acts/{act}", token=ticket)
        assert (answer.status, answer.code) == (401, "token-invalid")


async def test_me_says_who_is_signed_in_and_what_she_may(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        house, cookie = await signed_in(desk)
        me = await desk.good("GET", "/api/v1/me", cookie=cookie)
        assert (me["name"], me["establishment"], me["establishment_name"]) == ("Dr Camille Martin", house, "Valmont")
        assert {"create_act", "list_acts"} <= set(me["rights"])
        assert "manage_directory" not in me["rights"]
        assert (await desk.ask("GET", "/api/v1/me")).status == 401
        assert (await desk.ask("GET", "/api/v1/me", token=desk.admin)).status == 401


async def test_the_configuration_needs_no_sign_in(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        told = (await desk.ask("GET", "/api/v1/configuration")).json
        assert (told["languages"], told["help_phone"]) == (["fr", "en"], "")


async def test_without_a_media_worker_the_server_lives_but_is_not_ready(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        assert (await desk.ask("GET", "/healthz")).status == 200
        answer = await desk.ask("GET", "/readyz")
        assert (answer.status, answer.code) == (503, "media-unavailable")
        assert int(answer.headers["Retry-After"]) > 0


async def test_the_directory_takes_no_person_of_an_unknown_house_or_of_a_role_that_never_sits(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        house = await desk.establishment("Valmont")
        for body, status, code in (
            ({"name": "Dr Martin", "establishment": "nowhere"}, 404, "no-such-establishment"),
            ({"name": "Dr Martin", "establishment": house, "role": "admin"}, 400, "bad-role"),
            ({"name": "", "establishment": house}, 400, "malformed"),
        ):
            answer = await desk.ask("POST", "/api/v1/persons", body, token=desk.admin)
            assert (answer.status, answer.code) == (status, code)
        assert (await desk.good("GET", "/api/v1/persons"))["persons"] == []
        assert [each["name"] for each in (await desk.good("GET", "/api/v1/establishments"))["establishments"]] == [
            "Valmont"
        ]
