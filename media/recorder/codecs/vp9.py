"""VP9 in RTP (RFC 9628)."""

from dataclasses import dataclass, field

from media.recorder.packets import PacketError

BEGINNING = 0x08  # B: first packet of a layer frame
SHOWN = 0x02  # in the first byte of a frame's header: it is for the screen, too


@dataclass(slots=True)
class _LayerFrame:
    """`size`: its place among the sizes; `refers`: to the one below it in the same picture. Both None where nothing is
    told of layers."""

    size: int | None
    refers: bool | None
    data: bytearray = field(default_factory=bytearray)


class Vp9:
    """A picture is its layer frames in order; several of them carry a superframe index (VP9 bitstream, annex B).

    Of several sizes the best is kept, and what it refers to: some players would show every size in turn.
    """

    def __init__(self) -> None:
        self._best = 0  # size of the picture before

    def begins(self, payload: bytes) -> bool:
        _descriptor_length(payload)
        return bool(payload[0] & BEGINNING)

    def join(self, payloads: list[bytes]) -> tuple[bytes, bool, bytes]:
        layers: list[_LayerFrame] = []
        for payload in payloads:
            begins = _descriptor_length(payload)
            if payload[0] & BEGINNING or not layers:
                layers.append(_LayerFrame(*_layer(payload)))
            layers[-1].data += payload[begins:]
        key, best = _is_key(layers[0].data[0]), layers[-1].size or 0
        if best < self._best and not key:
            raise PacketError("a picture whose best size is missing, of which the others were not kept")
        self._best = best
        frames = [layer.data for layer in _needed(layers)]
        return b"".join(frames) + _superframe_index(frames), key, b""


def _needed(layers: list[_LayerFrame]) -> list[_LayerFrame]:
    """The last of them, and those below that it needs; key frames among these are not for the screen.

    Others below it are, where all bits behind would have to be moved to say so. They come once per key frame.
    """
    first = len(layers) - 1
    while first and layers[first].refers is not False:
        first -= 1
    for layer in layers[first:-1]:
        if layer.size is not None and _is_key(layer.data[0]):
            layer.data[0] &= ~SHOWN
    return layers[first:]


def _layer(payload: bytes) -> tuple[int | None, bool | None]:
    """Size, and whether it refers to the one below (RFC 9628 §4.2: SID and D), where layer indices are there."""
    if not payload[0] & 0x20:
        return None, None
    position = 1
    if payload[0] & 0x80:
        position += 2 if payload[1] & 0x80 else 1
    return payload[position] >> 1 & 0x07, bool(payload[position] & 0x01)


def _is_key(header: int) -> bool:
    """From the first byte of the uncompressed header: profiles 0 to 2, neither repeated nor predicted (§6.2)."""
    return header & 0xC0 == 0x80 and not header & 0x0C


def _superframe_index(layers: list[bytearray]) -> bytes:
    if len(layers) < 2:
        return b""
    if len(layers) > 8:
        raise PacketError("more layer frames than a superframe holds")
    width = (max(map(len, layers)).bit_length() + 7) // 8
    marker = bytes([0xC0 | (width - 1) << 3 | len(layers) - 1])
    return marker + b"".join(len(layer).to_bytes(width, "little") for layer in layers) + marker


def _descriptor_length(payload: bytes) -> int:
    """Bytes before the coded data (RFC 9628 §4.2)."""
    try:
        length = _walk_descriptor(payload)
    except IndexError as short:
        raise PacketError("VP9 descriptor cut short") from short
    if length >= len(payload):
        raise PacketError("VP9 descriptor without data")
    return length


def _walk_descriptor(payload: bytes) -> int:
    flags = payload[0]
    position = 1
    if flags & 0x80:  # I: picture id of one or two bytes
        position += 2 if payload[position] & 0x80 else 1
    if flags & 0x20:  # L: layer indices, and TL0PICIDX where the mode is not flexible
        position += 1 if flags & 0x10 else 2
    if flags & 0x50 == 0x50:  # F and P: up to three reference indices, each telling whether one follows
        while payload[position] & 0x01:
            position += 1
        position += 1
    if flags & 0x02:  # V: scalability structure
        position = _walk_structure(payload, position)
    return position


def _walk_structure(payload: bytes, position: int) -> int:
    """The end of the scalability structure (RFC 9628 §4.2.1)."""
    flags = payload[position]
    position += 1
    if flags & 0x10:  # Y: width and height of each spatial layer
        position += 4 * ((flags >> 5) + 1)
    if flags & 0x08:  # G: pictures of a group, each with up to three references
        pictures = payload[position]
        position += 1
        for _ in range(pictures):
            position += 1 + (payload[position] >> 2 & 0x03)
    return position
