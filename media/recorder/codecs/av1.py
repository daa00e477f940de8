"""AV1 in RTP (RTP Payload Format for AV1, version 1.0, §4)."""

from media.recorder.packets import PacketError

CONTINUES, CONTINUED = 0x80, 0x40  # Z: begins within an OBU; Y: ends within one
SEQUENCE_HEADER, TEMPORAL_DELIMITER, TILE_LIST = 1, 2, 8
HAS_EXTENSION, HAS_SIZE = 0x04, 0x02  # bits of an OBU's header


class Av1:
    """A temporal unit is its OBUs with sizes and without delimiters, as Matroska's AV1 mapping wants it."""

    def begins(self, payload: bytes) -> bool:
        return not payload[0] & CONTINUES

    def join(self, payloads: list[bytes]) -> tuple[bytes, bool, bytes]:
        units = [unit for unit in _units(payloads) if _type_of(unit) not in (TEMPORAL_DELIMITER, TILE_LIST)]
        if not units:
            raise PacketError("temporal unit without content")
        key = any(_type_of(unit) == SEQUENCE_HEADER for unit in units)  # WebRTC sends one with every key frame
        return b"".join(map(_with_size, units)), key, b""


def _type_of(unit: bytearray) -> int:
    return unit[0] >> 3 & 0x0F


def _units(payloads: list[bytes]) -> list[bytearray]:
    """The OBUs of all payloads, put together where they were cut."""
    units: list[bytearray] = []
    open_unit = False
    for payload in payloads:
        elements = _elements(payload)
        if open_unit != bool(payload[0] & CONTINUES):
            raise PacketError("an OBU lacks its other part")
        if open_unit:
            units[-1] += elements.pop(0)
        units += map(bytearray, elements)
        open_unit = bool(payload[0] & CONTINUED)
    if open_unit:
        raise PacketError("the last OBU is cut short")
    return [unit for unit in units if unit]


def _elements(payload: bytes) -> list[bytes]:
    """OBU elements of one packet: with W = 0 each has its length, else all but the last."""
    count = payload[0] >> 4 & 0x03
    elements: list[bytes] = []
    position = 1
    while position < len(payload):
        if count and len(elements) == count - 1:
            size = len(payload) - position
        else:
            size, position = _leb128(payload, position)
        if position + size > len(payload):
            raise PacketError("OBU element longer than its packet")
        elements.append(payload[position : position + size])
        position += size
    if not elements:
        raise PacketError("packet without an OBU element")
    return elements


def _with_size(unit: bytearray) -> bytes:
    if unit[0] & HAS_SIZE:
        return bytes(unit)
    header = 2 if unit[0] & HAS_EXTENSION else 1
    if len(unit) < header:
        raise PacketError("OBU without the extension that it promises")
    return bytes([unit[0] | HAS_SIZE]) + unit[1:header] + _as_leb128(len(unit) - header) + unit[header:]


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """A value of at most eight bytes, and the position after it (AV1 §4.10.5)."""
    value = 0
    for index, byte in enumerate(data[position : position + 8]):
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, position + index + 1
    raise PacketError("length cut short")


def _as_leb128(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
