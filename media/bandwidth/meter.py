"""Bits per second from counters that only grow."""

from dataclasses import dataclass

WEIGHT = 0.4  # of the newest stretch; with two a second a key frame is no new bitrate
LEAST_S = 0.2  # a shorter stretch is one picture more or less
HEADER_OCTETS = 44  # of a datagram beside the payload: RTP header, extensions, authentication tag


@dataclass(slots=True)
class Meter:
    """Of a source or a route; as large as its datagrams are, for that is what a line carries."""

    bitrate_bps: float = 0.0
    _octets: int = 0
    _time: float | None = None

    def count(self, packets: int, octets: int, now: float) -> float:
        """Totals since the beginning, payload only; returns the bitrate. Totals that fell begin anew."""
        octets += packets * HEADER_OCTETS
        if self._time is None or octets < self._octets:
            self._octets, self._time = octets, now
        elif now - self._time >= LEAST_S:
            bitrate = (octets - self._octets) * 8 / (now - self._time)
            self.bitrate_bps += (bitrate - self.bitrate_bps) * (WEIGHT if self.bitrate_bps else 1.0)
            self._octets, self._time = octets, now
        return self.bitrate_bps
