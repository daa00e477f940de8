"""AV1 payloads (AOM: RTP Payload Format for AV1, §4.4)."""

_CONTINUES, _NEW_SEQUENCE = 0x80, 0x08


def can_start(payload: bytes) -> bool:
    """Whether the payload is the first of a new coded video sequence. An empty payload is not."""
    return bool(payload) and payload[0] & (_CONTINUES | _NEW_SEQUENCE) == _NEW_SEQUENCE
