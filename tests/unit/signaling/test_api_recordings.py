from pathlib import Path
from typing import BinaryIO

import pytest

from recordings.ports import Container
from recordings.vault import Vault
from tests.support.api import Answer, Desk, api

FRAMES = bytes(range(256)) * 1_000  # longer than one chunk


def copy(live: BinaryIO, final: BinaryIO, container: Container) -> float:
    final.write(live.read())
    return 4.0


def record(folder: Path, act: str, name: str, label: str, *, finished: bool = True) -> None:
    """A recording of one picture track, as the recorder process leaves it."""
    vault = Vault(folder / "data" / "recordings")
    shelf = vault.begin(name, act, 1_000.0)
    track = shelf.add_track(label=label, source="camera", kind="video", codec="vp8", container="webm")
    track.write(FRAMES)
    track.close()
    if finished:
        shelf.finish(copy, "asked")
    vault.close()


async def recorded(desk: Desk, folder: Path) -> tuple[str, dict[str, str]]:
    """An act with a recording `r1`, and the invitation of its expert."""
    act = await desk.act(start="now")
    expert = await desk.invite(act, "expert", "Dr Hugo Lemoine")
    record(folder, act, "r1", expert["seat"])
    return act, expert


async def test_a_recording_is_listed_and_says_what_a_player_needs(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act, expert = await recorded(desk, tmp_path)
        (listed,) = (await desk.good("GET", f"/api/v1/acts/{act}/recordings", token=expert["token"]))["recordings"]
        assert (listed["recording"], listed["state"], listed["duration_s"]) == ("r1", "finished", 4.0)
        assert (listed["started_at"], listed["stopped_at"]) == ("1970-01-01T00:16:40Z", "1970-01-01T00:16:44Z")
        manifest = await desk.good("GET", f"/api/v1/acts/{act}/recordings/r1", token=expert["token"])
        (track,) = manifest["tracks"]
        assert (track["seat"], track["label"], track["kind"]) == (expert["seat"], "Dr Hugo Lemoine", "video")
        assert track["type"] == "video/webm; codecs=vp8"
        whole = await desk.ask("GET", track["url"], token=expert["token"])
        assert (whole.status, whole.body) == (200, FRAMES)
        assert whole.headers["Content-Type"] == track["type"]
        assert whole.headers["Cache-Control"] == "no-store"


async def part(desk: Desk, act: str, token: str, wanted: str) -> Answer:
    path = f"/api/v1/acts/{act}/recordings/r1/t0001.webm"
    return await desk.ask("GET", path, token=token, headers={"Range": wanted})


async def test_a_player_seeks_by_byte_ranges(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act, expert = await recorded(desk, tmp_path)
        size = len(FRAMES)
        for wanted, start, end in (
            ("bytes=0-0", 0, 1),
            ("bytes=100-70099", 100, 70_100),
            ("bytes=255999-", 255_999, size),
            ("bytes=-10", size - 10, size),
            ("bytes=0-99999999", 0, size),
        ):
            answer = await part(desk, act, expert["token"], wanted)
            assert (answer.status, answer.body) == (206, FRAMES[start:end]), wanted
            assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
            assert answer.headers["Content-Length"] == str(end - start)


async def test_a_range_beyond_the_end_is_refused_and_an_odd_one_gives_the_whole(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act, expert = await recorded(desk, tmp_path)
        beyond = await part(desk, act, expert["token"], f"bytes={len(FRAMES)}-")
        assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(FRAMES)}")
        for wanted in ("bytes=5-1", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=" + "9" * 400):
            whole = await part(desk, act, expert["token"], wanted)
            assert (whole.status, whole.body) == (200, FRAMES), wanted


async def test_every_reading_of_a_recording_is_journaled_once_an_hour(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act, expert = await recorded(desk, tmp_path)
        for _ in range(3):
            await part(desk, act, expert["token"], "bytes=0-9")
        entries = (await desk.good("GET", f"/api/v1/acts/{act}/timeline"))["entries"]
        reads = [(entry["by"], entry["data"]) for entry in entries if entry["type"] == "recording-read"]
        assert reads == [(f"seat:{expert['seat']}", {"recording": "r1"})]


async def test_only_who_may_read_recordings_does(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act, _ = await recorded(desk, tmp_path)
        patient = await desk.invite(act, "patient", "Léa Fontaine")
        for path in ("", "/r1", "/r1/t0001.webm"):
            for token in (patient["token"], desk.admin):
                answer = await desk.ask("GET", f"/api/v1/acts/{act}/recordings{path}", token=token)
                assert (answer.status, answer.code) == (403, "not-allowed")


async def test_another_acts_recording_is_not_found(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        await recorded(desk, tmp_path)
        other = await desk.act(start="now")
        expert = await desk.invite(other, "expert")
        for path in ("r1", "r1/t0001.webm"):
            answer = await desk.ask("GET", f"/api/v1/acts/{other}/recordings/{path}", token=expert["token"])
            assert (answer.status, answer.code) == (404, "not-found")
        assert (await desk.good("GET", f"/api/v1/acts/{other}/recordings", token=expert["token"]))["recordings"] == []


async def test_a_recording_that_is_still_written_cannot_be_played(tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act, expert = await recorded(desk, tmp_path)
        record(tmp_path, act, "r2", expert["seat"], finished=False)
        for path in ("r2", "r2/t0001.webm"):
            answer = await desk.ask("GET", f"/api/v1/acts/{act}/recordings/{path}", token=expert["token"])
            assert (answer.status, answer.code) == (409, "recording-runs")
        listed = (await desk.good("GET", f"/api/v1/acts/{act}/recordings", token=expert["token"]))["recordings"]
        assert [entry["stopped_at"] is None for entry in listed] == [False, True]


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "%2e%2e",
        "r1/..%2f..%2fsecret",
        "r1/../../../secret",
        "r1/%2e%2e",
        "r1/manifest.json",
        "r1/t0001.webm.live",
        "r1/t0001.webm%00",
        "r1/t0001.webm%0a",
        "r1//etc/passwd",
        "r1/..%5csecret",
        "r1/%c0%ae%c0%ae/secret",
        "%2fetc%2fpasswd",
        "." * 64,
        "r1/" + "a" * 5_000,
    ],
)
async def test_no_address_reads_outside_the_recordings(path: str, tmp_path: Path) -> None:
    async with api(tmp_path) as desk:
        act, expert = await recorded(desk, tmp_path)
        for secret in (tmp_path / "secret", tmp_path / "data" / "secret", tmp_path / "data" / "recordings" / "secret"):
            secret.write_text("secret")
        answer = await desk.ask("GET", f"/api/v1/acts/{act}/recordings/{path}", token=expert["token"])
        assert answer.status in (400, 404), answer.body
        assert b"secret" not in answer.body
