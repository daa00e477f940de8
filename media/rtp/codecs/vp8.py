"""VP8 payloads (RFC 7741 §4.2 and §4.3)."""

_EXTENDED, _START_OF_PARTITION, _PARTITION = 0x80, 0x10, 0x07
_PICTURE_ID, _TL0, _LAYER_OR_KEY_INDEX, _LONG_ID = 0x80, 0x40, 0x30, 0x80
_INTER_FRAME = 0x01


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
