"""RTP headers: reading, building, and the elements of header extensions.

Sources: RFC 3550 §5.1 (fixed header, padding), RFC 8285 (one-byte and two-byte extension elements).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct, error, pack, unpack_from

Data = bytes | bytearray | memoryview

FIXED = Struct("!BBHII")  # flags, marker and payload type, sequence number, timestamp, SSRC
FIXED_SIZE = FIXED.size
VERSION = 0x80
HAS_PADDING = 0x20
HAS_EXTENSION = 0x10
MARKER = 0x80
RTCP_TYPES = range(192, 224)  # second bytes that tell a report among packets (RFC 5761 §4)
ONE_BYTE = 0xBEDE  # profile of one-byte elements
TWO_BYTE = 0x1000  # profile of two-byte elements; the low four bits are the application's
_STOP = 15  # one-byte id at which a reader stops (RFC 8285 §4.2)


class MalformedRtp(ValueError):
    """The bytes are no RTP packet."""


@dataclass(frozen=True, slots=True)
class Header:
    """One packet's header; `payload_start` and `payload_end` are byte offsets that leave extensions and padding out."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload_start: int
    payload_end: int
    extensions: dict[int, bytes] = field(default_factory=dict)  # element id → value


def parse(data: Data) -> Header:
    """Reads the header of an unprotected packet. Raises `MalformedRtp`."""
    if len(data) < FIXED_SIZE or data[0] >> 6 != 2:
        raise MalformedRtp("no RTP version 2 header")
    flags, second, sequence, timestamp, ssrc = FIXED.unpack_from(data)
    elements, start = extension_block(data, len(data))
    return Header(
        marker=second >= MARKER,
        payload_type=second & 0x7F,
        sequence=sequence,
        timestamp=timestamp,
        ssrc=ssrc,
        payload_start=start,
        payload_end=payload_end(data, start, len(data)) if flags & HAS_PADDING else len(data),
        extensions={number: bytes(data[begin:end]) for number, begin, end in elements},
    )


def extension_block(data: Data, size: int) -> tuple[list[tuple[int, int, int]], int]:
    """Extension elements as (id, begin, end) and the offset of the payload in the first `size` bytes of `data`.

    The caller has seen that the fixed header is there. Raises `MalformedRtp`.
    """
    start = FIXED_SIZE + 4 * (data[0] & 0x0F)
    if not data[0] & HAS_EXTENSION:
        if start > size:
            raise MalformedRtp("contributing sources are cut off")
        return [], start
    if start + 4 > size:
        raise MalformedRtp("extension header is cut off")
    profile, words = unpack_from("!HH", data, start)
    begin = start + 4
    end = begin + 4 * words
    if end > size:
        raise MalformedRtp("extensions are cut off")
    if profile == ONE_BYTE:
        return list(_one_byte_elements(data, begin, end)), end
    if profile & 0xFFF0 == TWO_BYTE:
        return list(_two_byte_elements(data, begin, end)), end
    return [], end


def _one_byte_elements(data: Data, at: int, limit: int) -> Iterator[tuple[int, int, int]]:
    while at < limit:
        first = data[at]
        at += 1
        if first == 0:
            continue
        number, end = first >> 4, at + (first & 0x0F) + 1
        if number == _STOP:
            return
        if end > limit:
            raise MalformedRtp("extension element is cut off")
        yield number, at, end
        at = end


def _two_byte_elements(data: Data, at: int, limit: int) -> Iterator[tuple[int, int, int]]:
    while at < limit:
        number = data[at]
        at += 1
        if number == 0:
            continue
        if at == limit:
            raise MalformedRtp("extension element has no length")
        end = at + 1 + data[at]
        if end > limit:
            raise MalformedRtp("extension element is cut off")
        yield number, at + 1, end
        at = end


def payload_end(data: Data, start: int, size: int) -> int:
    """Where the payload ends in a packet whose padding bit is set. Raises `MalformedRtp`."""
    padding = data[size - 1] if size > start else 0
    if not 0 < padding <= size - start:
        raise MalformedRtp("padding is longer than the payload, or zero")
    return size - padding


def build(
    payload: bytes,
    *,
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    marker: bool = False,
    extensions: dict[int, bytes] | None = None,
    padding: int = 0,
) -> bytes:
    """Writes a whole packet; extension values are 1–16 bytes under ids 1–14, else the two-byte form is taken.

    `padding` counts the bytes appended, its own count included. Raises `ValueError` where a field does not fit.
    """
    block = extension_bytes(extensions) if extensions else b""
    flags = VERSION | (HAS_EXTENSION if block else 0) | (HAS_PADDING if padding else 0)
    second = payload_type | (MARKER if marker else 0)
    try:
        header = FIXED.pack(flags, second, sequence, timestamp, ssrc)
    except error as reason:
        raise ValueError(str(reason)) from None
    return header + block + payload + (bytes(padding - 1) + bytes([padding]) if padding else b"")


def extension_bytes(extensions: dict[int, bytes]) -> bytes:
    """The extension header and its elements, filled up to a multiple of four bytes."""
    small = all(0 < number < _STOP and 0 < len(value) <= 16 for number, value in extensions.items())
    if small:
        elements = b"".join(bytes([number << 4 | len(value) - 1]) + value for number, value in extensions.items())
    else:
        elements = b"".join(bytes([number, len(value)]) + value for number, value in extensions.items())
    elements += bytes(-len(elements) % 4)
    return pack("!HH", ONE_BYTE if small else TWO_BYTE, len(elements) // 4) + elements
