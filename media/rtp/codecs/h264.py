"""H.264 payloads (RFC 6184 §5.2–5.8)."""

_KIND = 0x1F
_KEY_SLICE, _PARAMETERS = 5, 7
_AGGREGATE, _FRAGMENT = 24, 28
_FIRST_FRAGMENT = 0x80


def can_start(payload: bytes) -> bool:
    """Whether the payload holds a sequence parameter set or the beginning of a key slice. Truncated payloads do not."""
    if not payload:
        return False
    kind = payload[0] & _KIND
    if kind == _AGGREGATE:
        return _aggregate_can_start(payload)
    if kind == _FRAGMENT:
        return len(payload) > 1 and bool(payload[1] & _FIRST_FRAGMENT) and _opens(payload[1])
    return _opens(payload[0])


def _aggregate_can_start(payload: bytes) -> bool:
    at = 1
    while at + 2 < len(payload):
        if _opens(payload[at + 2]):
            return True
        at += 2 + (payload[at] << 8 | payload[at + 1])
    return False


def _opens(unit: int) -> bool:
    return unit & _KIND in (_KEY_SLICE, _PARAMETERS)
