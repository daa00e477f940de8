"""A line in virtual time: rate, queue, delay, jitter, loss alone and in spells, duplicates, reorder.

The same seed makes the same line. `weather` may change under way.
"""

import heapq
import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Weather:
    """What a line does to datagrams; shares are of 1, times seconds."""

    delay_s: float = 0.010
    jitter_s: float = 0.0  # added evenly from 0 to this, but order is kept
    loss: float = 0.0
    spells: float = 0.0  # chance at each datagram that a spell begins, in which `spell_loss` are lost
    spell_length: float = 100.0  # datagrams, on average
    spell_loss: float = 1.0
    duplicates: float = 0.0
    reorder: float = 0.0  # share that takes `late_s` longer and is overtaken
    late_s: float = 0.030
    rate_bps: float = 0.0  # of datagrams as they are; 0: without limit
    queue_s: float = 0.5  # a datagram that would wait longer for its turn is dropped


@dataclass(slots=True)
class Link:
    """One direction. `send` at one time, `due` at a later one; nothing happens in between."""

    weather: Weather = field(default_factory=Weather)
    seed: int = 1
    sent: int = 0
    lost: int = 0
    _random: random.Random = field(init=False)
    _under_way: list[tuple[float, int, bytes]] = field(default_factory=list)
    _last: float = 0.0  # arrival of the latest datagram that keeps its place
    _in_spell: bool = False
    _free_at: float = 0.0  # when the bottleneck has passed on what waits before it

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def send(self, datagram: bytes, now: float) -> None:
        self.sent += 1
        overflows = self.weather.rate_bps > 0 and self._free_at - now > self.weather.queue_s
        if overflows or self._is_lost():
            self.lost += 1
            return
        now = self._wait_for_turn(len(datagram), now)
        self._put(datagram, now)
        if self._random.random() < self.weather.duplicates:
            self._put(datagram, now)

    def due(self, now: float) -> list[bytes]:
        """What has arrived by `now`."""
        arrived = []
        while self._under_way and self._under_way[0][0] <= now:
            arrived.append(heapq.heappop(self._under_way)[2])
        return arrived

    def next_time(self) -> float | None:
        return self._under_way[0][0] if self._under_way else None

    def _is_lost(self) -> bool:
        weather = self.weather
        if weather.spells:
            turns = 1 / weather.spell_length if self._in_spell else weather.spells
            self._in_spell ^= self._random.random() < turns
        return self._random.random() < (weather.spell_loss if weather.spells and self._in_spell else weather.loss)

    def _wait_for_turn(self, octets: int, now: float) -> float:
        """When the bottleneck has passed a datagram on."""
        if self.weather.rate_bps <= 0:
            return now
        self._free_at = max(now, self._free_at) + octets * 8 / self.weather.rate_bps
        return self._free_at

    def _put(self, datagram: bytes, now: float) -> None:
        weather = self.weather
        arrival = now + weather.delay_s + self._random.random() * weather.jitter_s
        if self._random.random() < weather.reorder:
            arrival += weather.late_s
        else:
            arrival = self._last = max(arrival, self._last)
        heapq.heappush(self._under_way, (arrival, self.sent, datagram))
