"""A call is recorded when everybody present has agreed, as long as everybody does, and is played by right only."""

import asyncio
import io
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import pytest_asyncio

from recordings.catalogue import Recordings
from recordings.vault import owner_folder
from tests.support.browser import Chromium, PersonAtPage
from tests.support.clinic import Clinic, Visitor, soon
from tests.support.people import Setup
from tests.support.recorded import pictures, skew_s
from tests.support.scale import patient
from tests.support.server import Act, HttpRefused, Server

LENGTH_S = 6
SYNC_S = patient(0.080)
POSITIONS = """() => [...document.querySelectorAll('[data-track]')].map(element => ({
    name: element.dataset.track,
    time: element.currentTime,
    paused: element.paused,
    clock: element instanceof HTMLVideoElement ? (window.person.readCode(element)?.clock_ms ?? null) : null,
}))"""


async def people(clinic: Clinic, act: Act, *roles: str, **setup: Any) -> list[Visitor]:
    """Person 1 and so on, in the call."""
    visitors = []
    for number, role in enumerate(roles, 1):
        visitor = await clinic.visitor(act, role, number, ("Anne", "Bruno", "Carla")[number - 1], **setup)
        await visitor.enter()
        visitors.append(visitor)
    return visitors


async def types(server: Server, act: Act) -> list[str]:
    return [entry["type"] for entry in await server.timeline(act)]


async def recorded(server: Server, act: Act, reader: Visitor) -> list[dict[str, Any]]:
    listed = await server.request("GET", f"/api/v1/acts/{act.id}/recordings", token=reader.invitation.token)
    return list(listed["recordings"])


def kept(server: Server) -> Path:
    return server.config.parent / "data" / "recordings"


async def test_one_refusal_and_there_is_no_recording_and_no_file(clinic: Clinic) -> None:
    act = await clinic.act(title="Refusal")
    anne, bruno, carla = await people(clinic, act, "expert", "requester", "attendant")
    await anne.mark("bar-record").click()
    await bruno.mark("recording-agree").click()
    await carla.mark("recording-refuse").click()

    async def refused() -> bool:
        return "recording-refused" in await types(clinic.server, act)

    await soon(refused, "the refusal is written down")
    for visitor in (anne, bruno, carla):
        await visitor.mark("recording-dialog").wait_for(state="detached")
        assert await visitor.mark("recording-sign").count() == 0
    assert "recording-started" not in await types(clinic.server, act)
    assert await recorded(clinic.server, act, anne) == []
    assert not (kept(clinic.server) / owner_folder(act.id)).exists()


@dataclass(frozen=True, slots=True)
class Tape:
    """A recording of Anne and Bruno, made through the pages; the act, which `office` requested, goes on without it."""

    act: Act
    anne: Visitor
    bruno: Visitor
    number: str
    office: str
    stopped_s: float  # from Bruno's withdrawal until no screen shows the sign
    dora_before: set[tuple[int, int]]  # what the late joiner saw before she agreed
    dora_seen: bool  # whether anybody saw her then


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tape(server: Server, shared_chromium: Chromium) -> Tape:
    clinic = Clinic(server, shared_chromium)
    office = (await clinic.server.request("POST", "/api/v1/establishments", {"name": "Hôpital des Essais"}))["id"]
    act = await clinic.act(title="Everybody agrees", requesting=office)
    anne, bruno = await people(clinic, act, "expert", "requester", beeps=True)
    await anne.at.until_sees(2)
    await anne.mark("bar-record").click()
    await bruno.mark("recording-agree").click()
    for visitor in (anne, bruno):
        await visitor.mark("recording-sign").wait_for()
    await asyncio.sleep(LENGTH_S)

    dora = await clinic.visitor(act, "attendant", 4, "Dora")
    await dora.enter()
    await dora.mark("recording-agree").wait_for()
    await asyncio.sleep(1.5)
    before = set((await dora.at.report()).pictures)
    seen = (4, 0) in (await anne.at.report()).pictures
    await dora.mark("recording-agree").click()
    await dora.at.until_sees(1, 2)
    await anne.at.until_sees(2, 4)
    await dora.mark("recording-sign").wait_for()

    await bruno.panel("act")
    await bruno.mark("withdraw").click()
    begun = asyncio.get_running_loop().time()
    for visitor in (anne, bruno, dora):
        await visitor.mark("recording-sign").wait_for(state="detached")
    stopped_s = asyncio.get_running_loop().time() - begun

    async def finished() -> bool:
        return [one["state"] for one in await recorded(clinic.server, act, anne)] == ["finished"]

    await soon(finished, "the recording is finished")
    number = str((await recorded(clinic.server, act, anne))[0]["recording"])
    await clinic.close()
    return Tape(act, anne, bruno, number, office, stopped_s, before, seen)


async def test_a_late_joiner_is_asked_before_she_sees_or_is_seen(tape: Tape) -> None:
    assert tape.dora_before == set()
    assert not tape.dora_seen


async def test_one_word_taken_back_stops_the_recording_within_a_second(clinic: Clinic, tape: Tape) -> None:
    assert tape.stopped_s < patient(1.0)
    stops = [one for one in await clinic.server.timeline(tape.act) if one["type"] == "recording-stopped"]
    assert [stop["data"]["reason"] for stop in stops] == ["consent-withdrawn"]


async def test_the_files_hold_what_was_shown_in_order_and_sound_with_its_picture(clinic: Clinic, tape: Tape) -> None:
    with closing(Recordings(kept(clinic.server))) as recordings:
        entry = recordings.entry(tape.act.id, tape.number)
        assert {(track.label, track.source) for track in entry.tracks} >= {
            (visitor.seat, source) for visitor in (tape.anne, tape.bruno) for source in ("camera", "microphone")
        }
        for visitor in (tape.anne, tape.bruno):
            late = skew_s(recordings, tape.act.id, tape.number, visitor.seat)
            assert len(late) >= LENGTH_S - 2
            assert abs(median(late)) < SYNC_S, late


async def test_whoever_has_the_right_gets_the_files_and_others_do_not(clinic: Clinic, tape: Tape) -> None:
    manifest = await ask(clinic.server, tape, "")
    for visitor in (tape.anne, tape.bruno):
        video = next(t for t in manifest["tracks"] if (t["seat"], t["source"]) == (visitor.seat, "camera"))
        seen = await asyncio.to_thread(pictures, io.BytesIO(await download(clinic.server, tape, video["url"])))
        codes = [one.code for one in seen if one.code is not None]
        assert len(codes) > 0.9 * len(seen) > 3 * LENGTH_S
        assert {code.person for code in codes} == {visitor.at.number}
        assert all(before.frame < after.frame for before, after in pairwise(codes))

    carla = await clinic.server.invite(tape.act, "attendant", "Carla")
    for token in (carla.token, ""):
        for path in ("", f"/{manifest['tracks'][0]['name']}"):
            with pytest.raises(HttpRefused) as refused:
                await ask(clinic.server, tape, path, token)
            assert refused.value.status == (403 if token else 401)


async def ask(server: Server, tape: Tape, path: str, token: str | None = None) -> Any:
    bearer = tape.anne.invitation.token if token is None else token
    return await server.request("GET", f"/api/v1/acts/{tape.act.id}/recordings/{tape.number}{path}", token=bearer)


async def download(server: Server, tape: Tape, url: str) -> bytes:
    headers = {"Authorization": f"Bearer {tape.anne.invitation.token}"}
    async with server.http.get(url, headers=headers) as answer:
        assert answer.status == 200
        return await answer.read()


async def signed_in(clinic: Clinic, establishment: str, name: str) -> PersonAtPage:
    """A professional at her acts."""
    person = await clinic.server.request("POST", "/api/v1/persons", {"name": name, "establishment": establishment})
    link = await clinic.server.request("POST", f"/api/v1/persons/{person['id']}/sign-in-links")
    at = await clinic.browser.person(Setup(9, name))
    await at.page.goto(link["url"])
    await at.page.get_by_test_id("sign-out").wait_for()
    return at


async def test_the_playback_page_plays_all_tracks_on_one_clock(clinic: Clinic, tape: Tape) -> None:
    reader = await signed_in(clinic, tape.office, "Elsa Office")
    await reader.page.goto(f"{clinic.server.url}/acts/{tape.act.id}/recordings/{tape.number}")
    await reader.page.get_by_test_id("player-toggle").click()
    offsets = {track["name"]: track["offset_s"] for track in (await ask(clinic.server, tape, ""))["tracks"]}
    apart: list[float] = []
    clocks_apart: list[float] = []

    async def compared() -> bool:
        playing = [one for one in await reader.page.evaluate(POSITIONS) if not one["paused"]]
        places = [one["time"] + offsets[one["name"]] for one in playing]
        clocks = [one["clock"] for one in playing if one["clock"] is not None]
        if len(playing) >= 4 and len(clocks) >= 2:
            apart.append(max(places) - min(places))
            clocks_apart.append(max(clocks) - min(clocks))
        await asyncio.sleep(0.2)
        return len(apart) >= 6

    await soon(compared, "four tracks play")
    assert median(apart) < patient(0.1)
    assert median(clocks_apart) < patient(150)
    assert reader.errors == []


async def test_a_stranger_sees_neither_the_recording_nor_that_there_is_one(clinic: Clinic, tape: Tape) -> None:
    other = (await clinic.server.request("POST", "/api/v1/establishments", {"name": "Clinique Voisine"}))["id"]
    stranger = await signed_in(clinic, other, "Fanny Stranger")
    path = f"/acts/{tape.act.id}/recordings/{tape.number}"
    status = await stranger.page.evaluate(f"fetch('/api/v1{path}').then(answer => answer.status)")
    assert status in {403, 404}
    await stranger.page.goto(f"{clinic.server.url}{path}")
    await stranger.page.get_by_role("alert").wait_for()
    assert await stranger.page.get_by_test_id("player").count() == 0
