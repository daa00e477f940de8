"""How much may be sent to one peer again: its line is not to be filled with what was lost because it is full."""

from dataclasses import dataclass, field

SHARE = 0.5  # of what the line carries: twice what a bad radio loses
BURST_S = 0.5  # worth of repairs at once: a key frame may be lost whole
PACKET_BITS = 1_200 * 8
LEAST_WAIT_S = 0.020  # before the same packet is sent again, however short the round trip
REMEMBERED = 512  # packets


@dataclass(slots=True)
class Repairs:
    """Of one peer. Times are seconds on the caller's monotonic clock."""

    _left: float = 0.0  # bits
    _time: float | None = None
    _sent: dict[tuple[int, int], float] = field(default_factory=dict)  # source and number → when it was sent again

    def refill(self, line_bps: float, now: float) -> None:
        """To be called before the first of some questions."""
        most = max(PACKET_BITS, SHARE * line_bps * BURST_S)
        grown = self._left + SHARE * line_bps * (now - self._time) if self._time is not None else most
        self._left, self._time = min(most, grown), now

    def may(self, ssrc: int, sequence: int, round_trip_s: float, now: float) -> bool:
        """Whether a packet may be sent again: there is room, and it is not under way already."""
        last = self._sent.get((ssrc, sequence))
        return self._left >= PACKET_BITS and (last is None or now - last >= max(LEAST_WAIT_S, round_trip_s))

    def note(self, ssrc: int, sequence: int, copies: int, now: float) -> None:
        """It was sent again so often; 0 if it is no longer there."""
        self._left -= copies * PACKET_BITS
        self._sent.pop((ssrc, sequence), None)
        if copies:
            self._sent[ssrc, sequence] = now
        if len(self._sent) > REMEMBERED:
            del self._sent[next(iter(self._sent))]
