"""P12: hostile descriptions are refused with a code in 50 ms; candidates that a client names are never read."""

import socket
import time
from collections.abc import Iterator

import pytest

from media.commands import Publish, PublishedTrack, View
from media.events import Answered, Failed
from media.ids import PeerId, RoomId, TrackId
from tests.support.descriptions import TRANSPORT, description, section
from tests.support.engines import World

SILENT = tuple(line for line in TRANSPORT if "fingerprint" not in line)
HOSTILE = {
    "64 KB of nothing": ("v=0\r\n" + "x" * 65_532, "sdp-too-large"),
    "500 sections": (description(*(["m=audio 9 X 0", f"a=mid:{n}"] for n in range(500))), "too-many-sections"),
    "no fingerprint": (description(section("audio", "0", transport=SILENT)), "fingerprint-missing"),
    "a fingerprint nobody can have": (
        description(section("audio", "0", transport=(*SILENT, "a=fingerprint:sha-256 nonsense"))),
        "sdp-invalid",
    ),
    "a digest long broken": (
        description(section("audio", "0", transport=(*SILENT, "a=fingerprint:md5 " + ":".join(["00"] * 16)))),
        "fingerprint-unsupported",
    ),
    "2,000 payload types": (
        description(["m=audio 9 UDP/TLS/RTP/SAVPF " + " ".join(map(str, range(2000))), *TRANSPORT, "a=mid:0"]),
        "sdp-invalid",
    ),
    "10,000 sources": (
        description(section("audio", "0", *(f"a=ssrc:{n} x" for n in range(4000)))),
        "sdp-invalid",
    ),
    "nested numbers": (description(section("audio", "0", "a=rtpmap:" + "9" * 30_000 + " opus/48000")), "sdp-invalid"),
    "one endless line": (description(section("audio", "0", "a=fmtp:111 " + ";" * 60_000)), "sdp-invalid"),
    "one track, no section": (description(section("video", "0")), "unknown-track"),
}


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def publish(world: World, sdp: str) -> Answered | Failed:
    tracks = (PublishedTrack(TrackId("t"), "audio"),)
    events = world.obey(Publish(1, PeerId("p"), RoomId("r"), sdp, tracks))
    return next(event for event in events if isinstance(event, Answered | Failed))


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_description_is_refused_with_its_code(world: World, case: str) -> None:
    sdp, code = HOSTILE[case]
    begun = time.process_time()
    told = publish(world, sdp)
    assert time.process_time() - begun < 0.050
    assert isinstance(told, Failed)
    assert told.code == code
    assert world.relay.size() == (0, 0), "nothing of it stays"


@pytest.mark.parametrize("encoding", ["opus/0/2", "opus/48000/0", "opus/48000/9", "opus/48000/255", "opus/-1"])
def test_an_encoding_that_nobody_could_record_is_refused(world: World, encoding: str) -> None:
    told = publish(world, description(section("audio", "0", f"a=rtpmap:111 {encoding}")))
    assert isinstance(told, Failed)
    assert told.code == "sdp-invalid"


@pytest.mark.parametrize("number", ["128", "999", "٣", "1e2", "-1", "x"])
def test_a_format_that_is_no_payload_type_is_passed_over(world: World, number: str) -> None:
    audio = section("audio", "0")
    told = publish(world, description([f"{audio[0]} {number}", *audio[1:]]))
    assert isinstance(told, Answered)


def test_a_viewers_hostile_description_is_refused_too(world: World) -> None:
    (told,) = world.obey(View(1, PeerId("p"), RoomId("r"), HOSTILE["no fingerprint"][0], (None,)))
    assert isinstance(told, Failed)
    assert told.code == "fingerprint-missing"


def test_nothing_is_sent_to_candidates_that_a_client_names(world: World) -> None:
    victim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    victim.bind(("127.0.0.1", 0))
    victim.setblocking(False)
    port = victim.getsockname()[1]
    named = [f"a=candidate:{n} 1 udp {2130706431 - n} 127.0.0.1 {port} typ host" for n in range(700)]
    told = publish(world, description(section("audio", "0", *named)))
    assert isinstance(told, Answered)
    assert str(port) not in told.sdp
    world.run(10.0)
    with pytest.raises(BlockingIOError):
        victim.recv(2048)
    victim.close()


def test_three_thousand_candidates_cost_no_more_than_their_reading(world: World) -> None:
    named = ["a=candidate:1 1 udp 1 10.0.0.1 9"] * 1500
    begun = time.process_time()
    publish(world, description(section("audio", "0", *named)))
    assert time.process_time() - begun < 0.050
