"""What a session has told its client, numbered, and kept for a while in case the line was cut."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

import msgspec

from signaling.limits import ANSWERS_KEPT
from signaling.messages import AnyEvent, Envelope

KEPT_EVENTS = 256
KEPT_S = 120.0


def encoded(number: int, event: AnyEvent) -> str:
    """One message as it goes over the wire."""
    return msgspec.json.encode(Envelope(number, event)).decode()


@dataclass(slots=True)
class Outbox:
    """Numbers events from 1 and keeps the last 256 of them, none for longer than 120 s. Times are monotonic seconds."""

    last: int = 0  # number of the newest event
    _kept: deque[tuple[int, float, str]] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))

    def put(self, event: AnyEvent, now: float) -> str:
        """Gives the event its number, and its text for the line."""
        self.last += 1
        text = encoded(self.last, event)
        self._kept.append((self.last, now, text))
        return text

    def after(self, number: int, now: float) -> list[str] | None:
        """Every event after `number`, or None when some of them are no longer there: the client needs a snapshot."""
        while self._kept and now - self._kept[0][1] > KEPT_S:
            self._kept.popleft()
        if number > self.last or self.last - number > len(self._kept):
            return None
        return [text for kept, _, text in self._kept if kept > number]


@dataclass(slots=True)
class Answers:
    """Remembers what was answered to the latest commands: one sent again is answered again and not done twice."""

    newest: int = 0  # the highest command number handled
    _events: OrderedDict[int, AnyEvent] = field(default_factory=OrderedDict)

    def remember(self, number: int, answer: AnyEvent) -> None:
        self.newest = max(self.newest, number)
        self._events[number] = answer
        if len(self._events) > ANSWERS_KEPT:
            self._events.popitem(last=False)

    def to(self, number: int) -> AnyEvent | None:
        """The answer given before, if it is still known."""
        return self._events.get(number)
