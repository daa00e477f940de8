"""Transport-wide feedback to a publisher: which of its packets came when
(draft-holmer-rmcat-transport-wide-cc-extensions-01 §3). Without it a browser stays at its starting bitrate."""

from dataclasses import dataclass, field

from media.rtcp.transport import REFERENCE_TICKS, TICK_S, TransportFeedback
from media.rtp.sequence import extend

INTERVAL_S = 0.050
MAX_SPAN = 400  # numbers in one feedback: fills a datagram even if every arrival needs two bytes
MAX_PENDING = 4_000  # numbers between two feedbacks; a sender who jumps farther starts anew
_MAX_STEP_S = 8.0  # between two arrivals of one feedback: 16 signed bits of 250 µs


@dataclass(slots=True)
class Arrivals:
    """The arrivals of one peer connection since the last feedback."""

    sender: int  # SSRC of the feedback's sender
    media: int = 0  # any media SSRC of the publisher
    _base: int | None = None  # extended number with which the next feedback begins
    _highest: int = 0
    _times: dict[int, float] = field(default_factory=dict)  # extended number → seconds
    _sent_at: float | None = None
    _number: int = 0

    def receive(self, sequence: int, now: float) -> None:
        if self._base is None:
            self._base, self._highest, self._sent_at = sequence, sequence, now
        number = extend(sequence, self._highest)
        if abs(number - self._highest) > MAX_PENDING:
            self._times.clear()
            self._base = self._highest = number
        if number < self._base:
            return  # already told as missing; telling it again would take back what was told of its neighbours
        self._highest = max(self._highest, number)
        if len(self._times) < MAX_PENDING:
            self._times.setdefault(number, now)

    def next_deadline(self) -> float | None:
        return self._sent_at + INTERVAL_S if self._times and self._sent_at is not None else None

    def feedback(self, now: float) -> list[TransportFeedback]:
        """What to send now: nothing before the interval is over, else feedbacks that tell of each number once."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return []
        numbers, self._sent_at = sorted(self._times), now
        out: list[TransportFeedback] = []
        while numbers:
            numbers = self._append(out, numbers)
        self._times.clear()
        return out

    def _append(self, out: list[TransportFeedback], numbers: list[int]) -> list[int]:
        """Adds one feedback about the first of `numbers` and returns the rest."""
        base = max(self._base or 0, numbers[0] - MAX_SPAN + 1)
        first = self._times[numbers[0]]
        told = [
            number
            for number in numbers
            if number < base + MAX_SPAN and abs(self._times[number] - first) < _MAX_STEP_S / 2
        ]
        reference = int(min(self._times[number] for number in told) / TICK_S) // REFERENCE_TICKS
        start = reference * REFERENCE_TICKS
        arrivals: list[int | None] = [None] * (told[-1] + 1 - base)
        for number in told:
            arrivals[number - base] = int(self._times[number] / TICK_S) - start
        out.append(TransportFeedback(self.sender, self.media, base & 0xFFFF, reference, self._number, tuple(arrivals)))
        self._number = (self._number + 1) & 0xFF
        self._base = told[-1] + 1
        return [number for number in numbers if number > told[-1]]
