"""A publisher's packets through the recorder into a vault, in virtual time, and the finished files read back."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from media.recorder.codecs import Vp8
from media.recorder.commands import AddTrack, Begin, EndTrack, Finish
from media.recorder.events import AnyEvent, Begun, Fault, KeyframeWanted
from media.recorder.muxer import remux
from media.recorder.recorder import Closed, Recorder
from media.recorder.tap import pack_packet, pack_report
from media.rtp import header
from recordings.catalogue import Recordings
from recordings.manifest import State
from recordings.vault import Vault
from tests.support.recorded import beeps, pictures, skew_s
from tests.support.rtp_source import ENCODERS, Publisher, Sent

OWNER = "act-1"
SEAT = "seat-1"
START = 1000.0  # monotonic seconds at which the recording begins
STREAMS = {"picture": 1, "sound": 2}
Arrivals = Callable[[str, Sent], float | None]  # seconds on the way; None: lost


@dataclass(slots=True)
class Studio:
    """A recorder, its vault, and a clock that only moves when packets do."""

    root: Path
    vault: Vault = field(init=False)
    recorder: Recorder = field(init=False)
    events: list[AnyEvent] = field(default_factory=list)
    now: float = START
    redundant: int | None = None  # payload type under which the sound comes, each packet with the one before

    def __post_init__(self) -> None:
        self.vault = Vault(self.root)
        self.recorder = Recorder(self.vault, 0, 0.5, self.events.append, self._finish)

    def begin(self, codec: str = "VP8") -> None:
        self.recorder.obey(Begin("rec-1", OWNER, 1_800_000_000.0), self.now)
        picture = AddTrack("rec-1", 1, "peer-1", SEAT, "camera", "video", codec, 90_000, 0)
        sound = AddTrack("rec-1", 2, "peer-1", SEAT, "microphone", "audio", "opus", 48_000, 2, "", self.redundant)
        for command in (picture, sound):
            self.recorder.obey(command, self.now)

    def play(self, publisher: Publisher, until_s: float, delay: Arrivals, reports: bool = True) -> None:
        """Sends what the publisher says until then; its second 0 is a quarter of a second after the recording's."""
        arrivals = sorted(self._arrivals(publisher, until_s, delay, reports), key=lambda arrival: arrival[0])
        for arrival, datagram in arrivals:
            while self.now + 0.05 < arrival:
                self.pass_time(0.05)
            self.recorder.receive(datagram)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.recorder.on_time(self.now)

    def finish(self) -> None:
        self.recorder.obey(Finish("rec-1", "moderator"), self.now)

    def wanted_keyframes(self) -> int:
        return sum(isinstance(event, KeyframeWanted) for event in self.events)

    def _arrivals(
        self, publisher: Publisher, until_s: float, delay: Arrivals, reports: bool
    ) -> Iterator[tuple[float, bytes]]:
        zero = START + 0.25
        next_report = 1.4
        for kind, sent in publisher.until(until_s):
            late = delay(kind, sent)
            if late is not None:
                arrival = zero + sent.time_s + late
                twice = kind == "sound" and self.redundant is not None
                packet = repeating(sent.packet, self.redundant or 0) if twice else sent.packet
                yield arrival, pack_packet(STREAMS[kind], arrival, packet)
            if reports and sent.time_s >= next_report:
                next_report += 1.0
                for name, source in (("picture", publisher.picture), ("sound", publisher.sound)):
                    at = zero + sent.time_s + 0.02
                    ntp, rtp = source.stream.report(sent.time_s, publisher.ntp_zero_s)
                    yield at, pack_report(STREAMS[name], at, ntp, rtp)

    def _finish(self, closed: Closed) -> None:
        closed.shelf.finish(remux, closed.reason)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path / "recordings")
    yield studio
    studio.recorder.finish_all("test over")
    studio.vault.close()


@pytest.fixture
def recordings(studio: Studio) -> Iterator[Recordings]:
    recordings = Recordings(studio.root)
    yield recordings
    recordings.close()


def repeating(packet: bytes, payload_type: int) -> bytes:
    """A packet of sound as RED (RFC 2198), behind three bytes of an earlier one."""
    head = header.parse(packet)
    opus = packet[1] & 0x7F
    blocks = bytes((0x80 | opus,)) + (960 << 10 | 3).to_bytes(3) + bytes((opus,)) + b"old"
    start = packet[:1] + bytes((packet[1] & 0x80 | payload_type,)) + packet[2 : head.payload_start]
    return start + blocks + packet[head.payload_start :]


def at_once(kind: str, sent: Sent) -> float:
    return 0.02


def frames_seen(recordings: Recordings) -> list[int]:
    """Frame numbers of the picture track, in the order of the file; every picture has to be readable."""
    (track,) = [track for track in recordings.entry(OWNER, "rec-1").tracks if track.kind == "video"]
    with recordings.track(OWNER, "rec-1", track.name) as file:
        codes = [seen.code for seen in pictures(file.file)]
    assert None not in codes
    return [code.frame for code in codes if code]


@pytest.mark.parametrize("codec", sorted(ENCODERS))
def test_each_codec_is_recorded_frame_by_frame(codec: str, studio: Studio, recordings: Recordings) -> None:
    studio.begin(codec)
    studio.play(Publisher(codec=codec), 4.0, at_once)
    studio.finish()
    assert frames_seen(recordings) == list(range(40))
    entry = recordings.entry(OWNER, "rec-1")
    assert entry.state == State.FINISHED
    assert [track.indexed for track in entry.tracks] == [True, True]
    assert entry.duration_s == pytest.approx(4.25, abs=0.15)
    assert isinstance(studio.events[0], Begun)
    assert not any(isinstance(event, Fault) for event in studio.events)


def test_sound_and_picture_of_one_person_stay_together_whatever_their_ways_are(
    studio: Studio, recordings: Recordings
) -> None:
    studio.begin()
    studio.play(Publisher(), 6.0, lambda kind, sent: 0.32 if kind == "picture" else 0.02)
    studio.finish()
    skews = skew_s(recordings, OWNER, "rec-1", SEAT)
    assert len(skews) >= 4
    assert max(map(abs, skews)) <= 0.02


def test_sound_that_is_sent_twice_is_recorded_once(studio: Studio, recordings: Recordings) -> None:
    studio.redundant = 63
    studio.begin()
    studio.play(Publisher(), 6.0, at_once)
    studio.finish()
    skews = skew_s(recordings, OWNER, "rec-1", SEAT)
    assert len(skews) >= 4, "its beeps are heard"
    assert max(map(abs, skews)) <= 0.02


def test_without_sender_reports_arrival_times_place_the_tracks(studio: Studio, recordings: Recordings) -> None:
    studio.begin()
    studio.play(Publisher(), 4.0, at_once, reports=False)
    studio.finish()
    assert [track.offset_s for track in recordings.entry(OWNER, "rec-1").tracks] == pytest.approx([0.27, 0.27])
    assert max(map(abs, skew_s(recordings, OWNER, "rec-1", SEAT))) <= 0.02


def test_packets_in_disorder_and_repaired_late_leave_no_trace(studio: Studio, recordings: Recordings) -> None:
    chance = random.Random(7)

    def line(kind: str, sent: Sent) -> float:
        if sent.time_s < 0.2:
            return 0.02  # before its first packet nobody knows that one is missing
        return 0.4 if chance.random() < 0.05 else chance.uniform(0.02, 0.06)

    studio.begin()
    studio.play(Publisher(), 5.0, line)
    wanted = studio.wanted_keyframes()
    studio.finish()
    assert frames_seen(recordings) == list(range(50))
    assert wanted <= 1  # the first


def test_a_loss_that_nobody_repairs_stops_the_picture_until_the_next_key_frame(
    studio: Studio, recordings: Recordings
) -> None:
    publisher = Publisher()
    studio.begin()
    studio.play(publisher, 1.0, at_once)
    wanted = studio.wanted_keyframes()
    studio.play(publisher, 2.0, lambda kind, sent: None if kind == "picture" and sent.time_s == 1.2 else 0.02)
    assert studio.wanted_keyframes() > wanted
    publisher.picture.want_key()
    studio.play(publisher, 3.0, at_once)
    studio.finish()
    assert frames_seen(recordings) == [*range(12), *range(20, 30)]


def test_a_gap_in_speech_is_a_gap_in_time(studio: Studio, recordings: Recordings) -> None:
    studio.begin()
    studio.play(Publisher(), 5.0, lambda kind, sent: None if kind == "sound" and 1.5 < sent.time_s < 3.5 else 0.02)
    studio.finish()
    track = recordings.entry(OWNER, "rec-1").tracks[1]
    with recordings.track(OWNER, "rec-1", track.name) as file:
        assert beeps(file.file) == pytest.approx([0.0, 1.0, 4.0], abs=0.03)


def test_a_recording_that_begins_in_mid_stream_waits_for_a_key_frame(studio: Studio, recordings: Recordings) -> None:
    publisher = Publisher()
    list(publisher.until(1.0))  # nobody records yet
    studio.begin()
    studio.play(publisher, 2.0, at_once)
    assert studio.wanted_keyframes() >= 1
    publisher.picture.want_key()
    studio.play(publisher, 3.0, at_once)
    studio.finish()
    assert frames_seen(recordings) == list(range(20, 30))
    assert max(map(abs, skew_s(recordings, OWNER, "rec-1", SEAT))) <= 0.02


def test_a_track_that_never_sent_leaves_no_file(studio: Studio, recordings: Recordings) -> None:
    studio.begin()
    studio.finish()
    entry = recordings.entry(OWNER, "rec-1")
    assert (entry.state, entry.tracks) == (State.FINISHED, ())


def test_packets_after_the_end_of_their_track_are_counted_and_dropped(studio: Studio) -> None:
    studio.begin()
    studio.recorder.obey(EndTrack(1), studio.now)
    studio.play(Publisher(), 0.1, at_once)
    assert studio.recorder.dropped["unknown-stream"] > 0


def test_what_cannot_be_recorded_is_refused_with_a_code(studio: Studio) -> None:
    studio.begin()
    studio.recorder.obey(AddTrack("rec-1", 3, "peer-1", SEAT, "camera", "video", "H265", 90_000, 0), studio.now)
    studio.recorder.obey(AddTrack("rec-1", 1, "peer-1", SEAT, "camera", "video", "VP8", 90_000, 0), studio.now)
    studio.recorder.obey(AddTrack("rec-9", 4, "peer-1", SEAT, "camera", "video", "VP8", 90_000, 0), studio.now)
    studio.recorder.obey(Begin("rec-1", OWNER, 0.0), studio.now)
    assert studio.events[1:] == [
        Fault("rec-1", "codec-unsupported", 3),
        Fault("rec-1", "stream-exists", 1),
        Fault("rec-9", "recording-unknown", 4),
        Fault("rec-1", "recording-exists"),
    ]


def test_without_space_no_recording_begins(studio: Studio, recordings: Recordings) -> None:
    studio.recorder.reserve_bytes = 1 << 62
    studio.begin()
    assert studio.events[0] == Fault("rec-1", "disk-full")
    assert recordings.list(OWNER) == []


def test_when_space_runs_out_the_recording_ends_with_what_it_has(studio: Studio, recordings: Recordings) -> None:
    publisher = Publisher()
    studio.begin()
    studio.play(publisher, 2.0, at_once)
    studio.recorder.reserve_bytes = 1 << 62
    studio.play(publisher, 4.0, at_once)
    assert Fault("rec-1", "disk-full") in studio.events
    assert recordings.entry(OWNER, "rec-1").reason == "disk-full"
    assert frames_seen(recordings)[:20] == list(range(20))


def test_a_still_picture_is_on_disk_as_soon_as_it_came(studio: Studio) -> None:
    publisher = Publisher()
    studio.begin()
    studio.play(publisher, 0.15, at_once)  # two pictures, then nothing moves any more
    (live,) = [path for path in studio.root.glob("*/*/*.live") if b"V_VP8" in path.read_bytes()[:400]]
    assert [seen.code.frame for seen in pictures(live) if seen.code] == [0, 1]


def test_a_picture_that_we_stumble_over_leaves_the_sound_as_it_is(
    studio: Studio, recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(_: object, payload: bytes) -> bool:
        raise IndexError(payload[:1])

    monkeypatch.setattr(Vp8, "begins", stumble)
    studio.begin()
    studio.play(Publisher(), 2.0, at_once)
    studio.finish()
    (recording,) = recordings.list(OWNER)
    assert [track.kind for track in recording.tracks] == ["audio"]
    assert studio.recorder.dropped["stumbled"] > 10
