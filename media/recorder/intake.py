"""Between the taps and the disk: one thread reads, one writes, and neither waits for the other."""

import logging
import select
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from media.recorder.commands import AddTrack, Begin, EndTrack, Finish
from media.recorder.events import Fault
from media.recorder.recorder import Recorder
from media.recorder.tap import MAX_DATAGRAM

log = logging.getLogger(__name__)

TICK_S = 0.05  # the writer works in batches: a wake-up per packet would cost more than the packet
IDLE_S = 10.0  # between two looks while nothing is recorded: stray packets are thrown away, a command wakes at once
TURN = 256  # datagrams read from one tap before the next has its turn
OVERLOAD_PAUSE_S = 5.0  # between two reports of dropped packets

Work = Begin | AddTrack | EndTrack | Finish


@dataclass(slots=True)
class Intake:
    """A bounded queue of packets and, in their right place among them, commands, which are never dropped."""

    bound: int
    dropped: Counter[str] = field(default_factory=Counter)
    _items: deque[bytes | Work] = field(default_factory=deque)
    _closing: threading.Event = field(default_factory=threading.Event)
    _called: threading.Event = field(default_factory=threading.Event)  # a command came, or the end

    def __len__(self) -> int:
        return len(self._items)

    @property
    def closing(self) -> bool:
        return self._closing.is_set()

    def put(self, work: Work) -> None:
        self._items.append(work)
        self._called.set()

    def offer(self, datagram: bytes) -> None:
        """Takes a datagram, or counts it as dropped when the disk is too far behind."""
        if len(self._items) >= self.bound:
            self.dropped["queue-full"] += 1
        else:
            self._items.append(datagram)

    def take(self) -> list[bytes | Work]:
        """What is there now; later arrivals wait for the next call."""
        return [self._items.popleft() for _ in range(len(self._items))]

    def close(self) -> None:
        """Both threads end: the reader at once, the writer when the queue is empty."""
        self._closing.set()
        self._called.set()

    def pause(self, *, idle: bool) -> None:
        """Waits for one tick, or less when closing; longer while idle, unless a command comes."""
        if not idle:
            self._closing.wait(TICK_S)
        elif self._called.wait(IDLE_S):
            self._called.clear()


def read_taps(taps: Sequence[socket.socket], intake: Intake, end: socket.socket) -> None:
    """Thread: moves datagrams into the intake until it closes; then the other side of `end` is closed as well."""
    poll = select.poll()
    sockets = {tap.fileno(): tap for tap in taps}
    for descriptor in (*sockets, end.fileno()):
        poll.register(descriptor, select.POLLIN)
    while not intake.closing:
        for descriptor, _ in poll.poll():
            if descriptor in sockets and not _drain(sockets[descriptor], intake):
                poll.unregister(descriptor)
                log.warning("a tap was closed on its far side")


def _drain(tap: socket.socket, intake: Intake) -> bool:
    """Reads up to TURN datagrams; False at the end of the tap."""
    for _ in range(TURN):
        try:
            datagram = tap.recv(MAX_DATAGRAM, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        if not datagram:  # no tap datagram is empty
            return False
        intake.offer(datagram)
    return True


@dataclass(slots=True)
class Writer:
    """Thread: everything that touches files."""

    intake: Intake
    recorder: Recorder
    _told: int = 0  # drops already reported
    _told_at: float = -OVERLOAD_PAUSE_S

    def run(self) -> None:
        """Until the intake closes; then finishes every recording."""
        while not self.intake.closing:
            self._turn()
            self.intake.pause(idle=not self.recorder.recordings)
        self._turn()
        self.recorder.finish_all("recorder-stopping")

    def _turn(self) -> None:
        for item in self.intake.take():
            if isinstance(item, bytes):
                self.recorder.receive(item)
            else:
                self.recorder.obey(item, time.monotonic())
        now = time.monotonic()
        self.recorder.on_time(now)
        self._tell_drops(now)

    def _tell_drops(self, now: float) -> None:
        dropped = self.intake.dropped["queue-full"]
        if dropped > self._told and now - self._told_at >= OVERLOAD_PAUSE_S:
            self._told, self._told_at = dropped, now
            for recording in self.recorder.recordings:
                self.recorder.report(Fault(recording, "overload"))
