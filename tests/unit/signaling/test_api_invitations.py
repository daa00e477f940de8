import time
from pathlib import Path

import jwt

from tests.support.api import api


def expiry(token: str) -> float:
    return float(jwt.decode(token, options={"verify_signature": False})["exp"])


async def test_an_invitations_secret_stands_in_the_fragment_only(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        made = await desk.invite(await desk.act(start="now"))
        address, _, fragment = made["url"].partition("#")
        assert address == "http://visite.test/join"
        assert fragment == f"t={made['token']}"


async def test_an_invitation_outlives_the_planned_end_of_its_act(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30 * 86_400))
        planned = await desk.invite(await desk.act(start=start, minutes=60))
        assert expiry(planned["token"]) > time.time() + 30 * 86_400 + 3_600
        now = await desk.invite(await desk.act(start="now"))
        assert time.time() + 23 * 3_600 < expiry(now["token"]) < time.time() + 25 * 3_600


async def test_a_new_link_kills_the_old_one(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        first = await desk.invite(act)
        second = await desk.good("POST", f"/api/v1/acts/{act}/invitations/{first['seat']}")
        assert second["seat"] == first["seat"]
        dead = await desk.ask("GET", f"/api/v1/acts/{act}", token=first["token"])
        assert (dead.status, dead.code) == (401, "invitation-revoked")
        assert (await desk.ask("GET", f"/api/v1/acts/{act}", token=second["token"])).status == 200


async def test_a_revoked_seat_opens_nothing(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        made = await desk.invite(act)
        await desk.good("DELETE", f"/api/v1/acts/{act}/invitations/{made['seat']}?reason=mistake")
        for method, path in (("GET", f"/api/v1/acts/{act}"), ("POST", "/api/v1/entry"), ("POST", f"/whip/{act}")):
            answer = await desk.ask(method, path, token=made["token"])
            assert (answer.status, answer.code) == (401, "invitation-revoked")


async def test_the_end_of_the_act_kills_its_invitations(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        made = await desk.invite(act)
        await desk.good("POST", f"/api/v1/acts/{act}/end")
        assert (await desk.ask("POST", "/api/v1/entry", token=made["token"])).code == "act-ended"


async def test_another_date_kills_the_links_of_the_old_one(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="2030-01-01T10:00:00Z")
        made = await desk.invite(act)
        await desk.good("PATCH", f"/api/v1/acts/{act}", {"start": "2030-01-02T10:00:00Z"})
        assert (await desk.ask("GET", f"/api/v1/acts/{act}", token=made["token"])).code == "invitation-revoked"


async def test_an_invitation_reaches_no_other_act(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        made = await desk.invite(await desk.act(start="now"))
        other = await desk.act(start="now")
        for path in (f"/api/v1/acts/{other}", f"/api/v1/acts/{other}/timeline"):
            assert (await desk.ask("GET", path, token=made["token"])).status == 404
        whip = await desk.ask(
            "POST", f"/whip/{other}", token=made["token"], data=b"v=0", headers={"Content-Type": "application/sdp"}
        )
        assert whip.status == 404


async def test_a_role_that_never_sits_and_an_unknown_one_are_refused(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        for role in ("admin", "system", "king"):
            answer = await desk.ask(
                "POST", f"/api/v1/acts/{act}/invitations", {"role": role, "name": "Anne"}, token=desk.admin
            )
            assert answer.status == 400, role
