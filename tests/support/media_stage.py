"""A publisher of one picture and one sound, and the routes of a subscriber, for tests of the packet plane."""

from media.plane.interface import Codec, Extensions, Ingress, Route, RouteIndex, TrackIndex
from tests.support.media_party import MediaParty

VIDEO, AUDIO = TrackIndex(0), TrackIndex(1)
KEY, DELTA = b"\x10\x00key", b"\x10\x01delta"
PUBLISHED = Extensions(mid=4, transport_cc=3, audio_level=1, abs_send_time=2)
SUBSCRIBED = Extensions(mid=9, transport_cc=5, audio_level=6)
VIDEO_IN = Ingress(VIDEO, True, "v", frozenset(), frozenset(), (Codec("vp8", 96, 97, 90_000),))
AUDIO_IN = Ingress(AUDIO, False, "a", frozenset({50}), frozenset(), (Codec("opus", 111, None, 48_000),))


def video_route(subscriber: MediaParty, *, rtx: bool = True, number: int = 0, ssrc: int = 7_000) -> Route:
    rtx_ssrc, rtx_types = (ssrc + 1, {100: 101}) if rtx else (None, {})
    index, types = RouteIndex(number), {96: 100}
    return Route(index, subscriber.peer, ssrc, types, rtx_ssrc, rtx_types, "0", SUBSCRIBED, PUBLISHED)


def audio_route(subscriber: MediaParty) -> Route:
    return Route(RouteIndex(9), subscriber.peer, 8_000, {111: 63}, None, {}, "1", SUBSCRIBED, PUBLISHED)


def send_video(publisher: MediaParty, sequence: int, payload: bytes = DELTA, **fields: object) -> None:
    fields = {"timestamp": 90 * sequence, "ssrc": 40, "payload_type": 96, "extensions": {4: b"v"}} | fields
    publisher.send(payload, sequence=sequence & 0xFFFF, **fields)


def send_repair(publisher: MediaParty, sequence: int, original: int, payload: bytes = DELTA) -> None:
    send_video(publisher, sequence, original.to_bytes(2) + payload, payload_type=97, ssrc=41, timestamp=90 * original)


def send_audio(publisher: MediaParty, sequence: int, **fields: object) -> None:
    fields = {"timestamp": 960 * sequence, "ssrc": 50, "payload_type": 111} | fields
    publisher.send(b"sound", sequence=sequence, **fields)


def numbers(subscriber: MediaParty) -> list[int]:
    return [head.sequence for head, _ in subscriber.received()]
