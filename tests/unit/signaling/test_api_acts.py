from pathlib import Path
from typing import Any

import pytest

from tests.support.api import OWN_PAGE, api

ACTS = "/api/v1/acts"


async def test_an_act_for_now_is_open_at_once_and_has_a_number(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        answer = await desk.ask("POST", ACTS, {"kind": "MTG", "title": "Staff", "start": "now"}, token=desk.admin)
        assert answer.status == 201
        assert answer.json["state"] == "open"
        assert answer.json["number"].endswith("-0001")
        assert "start" in answer.json["events"]


async def test_a_planned_act_is_listed_read_changed_and_ended(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="2030-05-04T08:30:00+02:00", minutes=20)
        (listed,) = (await desk.good("GET", ACTS))["acts"]
        assert (listed["id"], listed["planned_start"]) == (act, "2030-05-04T06:30:00Z")
        changed = await desk.good("PATCH", f"{ACTS}/{act}", {"start": "2030-05-05T08:30:00Z", "title": "Later"})
        assert (changed["title"], changed["planned_start"]) == ("Later", "2030-05-05T08:30:00Z")
        ended = await desk.good("POST", f"{ACTS}/{act}/end", {"reason": "illness"})
        assert (ended["state"], ended["outcome"]) == ("not_completed", "illness")


async def test_acts_are_listed_between_two_times(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        early = await desk.act(start="2030-01-01T00:00:00Z")
        late = await desk.act(start="2030-02-01T00:00:00Z")
        listed = await desk.good("GET", f"{ACTS}?since=2030-01-15T00:00:00Z")
        assert [act["id"] for act in listed["acts"]] == [late]
        listed = await desk.good("GET", f"{ACTS}?until=2030-01-15T00:00:00Z&limit=1")
        assert [act["id"] for act in listed["acts"]] == [early]


async def test_a_step_the_life_cycle_does_not_have_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        answer = await desk.ask("POST", f"{ACTS}/{act}/advance", {"event": "book"}, token=desk.admin)
        assert (answer.status, answer.code) == (409, "wrong-state")
        assert (await desk.good("GET", f"{ACTS}/{act}"))["state"] == "open"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "MTG"}, 400, "malformed"),
        ({"kind": "XYZ", "title": "x"}, 400, "malformed"),
        ({"kind": "MTG", "title": "x", "colour": "red"}, 400, "malformed"),
        ({"kind": "MTG", "title": ""}, 400, "malformed"),
        ({"kind": "MTG", "title": "x" * 201}, 400, "malformed"),
        ({"kind": "MTG", "title": "x", "minutes": 0}, 400, "malformed"),
        ({"kind": "MTG", "title": "x", "start": "tomorrow"}, 400, "malformed"),
        ({"kind": "MTG", "title": "x", "start": "2030-01-01T10:00:00"}, 400, "malformed"),  # no zone
        ({"kind": "MTG", "title": "x", "start": 5}, 400, "malformed"),
        ({"kind": "TLC", "title": "x", "components": ["TLE", "TLE"]}, 400, "bad-plan"),
        ([], 400, "malformed"),
    ],
)
async def test_a_bad_plan_is_refused(tmp_path: Path, body: Any, status: int, code: str) -> None:
    async with api(tmp_path) as desk:
        answer = await desk.ask("POST", ACTS, body, token=desk.admin)
        assert (answer.status, answer.code) == (status, code)
        assert (await desk.good("GET", ACTS))["acts"] == []


async def test_a_body_that_is_too_large_of_another_type_or_no_json_is_refused(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        json_type = {"Content-Type": "application/json"}
        for data, headers, expected in (
            (b" " * 65_537, json_type, (413, "too-large")),
            (b"{}", {"Content-Type": "text/plain"}, (415, "wrong-type")),
            (b"{}", {"Content-Type": "application/x-www-form-urlencoded"}, (415, "wrong-type")),
            (b"{", json_type, (400, "malformed")),
            (b"\xff", json_type, (400, "malformed")),
            (b"[" * 30_000, json_type, (400, "malformed")),
        ):
            answer = await desk.ask("POST", ACTS, data=data, headers=headers, token=desk.admin)
            assert (answer.status, answer.code) == expected


async def test_a_parameter_that_nobody_declared_or_that_comes_twice_is_refused(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        for query in ("colour=red", "limit=1&limit=2", "limit=many", "since=yesterday"):
            answer = await desk.ask("GET", f"{ACTS}?{query}", token=desk.admin)
            assert (answer.status, answer.code) == (400, "malformed"), query


async def test_both_houses_read_an_act_and_a_third_does_not_learn_of_it(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        houses = [await desk.establishment(name) for name in ("Valmont", "Rochebrune", "Elsewhere")]
        act = await desk.act(kind="TLE", requesting=houses[0], expert=houses[1])
        cookies = [await desk.sign_in(await desk.person(f"Dr {house}", house)) for house in houses]
        for cookie in cookies[:2]:
            seen = await desk.ask("GET", f"{ACTS}/{act}", cookie=cookie)
            assert (seen.status, seen.json["requesting_name"]) == (200, "Valmont")
            assert len((await desk.good("GET", ACTS, cookie=cookie))["acts"]) == 1
        for path in (f"{ACTS}/{act}", f"{ACTS}/{act}/timeline", f"{ACTS}/{act}/recordings"):
            hidden = await desk.ask("GET", path, cookie=cookies[2])
            absent = await desk.ask("GET", path.replace(act, "nowhere"), cookie=cookies[2])
            assert (hidden.status, hidden.body) == (404, absent.body)
        assert (await desk.good("GET", ACTS, cookie=cookies[2]))["acts"] == []


async def test_who_read_an_act_without_sitting_in_it_is_journaled(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        house = await desk.establishment("Valmont")
        act = await desk.act(requesting=house)
        person = await desk.person("Dr Camille Martin", house)
        cookie = await desk.sign_in(person)
        for _ in range(2):
            await desk.good("GET", f"{ACTS}/{act}", cookie=cookie)
        entries = (await desk.good("GET", f"{ACTS}/{act}/timeline"))["entries"]
        reads = [entry for entry in entries if entry["type"] == "act-read"]
        assert [entry["by"] for entry in reads].count(f"person:{person}") == 1


async def test_a_professional_plans_for_her_own_house_only(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        own, other = await desk.establishment("Valmont"), await desk.establishment("Rochebrune")
        cookie = await desk.sign_in(await desk.person("Dr Camille Martin", own))
        planned = await desk.good("POST", ACTS, {"kind": "TLC", "title": "x"}, cookie=cookie, headers=OWN_PAGE)
        assert planned["requesting"] == own
        foreign = {"kind": "TLC", "title": "x", "requesting": other}
        answer = await desk.ask("POST", ACTS, foreign, cookie=cookie, headers=OWN_PAGE)
        assert (answer.status, answer.code) == (403, "not-your-establishment")


async def test_the_timeline_goes_on_after_a_version(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
        await desk.invite(act, name="Léa Fontaine")
        entries = (await desk.good("GET", f"{ACTS}/{act}/timeline"))["entries"]
        assert [entry["type"] for entry in entries[:3]] == ["act-created", "act-advanced", "seat-made"]
        assert entries[2]["data"]["name"] == "Léa Fontaine"
        rest = (await desk.good("GET", f"{ACTS}/{act}/timeline?after=2&limit=1"))["entries"]
        assert [entry["version"] for entry in rest] == [3]


async def test_an_act_survives_the_servers_restart(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act = await desk.act(start="now")
    async with api(tmp_path) as desk:
        assert (await desk.good("GET", f"{ACTS}/{act}"))["state"] == "open"
