"""Where things are in the packets of one source.

A source writes the same header extensions packet after packet. So the place of each is found once, and the next packet
only has to prove, byte by byte but in one go, that its headers are built alike.
"""

from operator import itemgetter

from media.plane.interface import Extensions
from media.rtp.header import FIXED_SIZE, HAS_EXTENSION, HAS_PADDING, extension_block

Elements = list[tuple[int, int, int]]  # header extensions: id, begin, end


class Layout:
    """Offsets into a packet; 0 stands for what is not there."""

    __slots__ = ("descriptor", "elements", "expected", "level", "padded", "probe", "send_time", "start", "transport")

    def __init__(self, data: bytearray, size: int, ids: Extensions) -> None:
        """Finds its way through the packet in the first `size` bytes of `data`. Raises `MalformedRtp`."""
        self.elements, self.start = extension_block(data, size)
        self.padded = bool(data[0] & HAS_PADDING)
        self.transport = self._place(ids.transport_cc, 2)
        self.level = self._place(ids.audio_level, 1)
        self.send_time = self._place(ids.abs_send_time, 3)
        self.descriptor = next((element[1:] for element in self.elements if element[0] == ids.dependency), None)
        places = _structure(data, self.start, self.elements)
        self.probe = itemgetter(*places)
        self.expected = self.probe(data)

    def _place(self, number: int, length: int) -> int:
        """Where the value of element `number` begins; elements of another length are left alone."""
        for found, begin, end in self.elements:
            if found == number and end - begin == length:
                return begin
        return 0

    def value(self, data: bytearray, number: int) -> bytes:
        """The value of element `number`, or nothing; 0 is no element's number."""
        return next((bytes(data[begin:end]) for found, begin, end in self.elements if found == number), b"")


def _structure(data: bytearray, start: int, elements: Elements) -> list[int]:
    """The bytes that decide where things are: all before the payload that are neither fixed fields nor values."""
    block = FIXED_SIZE + 4 * (data[0] & 0x0F)
    values = {at for _, begin, end in elements for at in range(begin, end)}
    extension = [at for at in range(block, start) if at not in values] if data[0] & HAS_EXTENSION else []
    return [0, 0, *extension]
