"""RTCP packets: what the relay reads from browsers and what it writes to them.

`parse` reads a whole compound packet and never looks beyond its lengths; whatever it cannot understand but can
delimit comes back as `Other`. `build` writes one. Sources: RFC 3550 §6.4–6.6 (reports, descriptions, goodbye),
RFC 4585 §6 (generic NACK, picture loss), RFC 5104 §4.3.1 (full intra request), draft-alvestrand-rmcat-remb-03
(bitrate estimate), draft-holmer-rmcat-transport-wide-cc-extensions-01 §3 (transport-wide feedback).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from struct import error, pack, unpack_from

from media.rtcp import transport
from media.rtcp.transport import MalformedRtcp, TransportFeedback

__all__ = [
    "BitrateEstimate",
    "FullIntraRequest",
    "Goodbye",
    "MalformedRtcp",
    "Nack",
    "Other",
    "Packet",
    "PictureLoss",
    "ReceiverReport",
    "ReportBlock",
    "SenderReport",
    "SourceDescription",
    "TransportFeedback",
    "build",
    "parse",
]

MAX_COMPOUND = 2_048  # bytes; no datagram we read is longer
MAX_BLOCKS = 31  # in one report, as other entries in other packets: they are counted in five bits (RFC 3550 §6.4.1)
MAX_PACKETS = 32  # in a compound; the longest that clients and we ourselves make have half as many
_LOST_MIN, _LOST_MAX = -(1 << 23), (1 << 23) - 1
_CNAME = 1


class _Type(IntEnum):
    """Packet types."""

    SENDER = 200
    RECEIVER = 201
    DESCRIPTION = 202
    GOODBYE = 203
    TRANSPORT = 205
    PAYLOAD = 206


class _Format(IntEnum):
    """Message formats of the two feedback types."""

    NACK = 1
    TRANSPORT_WIDE = 15
    PICTURE_LOSS = 1
    FULL_INTRA = 4
    APPLICATION = 15


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """How one source is received (RFC 3550 §6.4.1)."""

    ssrc: int
    fraction_lost: int  # of 256, since the last report
    lost: int  # cumulative, 24 bits signed
    highest_sequence: int  # extended, low 32 bits
    jitter: int  # RTP ticks
    last_report: int = 0  # middle 32 bits of the NTP time of the last sender report
    delay: int = 0  # since then, in 1/65536 s


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int  # 32.32 fixed point, seconds since 1900
    timestamp: int  # RTP ticks at that time
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """Canonical names of sources; other items are not kept."""

    names: tuple[tuple[int, bytes], ...]  # SSRC, CNAME


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    sender: int
    media: int
    sequences: tuple[int, ...]  # 16 bits each


@dataclass(frozen=True, slots=True)
class PictureLoss:
    sender: int
    media: int


@dataclass(frozen=True, slots=True)
class FullIntraRequest:
    sender: int
    requests: tuple[tuple[int, int], ...]  # media SSRC, command number (8 bits)


@dataclass(frozen=True, slots=True)
class BitrateEstimate:
    sender: int
    bitrate_bps: int
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """A well delimited packet of a kind the relay has no use for."""

    payload_type: int
    count: int
    body: bytes


Packet = (
    SenderReport
    | ReceiverReport
    | SourceDescription
    | Goodbye
    | Nack
    | PictureLoss
    | FullIntraRequest
    | BitrateEstimate
    | TransportFeedback
    | Other
)


def parse(compound: bytes) -> list[Packet]:
    """The packets of a compound, in order. Raises `MalformedRtcp`; reduced-size compounds are accepted (RFC 5506)."""
    if not 4 <= len(compound) <= MAX_COMPOUND:
        raise MalformedRtcp("not the length of an RTCP compound")
    packets: list[Packet] = []
    at = 0
    while at < len(compound):
        if len(compound) - at < 4 or compound[at] >> 6 != 2:
            raise MalformedRtcp("no RTCP version 2 header")
        first, payload_type, words = unpack_from("!BBH", compound, at)
        end = at + 4 + 4 * words
        if end > len(compound):
            raise MalformedRtcp("packet is cut off")
        body = compound[at + 4 : end]
        if len(packets) >= MAX_PACKETS:
            raise MalformedRtcp("too many packets")
        packets.append(_parse_one(payload_type, first & 0x1F, _without_padding(body) if first & 0x20 else body))
        at = end
    return packets


def _without_padding(body: bytes) -> bytes:
    padding = body[-1] if body else 0
    if not 0 < padding <= len(body):
        raise MalformedRtcp("padding is longer than the packet, or zero")
    return body[:-padding]


def _parse_one(payload_type: int, count: int, body: bytes) -> Packet:
    try:
        match payload_type, count:
            case _Type.TRANSPORT, _Format.TRANSPORT_WIDE:  # first, for it comes twenty times as often as all others
                return transport.parse(body)
            case _Type.SENDER, _:
                ssrc, ntp, timestamp, packets, octets = unpack_from("!IQIII", body)
                return SenderReport(ssrc, ntp, timestamp, packets, octets, _blocks(body, 24, count))
            case _Type.RECEIVER, _:
                return ReceiverReport(unpack_from("!I", body)[0], _blocks(body, 4, count))
            case _Type.DESCRIPTION, _:
                return SourceDescription(tuple(_names(body, count)))
            case _Type.GOODBYE, _:
                return Goodbye(unpack_from(f"!{count}I", body))
            case _Type.TRANSPORT, _Format.NACK:
                sender, media = unpack_from("!II", body)
                return Nack(sender, media, tuple(_nacked(body[8:])))
            case _Type.PAYLOAD, _Format.PICTURE_LOSS:
                return PictureLoss(*unpack_from("!II", body))
            case _Type.PAYLOAD, _Format.FULL_INTRA:
                return FullIntraRequest(unpack_from("!I", body)[0], tuple(_intra_requests(body[8:])))
            case _Type.PAYLOAD, _Format.APPLICATION if body[8:12] == b"REMB":
                return _estimate(body)
    except error:
        raise MalformedRtcp("body is too short for its kind") from None
    return Other(payload_type, count, body)


def _blocks(body: bytes, at: int, count: int) -> tuple[ReportBlock, ...]:
    return tuple(_block(body, at + 24 * index) for index in range(count))


def _block(body: bytes, at: int) -> ReportBlock:
    ssrc, lost, highest, jitter, last_report, delay = unpack_from("!IIIIII", body, at)
    cumulative = lost & 0xFFFFFF
    signed = cumulative - (1 << 24) if cumulative > _LOST_MAX else cumulative
    return ReportBlock(ssrc, lost >> 24, signed, highest, jitter, last_report, delay)


def _names(body: bytes, count: int) -> Iterable[tuple[int, bytes]]:
    at = 0
    for _ in range(count):
        (ssrc,) = unpack_from("!I", body, at)
        at += 4
        name = b""
        while True:
            (kind,) = unpack_from("!B", body, at)
            if kind == 0:
                break
            (length,) = unpack_from("!B", body, at + 1)
            if at + 2 + length > len(body):
                raise MalformedRtcp("description item is cut off")
            if kind == _CNAME:
                name = body[at + 2 : at + 2 + length]
            at += 2 + length
        at += 4 - at % 4
        yield ssrc, name


def _nacked(entries: bytes) -> Iterable[int]:
    for at in range(0, len(entries) - 3, 4):
        first, following = unpack_from("!HH", entries, at)
        yield first
        for bit in range(16):
            if following >> bit & 1:
                yield (first + bit + 1) & 0xFFFF


def _intra_requests(entries: bytes) -> Iterable[tuple[int, int]]:
    for at in range(0, len(entries) - 7, 8):
        yield unpack_from("!IB", entries, at)


def _estimate(body: bytes) -> BitrateEstimate:
    sender, _, _, count, high, low = unpack_from("!IIIBBH", body)
    mantissa = (high & 0x03) << 16 | low
    return BitrateEstimate(sender, mantissa << (high >> 2), unpack_from(f"!{count}I", body, 16))


def build(packets: Iterable[Packet]) -> bytes:
    """One compound of `packets`. Raises `ValueError` where a field does not fit."""
    try:
        return b"".join(_build_one(packet) for packet in packets)
    except error as reason:
        raise ValueError(str(reason)) from None


def _build_one(packet: Packet) -> bytes:
    match packet:
        case SenderReport():
            fixed = pack("!IQIII", packet.ssrc, packet.ntp, packet.timestamp, packet.packets, packet.octets)
            return _framed(_Type.SENDER, len(packet.blocks), fixed + _block_bytes(packet.blocks))
        case ReceiverReport():
            return _framed(_Type.RECEIVER, len(packet.blocks), pack("!I", packet.ssrc) + _block_bytes(packet.blocks))
        case SourceDescription():
            return _framed(_Type.DESCRIPTION, len(packet.names), b"".join(_chunk(*name) for name in packet.names))
        case Goodbye():
            return _framed(_Type.GOODBYE, len(packet.ssrcs), pack(f"!{len(packet.ssrcs)}I", *packet.ssrcs))
        case Nack():
            body = pack("!II", packet.sender, packet.media) + _nack_entries(packet.sequences)
            return _framed(_Type.TRANSPORT, _Format.NACK, body)
        case TransportFeedback():
            return _padded(_Type.TRANSPORT, _Format.TRANSPORT_WIDE, transport.body(packet))
        case PictureLoss():
            return _framed(_Type.PAYLOAD, _Format.PICTURE_LOSS, pack("!II", packet.sender, packet.media))
        case FullIntraRequest():
            entries = b"".join(pack("!IBxxx", ssrc, number & 0xFF) for ssrc, number in packet.requests)
            return _framed(_Type.PAYLOAD, _Format.FULL_INTRA, pack("!II", packet.sender, 0) + entries)
        case BitrateEstimate():
            return _framed(_Type.PAYLOAD, _Format.APPLICATION, _estimate_body(packet))
        case Other():
            return _framed(packet.payload_type, packet.count, packet.body)


def _framed(payload_type: int, count: int, body: bytes) -> bytes:
    if len(body) % 4 or not 0 <= count <= MAX_BLOCKS:
        raise ValueError("body is no multiple of four bytes, or is said to have too many entries")
    return pack("!BBH", 0x80 | count, payload_type, len(body) // 4) + body


def _padded(payload_type: int, count: int, body: bytes) -> bytes:
    padding = -len(body) % 4
    if not padding:
        return _framed(payload_type, count, body)
    body += bytes(padding - 1) + bytes([padding])
    return pack("!BBH", 0xA0 | count, payload_type, len(body) // 4) + body


def _block_bytes(blocks: tuple[ReportBlock, ...]) -> bytes:
    return b"".join(
        pack(
            "!IIIIII",
            block.ssrc,
            (block.fraction_lost & 0xFF) << 24 | max(_LOST_MIN, min(block.lost, _LOST_MAX)) & 0xFFFFFF,
            block.highest_sequence & 0xFFFFFFFF,
            block.jitter & 0xFFFFFFFF,
            block.last_report,
            block.delay & 0xFFFFFFFF,
        )
        for block in blocks
    )


def _chunk(ssrc: int, name: bytes) -> bytes:
    chunk = pack("!IBB", ssrc, _CNAME, len(name)) + name
    return chunk + bytes(4 - len(chunk) % 4)


def _nack_entries(sequences: Iterable[int]) -> bytes:
    """Packs numbers that lie within 17 of each other into one entry; the order given is kept."""
    entries: list[list[int]] = []
    for sequence in sequences:
        distance = (sequence - entries[-1][0] - 1) & 0xFFFF if entries else 16
        if distance < 16:
            entries[-1][1] |= 1 << distance
        else:
            entries.append([sequence & 0xFFFF, 0])
    return b"".join(pack("!HH", first, following) for first, following in entries)


def _estimate_body(packet: BitrateEstimate) -> bytes:
    exponent = max(0, packet.bitrate_bps.bit_length() - 18)
    mantissa = packet.bitrate_bps >> exponent
    head = pack("!II4sB", packet.sender, 0, b"REMB", len(packet.ssrcs))
    value = pack("!BH", exponent << 2 | mantissa >> 16, mantissa & 0xFFFF)
    return head + value + pack(f"!{len(packet.ssrcs)}I", *packet.ssrcs)
