"""Everything that a run counts."""

from collections import Counter
from dataclasses import dataclass, field

from signaling.load.door import Refusal
from signaling.load.histogram import Histogram
from signaling.load.streams import Heard, Source


@dataclass(slots=True)
class Tally:
    """`refused` by (what was asked, HTTP status, code), `failed` by code. Times in seconds."""

    sources: list[Source] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    wanted: int = 0  # connections that were begun
    connected: Histogram = field(default_factory=Histogram)  # from the request until media can flow
    first_packet: Histogram = field(default_factory=Histogram)  # from the request, of those who receive
    delay: Histogram = field(default_factory=Histogram)  # from a packet's making until it reached our socket
    late: Histogram = field(default_factory=Histogram)  # of our own timers
    refused: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    received_bytes: int = 0
    unsent: int = 0  # datagrams that our own system would not take
    dropped: int = 0  # packets that came faster than this process could read them
    odd: int = 0  # packets that were forged, or of no stream we know
    unstamped: int = 0  # packets whose payload was damaged, or is not of our making
    key_requests: int = 0
    repair_requests: int = 0

    def refuse(self, refusal: Refusal) -> None:
        self.refused[refusal.asked, refusal.status, refusal.code] += 1

    @property
    def sent(self) -> int:
        return sum(source.sent for source in self.sources)

    @property
    def received(self) -> int:
        return sum(heard.packets for heard in self.heard)

    @property
    def lost(self) -> int:
        return sum(heard.lost for heard in self.heard)

    @property
    def expected(self) -> int:
        return sum(heard.expected for heard in self.heard)

    @property
    def lost_share(self) -> float:
        return self.lost / self.expected if self.expected else 0.0

    @property
    def failures(self) -> int:
        return self.refused.total() + self.failed.total()
