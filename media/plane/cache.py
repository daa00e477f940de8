"""The last packets of one source: to tell duplicates, and to send again what a subscriber lost."""

from media.plane.packet import Packet

WINDOW = 2_048  # numbers whose arrival is remembered: twice the reordering we allow
CAPACITY = (
    512  # packets kept: a second of the best video, several of any other; under 1 MB, for no packet exceeds 1,500 bytes
)


class Cache:
    """Two rings by extended sequence number; a number stays until one a whole ring later takes its place."""

    __slots__ = ("_numbers", "_packets")

    def __init__(self) -> None:
        self._numbers = [-WINDOW] * WINDOW
        self._packets: list[Packet | None] = [None] * CAPACITY

    def store(self, packet: Packet) -> None:
        number = packet[0]
        self._numbers[number % WINDOW] = number
        self._packets[number % CAPACITY] = packet

    def has_seen(self, number: int) -> bool:
        return self._numbers[number % WINDOW] == number

    def get(self, number: int) -> Packet | None:
        packet = self._packets[number % CAPACITY]
        return packet if packet is not None and packet[0] == number else None
