"""Transport-wide congestion feedback on the wire (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).

One feedback tells for a run of consecutive transport sequence numbers which arrived and how far apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import sub
from struct import error, pack, unpack_from

TICK_S = 0.000_25  # unit of the differences between arrivals
REFERENCE_TICKS = 256  # the reference time counts 64 ms
MAX_STATUSES = 4_096  # of one feedback; a run takes two bytes, so a datagram could make us write out millions
_MISSING, _SMALL, _LARGE = 0, 1, 2
_ALL_SMALL = 0x2000  # one run of packets that came each within 64 ms of the one before


class MalformedRtcp(ValueError):
    """The bytes are no RTCP packet."""


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """Arrivals of packets `base`, `base` + 1, …: ticks of 250 µs since `reference` × 64 ms, or None for a packet that
    has not arrived. Ticks may run backwards where packets were reordered."""

    sender: int
    media: int
    base: int  # transport sequence number, 16 bits
    reference: int  # 24 bits signed
    number: int  # of this feedback, 8 bits
    arrivals: tuple[int | None, ...]


def body(feedback: TransportFeedback) -> bytes:
    """The packet after its RTCP header, not yet filled up to four bytes. Raises `ValueError` for a step over 8 s."""
    try:
        fixed = pack("!IIHH", feedback.sender, feedback.media, feedback.base & 0xFFFF, len(feedback.arrivals))
        times = pack("!I", (feedback.reference & 0xFFFFFF) << 8 | feedback.number & 0xFF)
        return fixed + times + _statuses(feedback.arrivals)
    except error as reason:
        raise ValueError(str(reason)) from None


def _statuses(arrivals: tuple[int | None, ...]) -> bytes:
    """What became of each packet, and the steps between those that came."""
    ticks = [tick for tick in arrivals if tick is not None]
    steps = list(map(sub, ticks, [0, *ticks]))
    small = not steps or 0 <= min(steps) <= max(steps) <= 0xFF
    if small and 0 < len(steps) == len(arrivals) < 0x2000:  # most of them, written without a step a packet
        return pack("!H", _ALL_SMALL | len(steps)) + bytes(steps)
    kinds = iter(_SMALL if 0 <= step <= 0xFF else _LARGE for step in steps)
    symbols = [_MISSING if tick is None else next(kinds) for tick in arrivals]
    deltas = (pack("!B" if 0 <= step <= 0xFF else "!h", step) for step in steps)
    return _chunks(symbols) + b"".join(deltas)


def _chunks(symbols: list[int]) -> bytes:
    """Status vectors of seven two-bit symbols, and run lengths where one symbol fills more than a vector."""
    out = bytearray()
    at = 0
    while at < len(symbols):
        run = _run_length(symbols, at)
        if run > 7:
            out += pack("!H", symbols[at] << 13 | run)
            at += run
            continue
        word = 0xC000
        for place, symbol in enumerate(symbols[at : at + 7]):
            word |= symbol << (12 - 2 * place)
        out += pack("!H", word)
        at += 7
    return bytes(out)


def _run_length(symbols: list[int], at: int) -> int:
    end = at
    limit = min(len(symbols), at + 0x1FFF)
    while end < limit and symbols[end] == symbols[at]:
        end += 1
    return end - at


def parse(packet: bytes) -> TransportFeedback:
    """Reads what follows the RTCP header, padding taken off. Raises `MalformedRtcp` and `struct.error`."""
    sender, media, base, count, times, chunk = unpack_from("!IIHHIH", packet)
    if count > MAX_STATUSES:
        raise MalformedRtcp("tells of more packets than anybody remembers")
    arrivals: tuple[int | None, ...]
    if chunk == _ALL_SMALL | count and len(packet) >= 18 + count:  # most of them: read without a step a packet
        arrivals = tuple(accumulate(packet[18 : 18 + count]))
    else:
        arrivals = tuple(_arrivals(packet, *_symbols(packet, 16, count)))
    reference = times >> 8
    return TransportFeedback(
        sender=sender,
        media=media,
        base=base,
        reference=reference - (1 << 24) if reference >> 23 else reference,
        number=times & 0xFF,
        arrivals=arrivals,
    )


def _symbols(packet: bytes, at: int, count: int) -> tuple[int, list[int]]:
    """Where the differences between arrivals begin, and the status of each packet."""
    symbols: list[int] = []
    while len(symbols) < count:
        (word,) = unpack_from("!H", packet, at)
        at += 2
        if word < 0x8000:
            length = word & 0x1FFF
            if length == 0:
                raise MalformedRtcp("a run of no packets")
            symbols += [word >> 13] * min(length, count - len(symbols))
        elif word < 0xC000:
            symbols += [word >> place & 1 for place in range(13, -1, -1)]
        else:
            symbols += [word >> place & 3 for place in range(12, -1, -2)]
    return at, symbols[:count]


def _arrivals(packet: bytes, at: int, symbols: list[int]) -> Iterator[int | None]:
    ticks = 0
    for symbol in symbols:
        if symbol == _MISSING:
            yield None
            continue
        if symbol == _SMALL:
            ticks += unpack_from("!B", packet, at)[0]
            at += 1
        elif symbol == _LARGE:
            ticks += unpack_from("!h", packet, at)[0]
            at += 2
        else:
            raise MalformedRtcp("a reserved packet status")
        yield ticks
