"""One route's rewriting: everything in a packet that differs between subscribers.

Header extensions are written anew (RFC 8285): the transport-wide sequence number first, so that it lies at one place
in every packet of a route, then audio level, absolute send time and MID as far as the subscriber negotiated them.
What a packet lacks is filled with zeros, which readers skip: all packets of a route have headers of one size.
"""

from struct import Struct, pack

from media.plane.batch import Run
from media.plane.endpoint import Endpoint
from media.plane.frames import Frame
from media.plane.interface import Extensions, Route
from media.plane.packet import HAS_LEVEL, HAS_SEND_TIME, LEVEL, PADDED, PLAIN, SEND_TIME, Packet
from media.rtp.codecs import vp8
from media.rtp.header import HAS_EXTENSION, ONE_BYTE, extension_bytes

MAX_TAILS = 1_024  # ends of extension blocks kept ready; absolute send times never come twice
_BARE = Struct("!HHII")  # head, sequence number, timestamp, SSRC
_LARGEST_ID = 14  # of one-byte elements; a larger one counts as not negotiated
_LARGEST_VALUE = 16  # bytes


class Budget:
    """How much may be sent again on one route: a subscriber who asks for more needs a lower bitrate, or means harm."""

    per_s = 1_000  # packets
    burst = 512

    def __init__(self) -> None:
        self._left = float(self.burst)
        self._time = 0.0

    def take(self, wanted: int, now: float) -> int:
        """How many of `wanted` packets may go now."""
        self._left = min(self.burst, self._left + (now - self._time) * self.per_s)
        self._time = now
        granted = min(wanted, int(self._left))
        self._left -= granted
        return granted


class Rewriter:
    """Writes packets of one track for one subscriber. Made anew when the route changes; the numbering stays."""

    def __init__(self, route: Route, endpoint: Endpoint) -> None:
        self.route = route
        self.endpoint = endpoint
        self.numbering = endpoint.numbering(route.ssrc)
        self.repairs = endpoint.numbering(route.rtx_ssrc) if route.rtx_ssrc is not None else None
        self.budget = Budget()
        self._block = _ExtensionBlock(route.extensions, route.mid)
        self._dependency = _usable(route.extensions.dependency)
        self._fixed = route.ssrc.to_bytes(4) + self._block.head  # what lies between timestamp and transport sequence
        extension = HAS_EXTENSION << 8 if self._block.size else 0
        self._head_changes = {  # what to add to the first two bytes: another payload type, and the bit for extensions
            theirs: ours - theirs + extension for theirs, ours in route.payload_types.items()
        }
        self._header = Struct(f"!HHI{len(self._fixed)}sH{self._block.tail_size}s") if self._block.size else _BARE

    def write(self, run: Run, data: bytearray, trailer: int) -> int:
        """Writes the packets of `run` with room of `trailer` bytes after each; returns the size of their headers.

        Raises `KeyError` where the subscriber has no payload type for them.
        """
        if not self._block.size:
            return self._write_bare(run, data, trailer)
        block, endpoint, numbering = self._block, self.endpoint, self.numbering
        write, header, fixed = self._header.pack_into, self._header.size, self._fixed
        offset, ticks, change = numbering.offset, numbering.ticks, self._head_changes[run.payload_type]
        tails, mask, step, sequence = block.tails, block.mask, block.step, endpoint.transport_sequence
        at, stride = 0, header + run.size + trailer
        for number, timestamp, head, copied, payload, _ in run.packets:
            tail = tails.get(copied & mask) or block.tail(copied & mask)
            number, timestamp = number + offset & 0xFFFF, timestamp + ticks & 0xFFFFFFFF
            write(data, at, head + change, number, timestamp, fixed, sequence, tail)
            data[at + header : at + header + len(payload)] = payload
            sequence = sequence + step & 0xFFFF
            at += stride
        endpoint.transport_sequence = sequence
        if numbering.pictures is not None:
            self._renumber(run, data, header, stride)
        return header

    def _write_bare(self, run: Run, data: bytearray, trailer: int) -> int:
        """The same for a subscriber that negotiated no extension at all."""
        numbering, write, header, ssrc = self.numbering, _BARE.pack_into, _BARE.size, self.route.ssrc
        offset, ticks, change = numbering.offset, numbering.ticks, self._head_changes[run.payload_type]
        at, stride = 0, header + run.size + trailer
        for number, timestamp, head, _, payload, _ in run.packets:
            write(data, at, head + change, number + offset & 0xFFFF, timestamp + ticks & 0xFFFFFFFF, ssrc)
            data[at + header : at + header + len(payload)] = payload
            at += stride
        if numbering.pictures is not None:
            self._renumber(run, data, header, stride)
        return header

    def described_size(self, packet: Packet) -> int:
        """Of the descriptor that goes out with the packet; those of a run are equal."""
        return len(packet.frame.said) if self._dependency and packet.frame is not None else 0

    def write_described(self, run: Run, data: bytearray, trailer: int) -> int:
        """The same for packets with a dependency descriptor, where the subscriber negotiated it."""
        if not self.described_size(run.packets[0]):
            return self.write(run, data, trailer)
        offset, ticks, at, header = self.numbering.offset, self.numbering.ticks, 0, 0
        change = self._head_changes[run.payload_type]
        for number, timestamp, head, _, payload, frame in run.packets:
            block = self._described_block(frame)
            head, number = head + change | HAS_EXTENSION << 8, number + offset & 0xFFFF
            header = _BARE.size + len(block)
            _BARE.pack_into(data, at, head, number, timestamp + ticks & 0xFFFFFFFF, self.route.ssrc)
            data[at + _BARE.size : at + header + len(payload)] = block + payload
            at += header + run.size + trailer
        if self.numbering.pictures is not None:
            self._renumber(run, data, header, header + run.size + trailer)
        return header

    def _described_block(self, frame: Frame | None) -> bytes:
        """Header extensions of one packet, its descriptor the last of them."""
        endpoint, block = self.endpoint, self._block
        elements = {block.counted: endpoint.transport_sequence.to_bytes(2)} if block.counted else {}
        endpoint.transport_sequence = endpoint.transport_sequence + block.step & 0xFFFF
        if block.mid:
            elements[block.mid[0] >> 4] = block.mid[1:]
        if frame is not None:
            elements[self._dependency] = frame.said
        return extension_bytes(elements)

    def _renumber(self, run: Run, data: bytearray, header: int, stride: int) -> None:
        """Makes the picture numbers of a run that was written go on from those of another source."""
        for place, packet in enumerate(run.packets):
            self._renumber_one(data, place * stride + header, len(packet.payload))

    def _renumber_one(self, data: bytearray, start: int, size: int) -> None:
        change = self.numbering.pictures
        if change is not None:
            vp8.renumber(data, start, start + size, change.number, change.base or 0)

    def write_padding(self, size: int, data: bytearray) -> int:
        """Writes a packet of nothing but `size` bytes of padding as RTX; returns its size, 0 without RTX."""
        repair_type = next(iter(self.route.rtx_payload_types.values()), 0)
        start = self._write_repair_header(PLAIN | PADDED | repair_type, self.numbering.last_timestamp, data)
        if start:
            data[start : start + size] = bytes(size - 1) + bytes((size,))
        return start and start + size

    def write_repair(self, packet: Packet, data: bytearray) -> int:
        """Writes `packet` once more, as RTX (RFC 4588 §4); returns its size, 0 where RTX was not negotiated for it."""
        media_type = self.route.payload_types.get(packet.head & 0x7F, -1)
        repair_type = self.route.rtx_payload_types.get(media_type)
        if self.repairs is None or repair_type is None:
            return 0
        timestamp = packet.timestamp + self.numbering.ticks & 0xFFFFFFFF
        frame = packet.frame if self._dependency else None
        header = self._write_repair_header(packet.head & ~0x7F | repair_type, timestamp, data, frame)
        original = packet.number + self.numbering.offset & 0xFFFF
        payload = original.to_bytes(2) + packet.payload
        data[header : header + len(payload)] = payload
        self._renumber_one(data, header + 2, len(packet.payload))
        return header + len(payload)

    def note_extra(self, size: int, now: float) -> None:
        """What was just written beside the stream goes out as a datagram of `size` bytes."""
        endpoint = self.endpoint
        if self._block.step:
            endpoint.departures.note(endpoint.transport_sequence - 1 & 0xFFFF, 1, size, size, now)

    def _write_repair_header(self, head: int, timestamp: int, data: bytearray, frame: Frame | None = None) -> int:
        """Writes the header of the next RTX packet; returns its size, 0 without RTX."""
        if self.repairs is None or self.route.rtx_ssrc is None:
            return 0
        self.repairs.highest += 1
        head |= HAS_EXTENSION << 8 if self._block.size or frame is not None else 0
        _BARE.pack_into(data, 0, head, self.repairs.highest & 0xFFFF, timestamp, self.route.rtx_ssrc)
        if frame is not None:
            block = self._described_block(frame)
            data[_BARE.size : _BARE.size + len(block)] = block
            return _BARE.size + len(block)
        return _BARE.size + self._block.write(data, _BARE.size, self.endpoint)


class _ExtensionBlock:
    """The layout of one route's header extensions; `size` is 0 where none was negotiated."""

    def __init__(self, extensions: Extensions, mid: str) -> None:
        self._level = _usable(extensions.audio_level)
        self._send_time = _usable(extensions.abs_send_time)
        self.mid = _mid_element(_usable(extensions.mid), mid.encode())
        self.mask = (LEVEL if self._level else 0) | (SEND_TIME if self._send_time else 0)
        self.counted = counted = _usable(extensions.transport_cc)
        self.step = 1 if counted else 0  # without the element its place holds three zeros
        content = (2 if self._level else 0) + (4 if self._send_time else 0) + len(self.mid)
        words = (3 + content + 3) // 4
        self.head = pack("!HHB", ONE_BYTE, words, counted << 4 | 1 if counted else 0)
        self.tail_size = 4 * words - 3
        self.size = 4 + 4 * words if counted or content else 0
        self.tails: dict[int, bytes] = {}

    def tail(self, copied: int) -> bytes:
        """The elements after the first for the extension values `copied`."""
        tail = b""
        if self._level:
            tail += bytes((self._level << 4, copied >> 24 & 0xFF)) if copied & HAS_LEVEL else bytes(2)
        if self._send_time:
            value = (copied & 0xFFFFFF).to_bytes(3)
            tail += bytes((self._send_time << 4 | 2,)) + value if copied & HAS_SEND_TIME else bytes(4)
        tail = (tail + self.mid).ljust(self.tail_size, b"\0")
        if len(self.tails) >= MAX_TAILS:
            self.tails.clear()
        self.tails[copied] = tail
        return tail

    def write(self, data: bytearray, at: int, endpoint: Endpoint) -> int:
        """Writes the block with no values copied, for a repair; returns its size."""
        if self.size:
            sequence = endpoint.transport_sequence
            data[at : at + self.size] = self.head + (sequence if self.step else 0).to_bytes(2) + self.tail(0)
            endpoint.transport_sequence = sequence + self.step & 0xFFFF
        return self.size


def _usable(number: int) -> int:
    return number if 0 < number <= _LARGEST_ID else 0


def _mid_element(number: int, mid: bytes) -> bytes:
    if not number or not 0 < len(mid) <= _LARGEST_VALUE:
        return b""
    return bytes((number << 4 | len(mid) - 1,)) + mid
