"""Asking the line for more: short trains of padding at the rate that the next better picture would need.

What is sent to a subscriber is what was chosen for him, so silence about more proves nothing: after a bad moment nobody
would ever learn that the line is good again. A train of 25 ms is answered by the spacing of its arrivals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from media.bandwidth.groups import Departure
from media.rtcp.transport import TICK_S

BURST_S = 0.005  # between the bursts of a train
BURSTS, MOST_BURSTS = 5, 20  # of one train: as short as the line's jitter allows, so that sound does not wait behind it
JITTERS = 3.0  # the usual deviation of the delay, by which a train is longer
LEAST_OCTETS = 300  # of a burst: smaller packets tell nothing
MOST_STEP = 4.0  # times the estimate, at once
MARGIN = 1.1  # above what is wanted, for the estimate must hold with some to spare
REACHED = 0.9  # of the target: the line may carry more
UTILISED = 0.95  # of what a saturated line delivered
ARRIVED = 0.8  # share of the train by which it can be judged
CLEAN = 0.125  # share lost up to which the line may have lost it by itself: a tenth, and some bad luck
PATIENCE_S = 2.0  # for its feedback
PAUSE_S = 0.5  # after one that came through
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 6.0  # after one that did not, doubled each time
LONGEST_BLIND_WAIT_S = 30.0  # where only a picture can try: that disturbs the sound
REGRET_S = 5.0  # a limit felt so soon after a train came through: the train was wrong


class Proof(NamedTuple):
    """What a train has shown."""

    bitrate_bps: float
    clean: bool  # hardly anything was lost


@dataclass(slots=True)
class Train:
    """One under way. Arrivals are seconds on the subscriber's clock."""

    target_bps: float
    begun: float
    length: int  # bursts
    jitter_s: float
    bursts: int = 0
    last_burst: float = 0.0
    sent: int = 0  # octets of padding
    octets: int = 0  # arrived, whatever left while it did
    first_octets: int = 0  # of the first to arrive
    first_arrival: float = 0.0
    last_arrival: float = 0.0
    lost: int = 0
    packets: int = 0

    def receive(self, ticks: Sequence[int | None], departures: Sequence[Departure | None], zero: float) -> bool:
        """Takes what a feedback tells of it; whether something that left later was told of too: then it is over."""
        over = False
        for tick, departure in zip(ticks, departures, strict=True):
            if departure is None or departure[0] < self.begun:
                continue
            if departure[0] > self.last_burst:
                over = True
            elif tick is None:
                self.lost += 1
            else:
                self._count(zero + tick * TICK_S, departure[1])
        return over

    def _count(self, arrival: float, octets: int) -> None:
        if not self.packets or arrival < self.first_arrival:
            self.first_arrival, self.first_octets = arrival, octets
        self.last_arrival = max(self.last_arrival, arrival)
        self.packets += 1
        self.octets += octets

    @property
    def complete(self) -> bool:
        return self.bursts >= self.length

    def proof(self) -> Proof | None:
        """What the line carried of it; None where too little came to say.

        Jitter may have made a train longer that reached its target; one that fell short proves no more than it shows.
        """
        told = self.packets + self.lost
        if not told or self.packets < ARRIVED * told or self.octets < ARRIVED * self.sent:
            return None
        stretch = self.last_arrival - self.first_arrival
        bits = (self.octets - self.first_octets) * 8
        reached = bits >= REACHED * self.target_bps * (stretch - min(self.jitter_s, stretch / 2))
        return Proof(self.target_bps if reached else UTILISED * bits / stretch, self.lost <= CLEAN * told)


@dataclass(slots=True)
class Pause:
    """Between two attempts: longer after each that failed."""

    longest_s: float
    until: float = 0.0
    _seconds: float = FIRST_WAIT_S

    def begin(self, now: float) -> None:
        self.until = max(self.until, now + self._seconds)

    def lengthen(self, now: float) -> None:
        self._seconds = min(self.longest_s, 2 * self._seconds)
        self.begin(now)

    def shorten(self) -> None:
        self._seconds = FIRST_WAIT_S


@dataclass(slots=True)
class Prober:
    """When to ask for more: by a train, or blindly where no padding can go. Times are seconds, monotonic."""

    _train: Train | None = None
    _trains: Pause = field(default_factory=lambda: Pause(LONGEST_WAIT_S))
    _tries: Pause = field(default_factory=lambda: Pause(LONGEST_BLIND_WAIT_S))
    _promised: tuple[Pause, float] | None = None  # what last let the estimate grow, and when

    def octets_due(self, wanted_bps: float, estimate_bps: float, jitter_s: float, now: float) -> int:
        """Octets of padding to send now: the next burst of a train, or of a new one; 0 for none."""
        if self._train is None:
            if wanted_bps <= estimate_bps or now < self._trains.until:
                return 0
            length = min(MOST_BURSTS, BURSTS + int(JITTERS * jitter_s / BURST_S))
            target = min(MARGIN * wanted_bps, MOST_STEP * estimate_bps)
            self._train = Train(target, now, length, jitter_s, last_burst=now)
        train = self._train
        if train.complete or now < train.begun + train.bursts * BURST_S:
            return 0
        train.bursts, train.last_burst = train.bursts + 1, now
        return max(LEAST_OCTETS, int(train.target_bps * BURST_S / 8))

    def sent(self, octets: int) -> None:
        """So much of what was due went out; nothing: the route takes no probes."""
        if self._train is None:
            return
        self._train.sent += octets
        if not octets:
            self._train = None

    @property
    def under_way(self) -> bool:
        return self._train is not None

    def next_deadline(self) -> float | None:
        """When the next burst is due."""
        train = self._train
        return train.begun + train.bursts * BURST_S if train is not None and not train.complete else None

    def receive(
        self, ticks: Sequence[int | None], departures: Sequence[Departure | None], zero: float, now: float
    ) -> Proof | None:
        """A feedback; what the train has shown, once it is over."""
        train = self._train
        if train is None:
            return None
        over = train.receive(ticks, departures, zero) or now - train.last_burst >= PATIENCE_S
        if not train.complete or not over:
            return None
        self._train = None
        proof = train.proof()
        if proof is None or proof.bitrate_bps < train.target_bps:
            self._trains.lengthen(now)
        else:
            self._trains.until = now + PAUSE_S
            self._promised = self._trains, now
        return proof

    def may_try(self, now: float) -> bool:
        """Whether it is time to let the estimate grow without proof."""
        return now >= self._tries.until

    def tried(self, now: float) -> None:
        """It has grown so."""
        self._promised = self._tries, now

    def limited(self, now: float) -> None:
        """The line has shown its limit: no attempt for a while, and longer if the last had promised more."""
        if self._promised is not None:
            pause, when = self._promised
            self._promised = None
            if now - when < REGRET_S:
                pause.lengthen(now)
            else:
                pause.shorten()
        self._trains.begin(now)
        self._tries.begin(now)
