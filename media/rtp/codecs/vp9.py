"""VP9 payloads (RFC 9628 §4.2)."""

_PICTURE_ID, _INTER_PICTURE, _LAYERS, _START_OF_FRAME, _LONG_ID = 0x80, 0x40, 0x20, 0x08, 0x80
_SPATIAL = 0x0E


def can_start(payload: bytes) -> bool:
    """Whether the payload is the first of a key frame's lowest spatial layer. Truncated payloads are not."""
    if not payload or payload[0] & (_INTER_PICTURE | _START_OF_FRAME) != _START_OF_FRAME:
        return False
    at = 1
    try:
        if payload[0] & _PICTURE_ID:
            at += 2 if payload[at] & _LONG_ID else 1
        return not payload[0] & _LAYERS or not payload[at] & _SPATIAL
    except IndexError:
        return False
