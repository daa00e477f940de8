"""How each person's line fares: what the relay counts and what clients see becomes one of three words.

Figures are for those in the call, told while they change noticeably; words that change are for the journal.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from media.events import PublishedFares, ReceivingFares
from rooms.ids import SeatId
from signaling.messages import Grade, LineState, Quality, ReceivedState, SentState, Source

FAIR_LOSS, POOR_LOSS = 0.02, 0.08  # shares; from the first on one notices, from the second on one repeats oneself
FAIR_MS, POOR_MS = 300, 600  # there and back; from the second on people interrupt each other
POOR_FREEZE = 0.1  # of the time in which pictures stood still; any at all is fair
FLUENT_FPS = 5  # a picture that the relay itself gets slower than this stands still by no fault of who looks at it
WORSE_S, BETTER_S = 3.0, 10.0  # how long a new word has to be true: bad news sooner than good
WRITTEN_EVERY_S = 60.0  # the journal hears of one seat no more often
STALE_S = 5.0  # what a client said counts for so long
LEAST_S = 0.9  # between two words of one client
WHOLE_EVERY_S = 30.0  # everybody's line is told again, to whoever missed a word
NOTICED = 0.25  # a figure that changed by a smaller share of itself is not told anew
NOTICED_LOSS, NOTICED_MS, NOTICED_KBPS, NOTICED_FPS = 2.0, 20, 50, 3  # nor one that changed by less
ORDER: tuple[Grade, ...] = ("good", "fair", "poor")


@dataclass(slots=True)
class Line:
    """One seat's. Shares are of packets, times monotonic seconds."""

    lost_up: float = 0.0
    lost_down: float = 0.0
    round_trip_ms: int | None = None
    frozen: float = 0.0
    sends: dict[Source, SentState] = field(default_factory=dict)
    grade: Grade = "good"
    written: Grade = "good"
    _next: Grade = "good"
    _since: float = 0.0
    _written_at: float | None = None
    _reported_at: float | None = None

    def report(self, round_trip_ms: int | None, received: Sequence[ReceivedState], now: float) -> None:
        """What its client saw of others' pictures and sounds since it last said so."""
        if self._reported_at is not None and now - self._reported_at < LEAST_S:
            return
        elapsed = min(STALE_S, now - self._reported_at) if self._reported_at is not None else STALE_S
        frozen_s = max((each.frozen_ms for each in received), default=0) / 1000
        self._reported_at, self.round_trip_ms = now, round_trip_ms
        self.frozen = min(1.0, frozen_s / max(elapsed, 0.5))
        self.lost_down = max((each.lost for each in received), default=0.0) / 100

    def judge(self, now: float) -> bool:
        """Takes a second into account; returns whether the word has changed."""
        if self._reported_at is not None and now - self._reported_at > STALE_S:
            self.frozen, self._reported_at = 0.0, None
        word = self._word()
        if word != self._next:
            self._next, self._since = word, now
        patience = WORSE_S if ORDER.index(word) > ORDER.index(self.grade) else BETTER_S
        if word == self.grade or now - self._since < patience:
            return False
        self.grade = word
        return True

    def to_be_written(self, now: float) -> bool:
        """Whether the journal is to hear of it now; then it has."""
        if self.grade == self.written:
            return False
        if self._written_at is not None and now - self._written_at < WRITTEN_EVERY_S:
            return False
        self.written, self._written_at = self.grade, now
        return True

    @property
    def figures(self) -> tuple[int, int | None, int]:
        """For the journal: per cent of packets lost, ms there and back, per cent of the time with frozen pictures."""
        lost = max(self.lost_up, self.lost_down)
        return round(100 * lost), self.round_trip_ms, round(100 * self.frozen)

    def state(self, seat: SeatId) -> LineState:
        return LineState(
            seat=seat,
            grade=self.grade,
            round_trip_ms=self.round_trip_ms,
            lost_up=round(100 * self.lost_up, 1),
            lost_down=round(100 * self.lost_down, 1),
            sends=tuple(self.sends.values()),
        )

    def _word(self) -> Grade:
        lost, waits = max(self.lost_up, self.lost_down), self.round_trip_ms or 0
        if lost >= POOR_LOSS or waits >= POOR_MS or self.frozen >= POOR_FREEZE:
            return "poor"
        return "fair" if lost >= FAIR_LOSS or waits >= FAIR_MS or self.frozen > 0 else "good"


@dataclass(slots=True)
class Lines:
    """Those of one act."""

    _lines: dict[SeatId, Line] = field(default_factory=dict)
    _counted_at: float | None = None
    _company: frozenset[str] = frozenset()
    _told: dict[SeatId, LineState] = field(default_factory=dict)
    _whole_at: float | None = None

    def fare(
        self,
        published: Iterable[tuple[SeatId, Source, PublishedFares]],
        receiving: Iterable[tuple[SeatId, ReceivingFares]],
        now: float,
    ) -> None:
        """What the relay counted in the last second, of everybody who is there."""
        before, self._lines, self._counted_at = self._lines, {}, now
        for seat, fares in receiving:
            line = self._kept(seat, before)
            line.lost_down = fares.lost
            line.round_trip_ms = line.round_trip_ms if fares.round_trip_ms is None else fares.round_trip_ms
        for seat, source, sent in published:
            line = self._kept(seat, before)
            line.lost_up = max(line.lost_up, sent.lost)
            line.sends[source] = SentState(source, sent.kbps, round(sent.frames))
        self._judge(now)

    def report(self, seat: SeatId, said: Quality, now: float) -> None:
        """What a client saw; what did not even come well to the relay is no matter of its line."""
        received = [each for each in said.received if self._came_well(each, now)]
        self._lines.setdefault(seat, Line()).report(said.round_trip_ms, received, now)
        self._judge(now)

    def counted(self, now: float) -> bool:
        """Whether a relay counts for this act at the moment."""
        return self._counted_at is not None and now - self._counted_at < STALE_S

    def due(self, now: float) -> list[tuple[SeatId, Line]]:
        """Of which seats the journal is to hear now."""
        return [(seat, line) for seat, line in self._lines.items() if line.to_be_written(now)]

    def states(self) -> tuple[LineState, ...]:
        return tuple(line.state(seat) for seat, line in self._lines.items())

    def news(self, company: frozenset[str], now: float) -> tuple[LineState, ...]:
        """Those that changed noticeably since they were told; all of them when there is somebody new, and at times."""
        if self._whole_at is None or now - self._whole_at >= WHOLE_EVERY_S or not company <= self._company:
            self._whole_at, self._told = now, {}
        self._company = company
        states = {seat: line.state(seat) for seat, line in self._lines.items()}
        changed = {seat: state for seat, state in states.items() if not _alike(state, self._told.get(seat))}
        self._told |= changed
        return tuple(changed.values())

    def _came_well(self, each: ReceivedState, now: float) -> bool:
        line = self._lines.get(SeatId(each.seat))
        if line is None or not self.counted(now):
            return True
        sent = line.sends.get(each.source)
        fluent = sent is None or sent.fps >= FLUENT_FPS or each.frozen_ms == 0
        return line.lost_up < FAIR_LOSS and fluent

    def _kept(self, seat: SeatId, before: dict[SeatId, Line]) -> Line:
        if seat not in self._lines:
            line = self._lines[seat] = before.get(seat) or Line()
            line.lost_up, line.sends = 0.0, {}
        return self._lines[seat]

    def _judge(self, now: float) -> None:
        for line in self._lines.values():
            line.judge(now)


def _alike(state: LineState, told: LineState | None) -> bool:
    """Whether nobody would notice the difference."""
    if told is None or _words(state) != _words(told):
        return False
    figures = zip(_figures(state), _figures(told), strict=True)
    return all(abs(now - then) < max(least, NOTICED * max(now, then)) for (now, least), (then, _) in figures)


def _words(state: LineState) -> tuple[Grade, list[Source]]:
    return state.grade, [sent.source for sent in state.sends]


def _figures(state: LineState) -> Iterator[tuple[float, float]]:
    """Each with the least change that is noticed."""
    yield state.lost_up, NOTICED_LOSS
    yield state.lost_down, NOTICED_LOSS
    yield state.round_trip_ms or 0, NOTICED_MS
    for sent in state.sends:
        yield sent.kbps, NOTICED_KBPS
        yield sent.fps, NOTICED_FPS
