"""Packets that left together, and how much farther apart such groups arrive than they left (GCC draft §5.2, §5.3).

Source of this folder's names: draft-ietf-rmcat-gcc-02. What was chosen otherwise, and why, stands in ALLOCATION.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from media.rtcp.transport import TICK_S

BURST_S = 0.005  # packets that left within this time count as one: the relay sends what one turn of its socket brought
LONGEST_BURST_S = 0.100  # however many arrive at once: a line that stalled delivers them in one heap

Departure = tuple[float, int]  # seconds on our clock, bytes


class Step(NamedTuple):
    """From one group to the next, told when the later one is complete. Seconds."""

    departure: float  # between the departures of their last packets
    arrival: float  # between the arrivals, on the subscriber's clock
    at: float  # arrival of the later one
    delay: float  # its arrival less its departure: two clocks, so only its changes mean something


@dataclass(slots=True)
class Arrived:
    """What one feedback told of packets that were really sent."""

    packets: int = 0
    octets: int = 0
    last_arrival: float = 0.0  # subscriber's clock
    last_departure: float = 0.0  # ours
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class Groups:
    """The group that is still filling, and the one before."""

    _begun: float = -math.inf  # departure of the first packet of the group that fills
    _first_arrival: float = -math.inf
    _departure: float = -math.inf  # of its last packet
    _arrival: float = -math.inf
    _previous: tuple[float, float] | None = None  # departure and arrival of the group before

    def receive(self, ticks: Sequence[int | None], departures: Sequence[Departure | None], zero: float) -> Arrived:
        """Arrivals, in ticks of 250 µs after `zero`, of packets that left at `departures`; None: lost, or unknown."""
        pairs = [
            (tick, departure)
            for tick, departure in zip(ticks, departures, strict=True)
            if tick is not None and departure is not None
        ]
        pairs.sort()
        heard = Arrived(packets=len(pairs))
        begun, octets = self._begun, 0  # what changes with every packet
        for tick, (sent, size) in pairs:
            octets += size
            arrived = zero + tick * TICK_S
            if sent < begun:
                continue  # overtaken on the way: its own delay says nothing of the queue
            if sent - begun > BURST_S and not self._same_heap(sent, arrived):
                self._finish(heard.steps)
                begun = self._begun = self._departure = sent
                self._first_arrival = arrived
            elif sent > self._departure:
                self._departure = sent
            self._arrival = arrived
        heard.octets, heard.last_arrival, heard.last_departure = octets, self._arrival, self._departure
        return heard

    def _same_heap(self, sent: float, arrived: float) -> bool:
        """Whether a packet comes right behind the group though it left later: they waited somewhere together."""
        closer = arrived - self._arrival < sent - self._departure
        return closer and arrived - self._arrival <= BURST_S and arrived - self._first_arrival <= LONGEST_BURST_S

    def _finish(self, steps: list[Step]) -> None:
        if self._begun == -math.inf:
            return
        departure, arrival = self._departure, self._arrival
        if self._previous is not None:
            before, then = self._previous
            steps.append(Step(departure - before, arrival - then, arrival, arrival - departure))
        self._previous = departure, arrival
