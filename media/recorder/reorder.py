"""Puts packets back in order, and waits for repaired ones, but not for ever."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from media.recorder.packets import Packet
from media.rtp.sequence import extend

MAX_HELD = 2_048  # packets behind one gap; more than any stream sends while we wait
MAX_JUMP = 3_000  # numbers; a longer jump is a new numbering, as RFC 3550 appendix A.1 has it (MAX_DROPOUT)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A packet in its turn. `gap`: packets before it never came."""

    packet: Packet
    gap: bool


@dataclass(slots=True)
class ReorderBuffer:
    """Releases packets of one stream in the order of their numbers.

    A gap holds back what follows it until the missing packets arrive or `patience_s` has passed since the first
    packet behind it came; then they are given up. Numbers are extended from 16 bits, so they only grow.
    """

    patience_s: float
    _next: int | None = None  # the number that is due
    _ssrc: int | None = None
    _held: dict[int, Packet] = field(default_factory=dict)  # extended number → packet behind a gap
    _gap: bool = False  # the next packet released comes after a gap

    def receive(self, packet: Packet) -> Iterator[Ordered]:
        """What `packet` releases. Late packets and duplicates release nothing."""
        number = self._extended(packet)
        if number is None:
            yield from self.drain()
            number = self._restart(packet)
        if number >= self._due and number not in self._held:
            self._held[number] = packet
        yield from self._in_order()
        if len(self._held) > MAX_HELD:
            yield from self._give_up()

    def on_time(self, now: float) -> Iterator[Ordered]:
        """What `now` (monotonic seconds) releases because its gap was not repaired in time."""
        while self._held and now - self._oldest_arrival() >= self.patience_s:
            yield from self._give_up()

    def drain(self) -> Iterator[Ordered]:
        """Everything that is held: the stream has ended."""
        while self._held:
            yield from self._give_up()

    @property
    def _due(self) -> int:
        return self._next if self._next is not None else 0

    def _extended(self, packet: Packet) -> int | None:
        """The number without its 16-bit bound; None where a new numbering begins."""
        if self._next is None or packet.ssrc != self._ssrc:
            return None
        number = extend(packet.sequence, near=self._next)
        return None if abs(number - self._next) > MAX_JUMP else number

    def _restart(self, packet: Packet) -> int:
        self._gap = self._next is not None
        self._ssrc, self._next = packet.ssrc, packet.sequence
        return packet.sequence

    def _oldest_arrival(self) -> float:
        """When the first packet behind the present gap came. Packets are held in the order of their arrival."""
        return next(iter(self._held.values())).arrival

    def _give_up(self) -> Iterator[Ordered]:
        """Skips the gap in front of what is held."""
        self._next = min(self._held)
        self._gap = True
        yield from self._in_order()

    def _in_order(self) -> Iterator[Ordered]:
        while (packet := self._held.pop(self._due, None)) is not None:
            self._next = self._due + 1
            gap, self._gap = self._gap, False
            yield Ordered(packet, gap)
