"""Transport-wide feedback to a publisher: which of its packets came when
(draft-holmer-rmcat-transport-wide-cc-extensions-01 §3). Without it a browser stays at its starting bitrate."""

from dataclasses import dataclass, field

from media.beat import next_beat
from media.rtcp.transport import REFERENCE_TICKS, TICK_S, TransportFeedback
from media.rtp.sequence import extend

SOONEST_S = 0.050  # between two feedbacks, when there is much to tell
LATEST_S = 0.100  # when there is little: sound alone needs no feedback with every third packet
ENOUGH = 12  # packets: 2 Mbit/s bring so many in the least time
MAX_SPAN = 400  # numbers in one feedback: fills a datagram even if every arrival needs two bytes
MAX_PENDING = 4_000  # numbers between two feedbacks; a sender who jumps farther starts anew
MAX_KEPT = 256  # numbers
KEPT_S = 0.5  # told arrivals, for a packet overtaken by so much is told with its neighbours, not left as lost
_MAX_STEP_S = 8.0  # between two arrivals of one feedback: 16 signed bits of 250 µs


@dataclass(slots=True)
class Arrivals:
    """The arrivals of one peer connection. A feedback tells of each number since the last, in runs without holes."""

    sender: int  # SSRC of the feedback's sender
    media: int = 0  # any media SSRC of the publisher
    _fresh: list[tuple[int, float]] = field(default_factory=list)  # sequence and second of each, as they came
    _times: dict[int, float] = field(default_factory=dict)  # extended number → seconds; told ones too, for a while
    _base: int | None = None  # extended number with which the next feedback begins
    _highest: int = 0
    _sent_at: float | None = None  # None: nothing comes
    _much: bool = False  # the last feedback had much to tell
    _number: int = 0

    def receive(self, sequence: int, now: float) -> None:
        """One packet; of many only so much is done before the feedback is due."""
        if self._sent_at is None:
            self._sent_at = now
        if len(self._fresh) < MAX_PENDING:
            self._fresh.append((sequence, now))

    def next_deadline(self) -> float | None:
        """Also when nothing is known to have come since the last: a compiled plane tells only when asked."""
        if self._sent_at is None:
            return None
        return next_beat(self._sent_at, SOONEST_S if self._much or len(self._fresh) >= ENOUGH else LATEST_S)

    def feedback(self, now: float) -> list[TransportFeedback]:
        """What to send now: nothing before its time, else feedbacks that tell of each number once."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return []
        self._much = len(self._fresh) >= ENOUGH
        if not self._fresh:
            self._sent_at = None
            return []
        base = self._number_fresh()
        out: list[TransportFeedback] = []
        while base <= self._highest:
            base = self._append(out, base)
        self._base, self._sent_at = base, now
        self._fresh.clear()
        if len(self._times) > MAX_KEPT:
            self._times = {number: time for number, time in self._times.items() if time > now - KEPT_S}
        return out

    def _number_fresh(self) -> int:
        """Extends the fresh sequence numbers; returns the number with which the feedback begins."""
        times, highest, base = self._times, self._highest, self._base
        for sequence, time in self._fresh:
            if base is None:
                base, highest = sequence, sequence - 1
            number = highest + 1 if sequence - highest & 0xFFFF == 1 else extend(sequence, highest)
            if abs(number - highest) > MAX_PENDING:
                times.clear()
                base = number
            if number < base:
                if number in times or number < min(times, default=base):
                    continue  # a copy, or nobody remembers its neighbours: they would be taken back
                base = number
            highest = max(highest, number) if times else number
            times.setdefault(number, time)
        self._highest = highest
        return base or 0

    def _append(self, out: list[TransportFeedback], base: int) -> int:
        """Adds a feedback about the numbers from `base` on; returns the first that it does not tell of."""
        end = min(self._highest + 1, base + MAX_SPAN)
        seconds = [self._times.get(number) for number in range(base, end)]
        known = [time for time in seconds if time is not None]
        if not known:
            return end
        if max(known) - min(known) > _MAX_STEP_S / 2:
            first = known[0]
            strange = (time is not None and abs(time - first) > _MAX_STEP_S / 2 for time in seconds)
            end = base + next(place for place, far in enumerate(strange) if far)
            seconds = seconds[: end - base]
            known = [time for time in seconds if time is not None]
        reference = int(min(known) / TICK_S) // REFERENCE_TICKS
        start = reference * REFERENCE_TICKS
        arrivals = tuple([None if time is None else int(time / TICK_S) - start for time in seconds])
        out.append(TransportFeedback(self.sender, self.media, base & 0xFFFF, reference, self._number, arrivals))
        self._number = (self._number + 1) & 0xFF
        return end
