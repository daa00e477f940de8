"""Chromium plays finished tracks over HTTP ranges: it knows their length, seeks, and shows the right picture."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from media.recorder.commands import AddTrack, Begin, Finish
from media.recorder.muxer import remux
from media.recorder.recorder import Closed, Recorder
from media.recorder.tap import pack_packet
from recordings.catalogue import Recordings
from recordings.playback import ByteRange, parse_range
from recordings.vault import Vault
from tests.support.browser import Chromium
from tests.support.people import Setup
from tests.support.rtp_source import Publisher

OWNER = "act-1"
LENGTH_S = 20.0

PLAY = """async ({kind, url, at, patience}) => {
    const player = document.body.appendChild(document.createElement(kind));
    const until = (event) => new Promise((done, failed) => {
        player.addEventListener(event, done, {once: true});
        player.addEventListener("error", () => failed(new Error(player.error.message)), {once: true});
    });
    const shown = async () => {  // looked at again and again, for a paused player does not tell of each painted frame
        const end = performance.now() + patience;
        while (performance.now() < end) {
            const code = window.person.readCode(player);
            if (code?.frame > 0) return code;  // no longer the first picture, which was there before
            await new Promise((done) => setTimeout(done, 50));
        }
        throw new Error(`shows nothing of what is there at ${at} s`);
    };
    player.muted = true;
    player.src = url;
    await until("loadedmetadata");
    const seeked = until("seeked");
    player.currentTime = at;
    await seeked;
    const {person, frame} = kind === "video" ? await shown() : {};
    await player.play();
    await until("timeupdate");
    return {duration: player.duration, person, frame};
}"""
PATIENCE_MS = 60_000  # until a frame is painted, on a machine that does much else


def record(root: Path, codec: str) -> None:
    vault = Vault(root)

    def finish(closed: Closed) -> None:
        closed.shelf.finish(remux, closed.reason)

    recorder = Recorder(vault, 0, 0.5, lambda event: None, finish)
    recorder.obey(Begin("rec-1", OWNER, 0.0), 0.0)
    recorder.obey(AddTrack("rec-1", 0, "peer-1", "seat-1", "camera", "video", codec, 90_000, 0), 0.0)
    recorder.obey(AddTrack("rec-1", 1, "peer-1", "seat-1", "microphone", "audio", "opus", 48_000, 2), 0.0)
    publisher = Publisher(3, codec)
    for kind, sent in publisher.until(LENGTH_S):
        if publisher.picture.frame % 50 == 0:
            publisher.picture.want_key()
        recorder.receive(pack_packet(int(kind == "sound"), sent.time_s, sent.packet))
    recorder.obey(Finish("rec-1", "moderator"), LENGTH_S)
    vault.close()


class Server:
    """Serves tracks by ranges, as the API does, and keeps what was asked for."""

    def __init__(self, recordings: Recordings) -> None:
        self.recordings = recordings
        self.ranges: list[ByteRange] = []

    async def track(self, request: web.Request) -> web.Response:
        with self.recordings.track(OWNER, "rec-1", request.match_info["name"]) as file:
            wanted = parse_range(request.headers.get("Range"), file.size) or ByteRange(0, file.size, file.size)
            self.ranges.append(wanted)
            headers = {"Content-Type": file.content_type, "ETag": file.etag, "Accept-Ranges": "bytes"}
            if "Range" in request.headers:
                headers["Content-Range"] = wanted.content_range
            body = await asyncio.to_thread(file.read, wanted.start, wanted.length)
            return web.Response(status=206 if "Range" in request.headers else 200, body=body, headers=headers)

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>player</title>", content_type="text/html")


@pytest.fixture(params=["VP8", "VP9", "AV1", "H264"])
def recordings(request: pytest.FixtureRequest, tmp_path: Path) -> Recordings:
    record(tmp_path, request.param)
    return Recordings(tmp_path)


@pytest_asyncio.fixture(loop_scope="session")
async def address(recordings: Recordings) -> AsyncIterator[str]:
    server = Server(recordings)
    app = web.Application()
    app.add_routes([web.get("/", server.page), web.get("/tracks/{name}", server.track)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()
    recordings.close()


async def test_chromium_plays_and_seeks_every_track(browser: Chromium, recordings: Recordings, address: str) -> None:
    page = (await browser.person(Setup(person=0, name="Anne"))).page
    await page.goto(address)
    for track in recordings.entry(OWNER, "rec-1").tracks:
        asked = {"kind": track.kind, "url": f"/tracks/{track.name}", "at": 12.05, "patience": PATIENCE_MS}
        told = await page.evaluate(PLAY, asked)
        assert told["duration"] == pytest.approx(LENGTH_S, abs=0.2)
        if track.kind == "video":
            assert (told["person"], told["frame"]) == (3, 120)
