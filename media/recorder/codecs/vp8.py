"""VP8 in RTP (RFC 7741)."""

from media.recorder.packets import PacketError


class Vp8:
    """A frame is its partitions in order, without the descriptors."""

    def begins(self, payload: bytes) -> bool:
        _descriptor_length(payload)
        return payload[0] & 0x17 == 0x10  # S set, partition 0

    def join(self, payloads: list[bytes]) -> tuple[bytes, bool, bytes]:
        data = b"".join(payload[_descriptor_length(payload) :] for payload in payloads)
        if not data:
            raise PacketError("empty frame")
        return data, not data[0] & 0x01, b""  # the first bit of the frame header: 0 = key frame (RFC 6386 §9.1)


def _descriptor_length(payload: bytes) -> int:
    """Bytes before the coded data (RFC 7741 §4.2)."""
    length = 1
    if payload[0] & 0x80:
        flags = _byte(payload, 1)
        length = 2
        if flags & 0x80:
            length += 2 if _byte(payload, length) & 0x80 else 1
        length += bool(flags & 0x40) + bool(flags & 0x30)
    if length >= len(payload):
        raise PacketError("VP8 descriptor without data")
    return length


def _byte(payload: bytes, index: int) -> int:
    if index >= len(payload):
        raise PacketError("VP8 descriptor cut short")
    return payload[index]
