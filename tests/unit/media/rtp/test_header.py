from typing import Any

import pytest

from media.rtp import header
from media.rtp.header import MalformedRtp


def packet(**changes: Any) -> bytes:
    fields: dict[str, Any] = {"payload_type": 96, "sequence": 7, "timestamp": 90_000, "ssrc": 0xCAFE}
    return header.build(b"payload", **(fields | changes))


def test_what_is_built_is_read_back() -> None:
    read = header.parse(packet(marker=True, extensions={1: b"\x05", 4: b"mid0"}))
    assert (read.marker, read.payload_type, read.sequence, read.timestamp, read.ssrc) == (True, 96, 7, 90_000, 0xCAFE)
    assert read.extensions == {1: b"\x05", 4: b"mid0"}


def test_the_payload_lies_between_extensions_and_padding() -> None:
    data = packet(extensions={3: b"abc"}, padding=5)
    read = header.parse(data)
    assert data[read.payload_start : read.payload_end] == b"payload"


def test_padding_may_be_all_there_is() -> None:
    data = header.build(b"", payload_type=96, sequence=1, timestamp=0, ssrc=1, padding=200)
    read = header.parse(data)
    assert read.payload_start == read.payload_end


@pytest.mark.parametrize("extensions", [{20: b"x"}, {2: b""}, {2: bytes(17)}])
def test_elements_that_do_not_fit_one_byte_headers_take_two(extensions: dict[int, bytes]) -> None:
    data = packet(extensions=extensions)
    assert data[12:14] == b"\x10\x00"
    assert header.parse(data).extensions == extensions


def test_contributing_sources_are_skipped() -> None:
    data = bytearray(packet())
    data[0] |= 2
    data[12:12] = b"firstnext"[:8]
    assert header.parse(data).payload_start == 20


def test_an_unknown_extension_profile_is_skipped() -> None:
    data = bytearray(packet(extensions={1: b"x"}))
    data[12:14] = b"\x12\x34"
    read = header.parse(data)
    assert read.extensions == {}
    assert data[read.payload_start : read.payload_end] == b"payload"


def test_reading_stops_at_the_reserved_element() -> None:
    data = bytearray(packet(extensions={1: b"x", 2: b"y"}))
    data[18] = 0xF0
    assert header.parse(data).extensions == {1: b"x"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        packet()[:11],
        b"\x00" + packet()[1:],
        b"\x8f" + packet()[1:],
        b"\x90" + packet()[1:12],
        b"\x90" + packet()[1:12] + b"\xbe\xde\x00\x09" + bytes(8),
        b"\x90" + packet()[1:12] + b"\xbe\xde\x00\x01\x00\x00\x00\x13",
        b"\x90" + packet()[1:12] + b"\x10\x00\x00\x01\x00\x00\x00\x13",
        b"\x90" + packet()[1:12] + b"\x10\x00\x00\x01\x13\x09\x00\x00",
        b"\xa0" + packet()[1:12],
        b"\xa0" + packet()[1:] + b"\x00",
        b"\xa0" + packet()[1:] + b"\xff",
    ],
)
def test_what_is_no_packet_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedRtp):
        header.parse(data)


def test_fields_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="format requires"):
        packet(sequence=65_536)
