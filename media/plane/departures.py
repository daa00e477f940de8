"""What went to one peer under transport-wide numbers, for whoever reads its feedback on congestion."""

from media.plane.interface import DEPARTURES_KEPT


class Departures:
    """A ring by transport-wide number: when (s) a packet went, and how large (bytes of the datagram) it was."""

    __slots__ = ("_next", "_ring")

    def __init__(self) -> None:
        self._ring: list[tuple[float, int] | None] = []  # empty until something is noted
        self._next = 0  # number of the next packet (16 bits)

    def note(self, first: int, count: int, size: int, last: int, now: float) -> None:
        """`count` packets of `size` bytes went, the last of them of `last` bytes, numbered from `first` (16 bits)."""
        ring = self._ring = self._ring or [None] * DEPARTURES_KEPT
        at, end = first % DEPARTURES_KEPT, first % DEPARTURES_KEPT + count
        if end <= DEPARTURES_KEPT:
            ring[at:end] = [(now, size)] * count
        else:
            for place in range(at, end):
                ring[place % DEPARTURES_KEPT] = (now, size)
        ring[(end - 1) % DEPARTURES_KEPT] = (now, last)
        self._next = first + count & 0xFFFF

    def look_up(self, base: int, count: int) -> list[tuple[float, int] | None]:
        """As `Plane.departures` tells."""
        if not self._ring:
            return [None] * count
        at, age = base % DEPARTURES_KEPT, self._next - base & 0xFFFF
        if count <= age <= DEPARTURES_KEPT and at + count <= DEPARTURES_KEPT:
            return self._ring[at : at + count]  # nearly always: feedback tells of what went just now
        return [self._at(base + step) for step in range(count)]

    def _at(self, number: int) -> tuple[float, int] | None:
        age = self._next - number & 0xFFFF
        return self._ring[number % DEPARTURES_KEPT] if 0 < age <= DEPARTURES_KEPT else None
