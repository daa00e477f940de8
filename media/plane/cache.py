"""The last packets of one source: to tell duplicates, and to send again what a subscriber lost."""

from media.plane.packet import Packet

CAPACITY = 512  # packets: a second of the best video, several of any other; under 1 MB, for none exceeds 1,500 bytes


class Cache:
    """A ring by extended sequence number: a packet stays until one a whole ring later takes its place."""

    __slots__ = ("_ring",)

    def __init__(self) -> None:
        self._ring: list[Packet | None] = [None] * CAPACITY

    def store(self, packet: Packet) -> None:
        self._ring[packet[0] % CAPACITY] = packet

    def get(self, number: int) -> Packet | None:
        packet = self._ring[number % CAPACITY]
        return packet if packet is not None and packet[0] == number else None
