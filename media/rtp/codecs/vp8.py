"""VP8 payloads (RFC 7741 §4.2 and §4.3)."""

from typing import NamedTuple

_EXTENDED, _START_OF_PARTITION, _PARTITION = 0x80, 0x10, 0x07
_PICTURE_ID, _TL0, _LAYER_OR_KEY_INDEX, _LONG_ID = 0x80, 0x40, 0x30, 0x80
_INTER_FRAME = 0x01


class Picture(NamedTuple):
    """How a packet numbers its picture."""

    number: int  # PictureID: 15 bits, or 7
    base: int | None  # TL0PICIDX, 8 bits, where there is one


def can_start(payload: bytes) -> bool:
    """Whether the payload is the first of a key frame. Truncated payloads are not."""
    if not payload or payload[0] & (_START_OF_PARTITION | _PARTITION) != _START_OF_PARTITION:
        return False
    at = 1
    try:
        if payload[0] & _EXTENDED:
            present = payload[1]
            at = 2
            if present & _PICTURE_ID:
                at += 2 if payload[at] & _LONG_ID else 1
            at += bool(present & _TL0) + bool(present & _LAYER_OR_KEY_INDEX)
        return not payload[at] & _INTER_FRAME
    except IndexError:
        return False


def picture(payload: bytes) -> Picture | None:
    """The numbers of the payload's picture; None where it has none, or is cut off."""
    if len(payload) < 3 or not payload[0] & _EXTENDED or not payload[1] & _PICTURE_ID:
        return None
    long = payload[2] & _LONG_ID
    after = 4 if long else 3
    if len(payload) <= after:
        return None
    number = (payload[2] & 0x7F) << 8 | payload[3] if long else payload[2]
    return Picture(number, payload[after] if payload[1] & _TL0 else None)


def renumber(data: bytearray, start: int, end: int, number: int, base: int) -> None:
    """Adds `number` and `base` to those of the picture whose payload lies from `start` to `end`; sizes stay."""
    if end - start < 5 or not data[start] & _EXTENDED:
        return
    present, at = data[start + 1], start + 2
    if present & _PICTURE_ID:
        if data[at] & _LONG_ID:
            changed = (data[at] << 8 | data[at + 1]) + number & 0x7FFF
            data[at], data[at + 1] = _LONG_ID | changed >> 8, changed & 0xFF
            at += 1
        else:
            data[at] = data[at] + number & 0x7F
        at += 1
    if present & _TL0:
        data[at] = data[at] + base & 0xFF
