"""Bits per second from counters that only grow."""

from dataclasses import dataclass

WEIGHT = 0.4  # of the newest stretch; with two a second a key frame is no new bitrate
LEAST_S = 0.2  # a shorter stretch is one picture more or less
HEADER_OCTETS = 44  # of a datagram beside the payload: RTP header, extensions, authentication tag


@dataclass(slots=True)
class Meter:
    """Of a source or a route, in datagrams as they are, for those a line carries. 0: silent, or not known yet."""

    bitrate_bps: float = 0.0
    _octets: int = 0
    _time: float | None = None

    def count(self, packets: int, octets: int, now: float) -> float:
        """Totals since the beginning, payload only; returns the bitrate."""
        octets += packets * HEADER_OCTETS
        if self._time is None or octets < self._octets:
            self._time = (
                now if octets != self._octets else None
            )  # it resumed somewhere in this stretch: not a whole one
        elif now - self._time < LEAST_S:
            return self.bitrate_bps
        elif octets == self._octets:
            self._time, self.bitrate_bps = None, 0.0
        else:
            bitrate = (octets - self._octets) * 8 / (now - self._time)
            self.bitrate_bps += (bitrate - self.bitrate_bps) * (WEIGHT if self.bitrate_bps else 1.0)
            self._time = now
        self._octets = octets
        return self.bitrate_bps
