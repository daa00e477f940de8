"""A line between two engines in virtual time: delay, jitter, loss, duplicates, reorder; same seed, same line."""

import heapq
import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Weather:
    """What a line does to datagrams; shares are of 1, times seconds."""

    delay_s: float = 0.010
    jitter_s: float = 0.0  # added evenly from 0 to this, but order is kept
    loss: float = 0.0
    duplicates: float = 0.0
    reorder: float = 0.0  # share that takes `late_s` longer and is overtaken
    late_s: float = 0.030


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

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def send(self, datagram: bytes, now: float) -> None:
        self.sent += 1
        if self._random.random() < self.weather.loss:
            self.lost += 1
            return
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

    def _put(self, datagram: bytes, now: float) -> None:
        weather = self.weather
        arrival = now + weather.delay_s + self._random.random() * weather.jitter_s
        if self._random.random() < weather.reorder:
            arrival += weather.late_s
        else:
            arrival = self._last = max(arrival, self._last)
        heapq.heappush(self._under_way, (arrival, self.sent, datagram))
