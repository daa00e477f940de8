"""What one line has not taken yet: sound and reports go before pictures, and what is too late is dropped."""

from collections import deque
from dataclasses import dataclass, field

from media.rtp import ssrc

LATEST_S = 1.0  # that a packet may wait: jitter buffers hold no more
MOST_PICTURES = 131_072  # bytes: half a second of a good picture
MOST_SOUND = 32_768  # a second of eight voices, reports and handshakes beside


@dataclass(slots=True)
class Waiting:
    """Packets in their order, no more than `most` bytes of them. Times are seconds on the caller's monotonic clock."""

    most: int
    octets: int = 0
    _packets: deque[tuple[float, bytes]] = field(default_factory=deque)

    def add(self, packet: bytes, now: float) -> int:
        """How many packets were dropped for it, the oldest."""
        self._packets.append((now, packet))
        self.octets += len(packet)
        before = len(self._packets)
        while self.octets > self.most or now - self._packets[0][0] > LATEST_S:
            self.pop()
        return before - len(self._packets)

    def pop(self) -> bytes:
        _, packet = self._packets.popleft()
        self.octets -= len(packet)
        return packet


@dataclass(slots=True)
class Backlog:
    """Of one line."""

    _sound: Waiting = field(default_factory=lambda: Waiting(MOST_SOUND))
    _pictures: Waiting = field(default_factory=lambda: Waiting(MOST_PICTURES))

    @property
    def octets(self) -> int:
        return self._sound.octets + self._pictures.octets

    def add(self, packet: bytes, now: float) -> int:
        """How many packets were dropped for it."""
        return (self._pictures if ssrc.of_pictures(packet) else self._sound).add(packet, now)

    def take(self, octets: int) -> list[bytes]:
        """What goes next, until it is so many bytes."""
        packets: list[bytes] = []
        for waiting in (self._sound, self._pictures):
            while waiting.octets and octets > 0:
                packets.append(waiting.pop())
                octets -= len(packets[-1])
        return packets
