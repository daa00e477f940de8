"""A subscriber's line in virtual time, as an estimator meets it: packets leave, a `Link` carries them, he tells.

line = Downlink(Estimator(paced=True), Weather(rate_bps=2_000_000))
line.run(10.0, lambda estimate_bps: estimate_bps)   # a source that sends all it may
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from media.bandwidth.estimator import Estimator
from media.rtcp.transport import REFERENCE_TICKS, TICK_S, TransportFeedback
from tests.support.link import Link, Weather

STEP_S = 0.005
FRAME_S = 1 / 30
SOUND_S = 0.020
SOUND_OCTETS = 120
PACKET_OCTETS = 1_150
PADDING_OCTETS = 290  # a packet of 255 bytes of padding
CLOCK_S = 7_654.3  # the subscriber's clock less ours
Source = Callable[[int], float]  # estimate → bits per second of video


@dataclass
class Downlink:
    estimator: Estimator
    weather: Weather
    wanted_bps: float = 0.0  # for which the line is probed
    calm: bool = False  # there is nothing to wish for
    feedback_s: float = 0.060
    seed: int = 3
    now: float = 100.0
    delays: list[tuple[float, float]] = field(default_factory=list)  # arrival, seconds on the way
    sound_lost: int = 0
    estimates: list[tuple[float, int]] = field(default_factory=list)
    padding: int = 0  # octets

    def __post_init__(self) -> None:
        self.link = Link(self.weather, self.seed)
        self.back = Link(Weather(delay_s=self.weather.delay_s), self.seed + 1)
        self._departures: list[tuple[float, int]] = []
        self._arrivals: dict[int, float] = {}
        self._told = 0
        self._feedbacks: list[TransportFeedback] = []
        self._next_frame = self._next_sound = self._next_feedback = self.now
        self._debt = 0.0

    def run(self, seconds: float, source: Source) -> None:
        end = self.now + seconds
        self.link.weather = self.weather
        while self.now < end:
            self.now += STEP_S
            self._send(source)
            self._probe()
            self._arrive()
            for datagram in self.back.due(self.now):
                self._hear(self._feedbacks[int.from_bytes(datagram)])
            self.estimates.append((self.now, self.estimator.bitrate_bps))

    def median_delay(self, since: float) -> float:
        """Seconds that packets waited beyond the line's own delay."""
        waits = sorted(delay - self.weather.delay_s for time, delay in self.delays if time >= since)
        return waits[len(waits) // 2]

    def mean_estimate(self, since: float) -> float:
        values = [estimate for time, estimate in self.estimates if time >= since]
        return sum(values) / len(values)

    def _send(self, source: Source) -> None:
        while self._next_sound <= self.now:
            self._next_sound += SOUND_S
            self._put(SOUND_OCTETS)
        while self._next_frame <= self.now:
            self._next_frame += FRAME_S
            octets = source(self.estimator.bitrate_bps) * FRAME_S / 8
            while octets >= 1:
                self._put(min(PACKET_OCTETS, int(octets) + 1))
                octets -= PACKET_OCTETS

    def _probe(self) -> None:
        octets = self.estimator.padding_due(self.wanted_bps, self.now)
        if not octets:
            return
        count = -(-octets // PADDING_OCTETS)
        for _ in range(count):
            self._put(PADDING_OCTETS)
        self.padding += count * PADDING_OCTETS
        self.estimator.prober.sent(count * PADDING_OCTETS)

    def _put(self, octets: int) -> None:
        self._departures.append((self.now, octets))
        self.link.send(len(self._departures).to_bytes(4).ljust(octets, b"\0"), self.now)

    def _arrive(self) -> None:
        for datagram in self.link.due(self.now):
            number = int.from_bytes(datagram[:4]) - 1
            if number not in self._arrivals:
                self._arrivals[number] = self.now
                self.delays.append((self.now, self.now - self._departures[number][0]))
        if self.now >= self._next_feedback and self._arrivals:
            self._next_feedback = self.now + self.feedback_s
            self._tell()

    def _tell(self) -> None:
        """As browsers do: from the first number not told before, or that came late, to the highest that came."""
        highest = max(self._arrivals)
        if highest < self._told:
            return
        base, count = self._told, highest + 1 - self._told
        reference = int((min(time for number, time in self._arrivals.items() if number >= base) + CLOCK_S) / TICK_S)
        reference //= REFERENCE_TICKS
        ticks = [
            int((self._arrivals[number] + CLOCK_S) / TICK_S) - reference * REFERENCE_TICKS
            if number in self._arrivals
            else None
            for number in range(base, base + count)
        ]
        self._told = highest + 1
        for number in [number for number in self._arrivals if number < highest]:
            del self._arrivals[number]
        self._feedbacks.append(TransportFeedback(1, 2, base & 0xFFFF, reference & 0xFFFFFF, 0, tuple(ticks)))
        self.back.send((len(self._feedbacks) - 1).to_bytes(4), self.now)

    def _hear(self, feedback: TransportFeedback) -> None:
        if self.estimator.skips(self.now, calm=self.calm):
            return
        start = self._extended(feedback.base)
        departures = [
            self._departures[number] if 0 <= number < len(self._departures) else None
            for number in range(start, start + len(feedback.arrivals))
        ]
        self.estimator.receive(feedback, departures, self.now)

    def _extended(self, base: int) -> int:
        newest = len(self._departures) - 1
        return newest - ((newest - base) & 0xFFFF)
