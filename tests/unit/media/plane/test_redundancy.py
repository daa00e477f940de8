"""Sound that comes twice (RED, RFC 2198): whoever has agreed to it gets it so, all others the sound of each packet."""

import pytest

from media.plane.interface import Codec, Extensions, Ingress, Plane, Route, RouteIndex
from tests.support.media_party import MediaParty
from tests.support.media_stage import AUDIO, AUDIO_IN, PUBLISHED, SUBSCRIBED, send_audio

BEFORE = bytes((0x80 | 111, 0x3C, 0x3C << 2 & 0xFC, 5))  # five bytes of a sound that was sent 960 ticks earlier


def red_in() -> Ingress:
    codecs = (*AUDIO_IN.codecs, Codec("red", 63, None, 48_000))
    return Ingress(AUDIO, False, "a", AUDIO_IN.ssrcs, frozenset(), codecs)


def route(subscriber: MediaParty, types: dict[int, int], extensions: Extensions = SUBSCRIBED) -> Route:
    return Route(RouteIndex(subscriber.peer), subscriber.peer, 8_000, types, None, {}, "", extensions, PUBLISHED)


def send_red(publisher: MediaParty, sequence: int, payload: bytes) -> None:
    fields = {"timestamp": 960 * sequence, "ssrc": 50, "payload_type": 63, "extensions": {1: b"\x85"}}
    publisher.send(payload, sequence=sequence, **fields)


def test_each_gets_it_as_agreed(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    with MediaParty(plane, 2) as other:
        plane.set_ingress(publisher.peer, (red_in(),), PUBLISHED)
        plane.set_route(AUDIO, route(subscriber, {111: 96}))
        plane.set_route(AUDIO, route(other, {111: 111, 63: 63}))
        twice = BEFORE + b"\x6f" + b"soundmore sound"
        send_red(publisher, 1, b"\x6f" + b"sound")
        send_red(publisher, 2, twice)
        send_audio(publisher, 3)
        plane.poll(0.0)
        plain = list(subscriber.received())
        assert [payload for _, payload in plain] == [b"sound", b"more sound", b"sound"]
        assert {head.payload_type for head, _ in plain} == {96}
        assert [head.sequence - plain[0][0].sequence for head, _ in plain] == [0, 1, 2]
        assert [head.extensions.get(6) for head, _ in plain] == [b"\x85", b"\x85", None], "who speaks is still told"
        assert [payload for _, payload in other.received()] == [b"\x6fsound", twice, b"sound"]


@pytest.mark.parametrize(
    "payload", [b"\x6f", b"\xef\0\0", BEFORE + b"\x6fsound", b"\x0cof another codec", b"\x3f\x6fred in red"]
)
def test_what_has_no_sound_for_him_does_not_go_out(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty, payload: bytes
) -> None:
    plane.set_ingress(publisher.peer, (red_in(),), PUBLISHED)
    plane.set_route(AUDIO, route(subscriber, {111: 111}))
    send_audio(publisher, 0)
    send_red(publisher, 1, payload)
    plane.poll(0.0)
    assert [payload for _, payload in subscriber.received()] == [b"sound"]
    assert plane.counters()["dropped_no_payload_type"] == 1
