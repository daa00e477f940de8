"""Ranges, media types, and one clock for all tracks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.ids import OwnerId, RecordingId, TrackName
from recordings.manifest import Manifest, State, Track
from recordings.playback import ByteRange, Unsatisfiable, content_type, parse_range, playback
from recordings.ports import Container


def picture(codec: str = "vp8", container: Container = "webm", offset_s: float = 0.0) -> Track:
    return Track(TrackName("t0001.webm"), "seat-1", "camera", "video", codec, container, offset_s)


def sound(offset_s: float = 0.0) -> Track:
    return Track(TrackName("t0002.webm"), "seat-1", "microphone", "audio", "opus", "webm", offset_s)


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-", 0, 100),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=90-900", 90, 100),
        ("bytes=-10", 90, 100),
        ("bytes=-1000", 0, 100),
        (" bytes=5- ", 5, 100),
    ],
)
def test_one_range_is_answered(header: str, start: int, end: int) -> None:
    assert parse_range(header, 100) == ByteRange(start, end, 100)


@pytest.mark.parametrize("header", [None, "", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "lines=0-5", "bytes=a-b", "0-5"])
def test_what_is_no_single_range_gets_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_file_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, 100)


@given(header=st.one_of(st.text(max_size=40), st.from_regex(r"bytes=[0-9,-]{0,30}")), size=st.integers(0, 1000))
def test_no_header_reads_outside_the_file(header: str, size: int) -> None:
    try:
        wanted = parse_range(header, size)
    except Unsatisfiable:
        return
    assert wanted is None or 0 <= wanted.start < wanted.end <= size


def test_a_range_describes_itself() -> None:
    wanted = ByteRange(10, 20, 100)
    assert (wanted.length, wanted.content_range) == (10, "bytes 10-19/100")


def test_media_types_name_container_and_codec() -> None:
    assert content_type(picture()) == "video/webm; codecs=vp8"
    assert content_type(sound()) == "audio/webm; codecs=opus"
    assert content_type(picture("h264", "matroska")) == "video/x-matroska; codecs=avc1.42e01f"


def test_offsets_count_from_the_first_frame_when_that_is_earlier_than_the_recording() -> None:
    tracks = (picture(offset_s=-0.25), sound(offset_s=0.5))
    entry = Manifest(RecordingId("rec-1"), OwnerId("act-1"), 1000.0, State.FINISHED, "moderator", 10.0, tracks=tracks)
    player = playback(entry)
    assert [part.offset_s for part in player.tracks] == [0.0, 0.75]
    assert (player.started_at, player.duration_s) == (999.75, 10.25)


def test_offsets_stay_where_all_tracks_begin_later() -> None:
    entry = Manifest(RecordingId("rec-1"), OwnerId("act-1"), 1000.0, tracks=(picture(offset_s=3.0),))
    assert [part.offset_s for part in playback(entry).tracks] == [3.0]
