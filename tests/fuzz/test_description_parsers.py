"""Any bytes into the readers of STUN and SDP: one error type, bounded time, and what is accepted can be answered."""

import random
import time
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from media import stun
from media.sdp import choice
from media.sdp.description import SdpError
from media.sdp.reading import read
from tests.support.checks import binding_request
from tests.support.descriptions import application, description, section
from tests.support.scale import scaled

LIMIT_S = 0.1
MUTANTS = scaled(3_000, 300_000)

STUN_CORPUS = [
    binding_request("relay", "relay-password-of-24-letters", nominates=True, transaction=bytes(12)),
    stun.success(stun.parse(binding_request("r", "p", transaction=bytes(12))), ("192.0.2.1", 1), b"p"),
    stun.build(stun.BINDING_REQUEST, bytes(12), [(stun.USERNAME, b"\xff\xfe:")], b"p"),
    stun.build(stun.BINDING_REQUEST, bytes(12), [(stun.USERNAME, b"a:b")] * 30, b"p"),
    b"\x00\x01\x00\x04\x21\x12\xa4\x42" + bytes(12) + b"\x00\x08\xff\xff",
]
SDP_CORPUS = [
    description(section("audio", "0"), section("video", "1", "a=ssrc:1 cname:x", "a=ssrc-group:FID 1 2")),
    description(section("video", "v", "a=bundle-only", port=0), application("d"), bundle="v"),
    description(section("video", "0", "a=rid:q send", "a=simulcast:send q;h", "a=extmap:5/recvonly urn:x y z")),
    description(section("audio", "0", formats=("a=rtpmap:111 opus", "a=fmtp:111", "a=rtcp-fb:* nack"))),
    "m=\r\na=\r\na=:\r\n=\r\nm=audio\r\n",
    "v=0\r\n" + "m=audio 0 X 0\r\n" * 64,
    "v=0\r\nm=video 9 X " + " ".join(map(str, range(127))) + "\r\n" + "a=rtpmap:96 VP8/90000\r\n" * 500,
]


def mutated_bytes(seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    yield from STUN_CORPUS
    for _ in range(MUTANTS):
        data = bytearray(chance.choice(STUN_CORPUS))
        for _ in range(chance.randrange(1, 5)):
            data[chance.randrange(len(data))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        yield bytes(data[: chance.choice((len(data), chance.randrange(len(data) + 1)))])


def mutated_lines(seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    yield from SDP_CORPUS
    for _ in range(MUTANTS):
        lines = chance.choice(SDP_CORPUS).splitlines()
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(lines))
            match chance.randrange(4):
                case 0:
                    del lines[at]
                    lines = lines or ["v=0"]
                case 1:
                    lines.insert(at, chance.choice(chance.choice(SDP_CORPUS).splitlines()))
                case 2:
                    lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
                case _:
                    place = chance.randrange(len(lines[at]) + 1)
                    sign = chance.choice((" ", ":", "/", "-1", "99999999999", "٣", "\0", ";" * 400))
                    lines[at] = lines[at][:place] + sign + lines[at][place:]
        yield "\r\n".join(lines)


def judge_stun(data: bytes) -> None:
    begun = time.process_time()
    try:
        message = stun.parse(data)
        message.is_signed_with(b"password")
        assert message.username
    except ValueError:
        pass
    assert time.process_time() - begun < LIMIT_S, data.hex()


def judge_sdp(text: str) -> None:
    begun = time.process_time()
    try:
        offer = read(text)
    except SdpError:
        offer = None
    for one in offer.sections if offer is not None else ():
        choice.publication(one)
        choice.view(one)
        choice.publication_extensions(one)
    assert time.process_time() - begun < LIMIT_S, text[:200]


def test_mutated_stun_is_a_message_or_a_value_error() -> None:
    for data in mutated_bytes(1):
        judge_stun(data)


def test_mutated_descriptions_are_read_or_refused() -> None:
    for text in mutated_lines(1):
        judge_sdp(text)


@given(st.binary(max_size=2048))
def test_any_bytes_into_stun(data: bytes) -> None:
    judge_stun(data)


@given(st.text(max_size=2000))
def test_any_text_into_sdp(text: str) -> None:
    judge_sdp(text)
