"""The real recorder process over its real channel and tap: recording, SIGKILL, recovery, a disk that is too slow."""

import asyncio
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from media.recorder.commands import AddTrack, Begin, Finish, Stop
from media.recorder.events import Fault, Finished, Heartbeat, KeyframeWanted, Ready
from media.recorder.tap import pack_packet, pack_report
from recordings.catalogue import Recordings, StillWriting
from recordings.manifest import State
from tests.support.recorded import pictures, skew_s
from tests.support.recorder_process import RecorderChild, recorder_process
from tests.support.rtp_source import Publisher

OWNER = "act-1"
SEATS = ("seat-1", "seat-2")


async def begin(
    child: RecorderChild, recording: str = "rec-1", continues: str | None = None, first_stream: int = 0
) -> None:
    """Both seats' tracks are there when it returns: the recorder has asked for their key frames."""
    child.send(Begin(recording, OWNER, time.time(), continues))
    for number, seat in enumerate(SEATS):
        stream, clock = first_stream + number * 2, f"peer-{number}"
        child.send(AddTrack(recording, stream, clock, seat, "camera", "video", "VP8", 90_000, 0))
        child.send(AddTrack(recording, stream + 1, clock, seat, "microphone", "audio", "opus", 48_000, 2))
    for _ in SEATS:
        await child.event(KeyframeWanted)


async def talk(child: RecorderChild, people: list[Publisher], until_s: float, first_stream: int = 0) -> None:
    """Everybody sends in real time until that second of their clocks; a report each second."""
    start = time.monotonic() - people[0].sound.frame * 0.02
    second = 0.0
    while second < until_s:
        second = min(time.monotonic() - start, until_s)
        for number, publisher in enumerate(people):
            for kind, sent in publisher.until(second):
                stream = first_stream + number * 2 + (kind == "sound")
                await child.tap_in(pack_packet(stream, time.monotonic(), sent.packet))
                if kind == "sound" and publisher.sound.frame % 50 == 10:
                    await report(child, publisher, sent.time_s, first_stream + number * 2)
        await asyncio.sleep(0.01)


async def report(child: RecorderChild, publisher: Publisher, time_s: float, stream: int) -> None:
    for number, source in ((stream, publisher.picture), (stream + 1, publisher.sound)):
        await child.tap_in(pack_report(number, time.monotonic(), *source.stream.report(time_s, publisher.ntp_zero_s)))


def codes_of(recordings: Recordings, recording: str, label: str) -> list[tuple[int, int]]:
    """(person, frame) of each picture of one seat."""
    entry = recordings.entry(OWNER, recording)
    (track,) = [track for track in entry.tracks if track.label == label and track.kind == "video"]
    with recordings.track(OWNER, recording, track.name) as file:
        return [(seen.code.person, seen.code.frame) for seen in pictures(file.file) if seen.code]


async def test_two_people_are_recorded_each_in_files_of_their_own(tmp_path: Path) -> None:
    people = [Publisher(1), Publisher(2, ntp_zero_s=12.5)]
    async with recorder_process(tmp_path) as child:
        await begin(child)
        await talk(child, people, 3.5)
        child.send(Finish("rec-1", "moderator"))
        finished = await child.event(Finished)
        child.send(Stop())
        assert await child.ended() == 0
    assert (finished.tracks, finished.recovered) == (4, False)
    recordings = Recordings(tmp_path)
    for number, seat in enumerate(SEATS, start=1):
        assert codes_of(recordings, "rec-1", seat) == [(number, frame) for frame in range(35)]
        skews = skew_s(recordings, OWNER, "rec-1", seat)
        assert len(skews) >= 2
        assert max(map(abs, skews)) <= 0.08
    recordings.close()


async def test_a_killed_recorder_leaves_files_that_play_and_the_next_one_mends_them(tmp_path: Path) -> None:
    people = [Publisher(1), Publisher(2)]
    async with recorder_process(tmp_path) as child:
        await begin(child)
        await talk(child, people, 3.0)
        child.process.kill()
        await child.process.wait()
    recordings = Recordings(tmp_path)
    with pytest.raises(StillWriting):
        recordings.track(OWNER, "rec-1", "t0001.webm")
    live = sorted(tmp_path.glob("*/rec-1/*.live"))
    as_it_is = [pictures(path) for path in live if b"V_VP8" in path.read_bytes()[:400]]
    assert len(as_it_is) == 2
    for seen in as_it_is:
        assert seen[-1].time_s >= 3.0 - 2.0  # s; hardening F3
        assert all(picture.code for picture in seen)

    async with recorder_process(tmp_path) as child:
        ready = next(event for event in child.events if isinstance(event, Ready))
        assert ready.unfinished == ("rec-1",)
        assert (await child.event(Finished)).recovered
        await begin(child, "rec-2", continues="rec-1", first_stream=10)
        for publisher in people:
            publisher.picture.want_key()
        await talk(child, people, 4.5, first_stream=10)
        child.send(Stop())
        assert await child.ended() == 0
    mended, continuation = recordings.list(OWNER)
    assert (mended.state, mended.reason, mended.duration_s >= 1.0) == (State.RECOVERED, "recorder-killed", True)
    assert all(track.indexed and track.sha256 for track in mended.tracks)
    assert (continuation.state, continuation.reason) == (State.FINISHED, "recorder-stopping")
    assert continuation.continues == "rec-1"
    assert continuation.gap_s is not None
    assert continuation.gap_s == pytest.approx(continuation.started_at - mended.ended_at)
    recordings.close()


@pytest.mark.parametrize("end", ["terminated", "orphaned"])
async def test_whatever_ends_the_recorder_gently_its_recordings_are_closed_well(tmp_path: Path, end: str) -> None:
    ends: dict[str, Callable[[RecorderChild], None]] = {
        "terminated": lambda child: child.process.terminate(),
        "orphaned": lambda child: child.hang_up(),
    }
    async with recorder_process(tmp_path) as child:
        await begin(child)
        await talk(child, [Publisher(1)], 1.0)
        ends[end](child)
        assert (await child.event(Finished)).recording == "rec-1"
        assert await child.ended() == 0
    recordings = Recordings(tmp_path)
    assert recordings.entry(OWNER, "rec-1").state == State.FINISHED
    assert [frame for _, frame in codes_of(recordings, "rec-1", SEATS[0])] == list(range(10))
    recordings.close()


async def test_it_asks_for_a_key_frame_when_a_track_is_added(tmp_path: Path) -> None:
    async with recorder_process(tmp_path) as child:
        await begin(child)
        assert {event.stream for event in child.events if isinstance(event, KeyframeWanted)} == {0, 2}


async def test_what_the_disk_cannot_take_is_dropped_and_counted_and_the_worker_never_waits(tmp_path: Path) -> None:
    publisher = Publisher(1)
    async with recorder_process(tmp_path, queue_packets=10) as child:
        await begin(child)
        for kind, sent in publisher.until(3.0):
            stream = int(kind == "sound")
            child.tap.send(pack_packet(stream, time.monotonic(), sent.packet))
        while not (await child.event(Heartbeat)).dropped.get("queue-full"):
            continue
        child.send(Finish("rec-1", "moderator"))
        assert (await child.event(Finished)).recording == "rec-1"


async def test_a_disk_that_refuses_a_write_ends_that_recording_with_what_it_has(tmp_path: Path) -> None:
    publisher = Publisher(1)
    async with recorder_process(tmp_path) as child:
        await begin(child)
        resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, (8_000, resource.RLIM_INFINITY))
        await talk(child, [publisher], 4.0)
        fault = await child.event(Fault)
        resource.prlimit(child.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert fault == Fault("rec-1", "disk-error")
        child.send(Stop())
        assert await child.ended() == 0
    async with recorder_process(tmp_path) as child:  # where there was no room for a finished file either
        if any(event.unfinished for event in child.events if isinstance(event, Ready)):
            await child.event(Finished)
    recordings = Recordings(tmp_path)
    entry = recordings.entry(OWNER, "rec-1")
    assert entry.reason == "disk-error"
    frames = [frame for _, frame in codes_of(recordings, "rec-1", SEATS[0])]
    assert frames == list(range(len(frames)))
    assert len(frames) >= 5
    recordings.close()
