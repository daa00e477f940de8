"""Any bytes into the relay's packet parsers: one error type, bounded time, nothing kept."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.plane.interface import Extensions
from media.plane.layout import Layout
from media.rtcp import packets as rtcp
from media.rtcp.packets import MalformedRtcp
from media.rtp import header
from media.rtp.codecs import start_test
from media.rtp.header import MalformedRtp

LIMIT_S = 0.1
MUTANTS = 3_000
DATAGRAM = 2_048  # bytes; the port lets nothing longer through

RTP_CORPUS = [
    header.build(b"payload", payload_type=96, sequence=1, timestamp=2, ssrc=3),
    header.build(b"p", payload_type=96, sequence=1, timestamp=2, ssrc=3, extensions={1: b"\x80", 3: b"ab", 4: b"mid"}),
    header.build(
        b"p", payload_type=96, sequence=1, timestamp=2, ssrc=3, extensions={20: b"", 3: bytes(200)}, padding=9
    ),
    b"\x9f\x60" + bytes(70) + b"\xbe\xde\x00\x02\x10\x00\x21\x00\x00\x00\xff\x00x",
    b"\x90\x60" + bytes(10) + b"\xbe\xde\xff\xff",
]
RTCP_CORPUS = [
    rtcp.build([rtcp.SenderReport(1, 2, 3, 4, 5, (rtcp.ReportBlock(1, 2, -3, 4, 5),)), rtcp.Goodbye((1, 2, 3))]),
    rtcp.build([rtcp.ReceiverReport(1), rtcp.SourceDescription(((1, b"name"), (2, b"")))]),
    rtcp.build([rtcp.Nack(1, 2, (1, 2, 30)), rtcp.PictureLoss(1, 2), rtcp.FullIntraRequest(1, ((2, 3),))]),
    rtcp.build([rtcp.BitrateEstimate(1, 1 << 63, (2, 3)), rtcp.TransportFeedback(1, 2, 3, 4, 5, (0, None, 700))]),
    b"\x8f\xcd\x00\x06" + bytes(8) + b"\x00\x00\xff\xff\x00\x00\x01\x01" + b"\x3f\xff" * 4,
    b"\x81\xca\x00\x02\x00\x00\x00\x01\x01\xffab",
    b"\x8f\xce\x00\x04" + bytes(8) + b"REMB\xff\xff\xff\xff",
]
CODECS = ["vp8", "vp9", "h264", "av1", "opus"]


def mutants(corpus: list[bytes], seed: int) -> Iterator[bytes]:
    """The corpus, then its members with bytes changed, cut, doubled and joined, always the same for one seed."""
    yield from corpus
    chance = random.Random(seed)
    for _ in range(MUTANTS):
        data = bytearray(chance.choice(corpus))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(data) + 1)
            match chance.randrange(4):
                case 0:
                    data[at : at + 1] = bytes((chance.choice((0, 1, 15, 127, 128, 255, chance.randrange(256))),))
                case 1:
                    del data[at : at + chance.randrange(1, 20)]
                case 2:
                    data[at:at] = data[: chance.randrange(1, 60)]
                case _:
                    data += chance.choice(corpus)
        yield bytes(data[:DATAGRAM])


def within_limit(parse: Callable[[bytes], object], data: bytes, malformed: type[ValueError]) -> None:
    start = time.thread_time()
    with suppress(malformed):
        parse(data)
    assert time.thread_time() - start < LIMIT_S, data.hex()


def read_layout(data: bytes) -> Layout:
    buffer = bytearray(data.ljust(header.FIXED_SIZE, b"\0"))
    return Layout(buffer, len(buffer), Extensions(mid=4, transport_cc=3, audio_level=1, abs_send_time=2))


@pytest.mark.parametrize("seed", range(3))
def test_mutated_rtp_is_read_or_refused(seed: int) -> None:
    for data in mutants(RTP_CORPUS, seed):
        within_limit(header.parse, data, MalformedRtp)
        within_limit(read_layout, data, MalformedRtp)


@pytest.mark.parametrize("seed", range(3))
def test_mutated_rtcp_is_read_or_refused(seed: int) -> None:
    for data in mutants(RTCP_CORPUS, seed):
        within_limit(rtcp.parse, data, MalformedRtcp)


@given(st.binary(max_size=300))
def test_any_bytes_are_rtp_or_refused(data: bytes) -> None:
    within_limit(header.parse, data, MalformedRtp)
    within_limit(read_layout, data, MalformedRtp)


@given(st.binary(max_size=300))
def test_any_bytes_are_rtcp_or_refused(data: bytes) -> None:
    within_limit(rtcp.parse, data, MalformedRtcp)


@pytest.mark.parametrize("codec", CODECS)
@given(payload=st.binary(max_size=100))
def test_any_payload_is_a_start_or_not(codec: str, payload: bytes) -> None:
    assert start_test(codec)(payload) in (True, False)


@pytest.mark.parametrize("payload", [b"\x18" + bytes(2_000), b"\x18" + b"\x00\x01\x41" * 680])
def test_the_longest_walk_through_an_aggregate_is_short(payload: bytes) -> None:
    start = time.thread_time()
    assert not start_test("h264")(payload)
    assert time.thread_time() - start < LIMIT_S


@pytest.mark.parametrize(
    "compound",
    [
        b"\x8f\xcd\x01\xfe" + bytes(8) + b"\x00\x00\xff\xff\x00\x00\x01\x01" + b"\x3f\xff" * 1_012,
        b"\x81\xcd\x01\xfe" + b"\xff" * 2_040,
        b"\x9f\xca\x01\xfe" + bytes(2_040),
        b"\x80\xc9\x00\x00" * 512,
        b"\x80\xcb\x00\x00" * 512,
        (b"\x8f\xcd\x00\x08" + bytes(8) + b"\x00\x00\xff\xf8\x00\x00\x01\x01" + b"\x1f\xff" * 8) * 56,
        (b"\x8f\xcd\x00\x05" + bytes(8) + b"\x00\x00\x10\x00\x00\x00\x01\x01" + b"\x1f\xff\x00\x00") * 32,
    ],
    ids=["feedback", "nack", "descriptions", "empty reports", "goodbyes", "silences", "accepted silences"],
)
def test_the_greatest_compounds_stay_within_the_limit(compound: bytes) -> None:
    within_limit(rtcp.parse, compound, MalformedRtcp)
