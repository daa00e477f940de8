"""Requests for key frames, merged: many subscribers ask, the publisher hears few (RFC 4585 §6.3.1, RFC 5104 §4.3.1)."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

INTERVAL_S = 0.5  # a key frame is several times as large as another: two a second is what a line bears

TrackT = TypeVar("TrackT")


@dataclass(slots=True)
class KeyframeRequests(Generic[TrackT]):
    """Lets at most one request per track and interval through.

    A request that comes too soon is kept until the interval is over: the key frame on its way may have been lost too.
    """

    interval_s: float = INTERVAL_S
    _open_at: dict[TrackT, float] = field(default_factory=dict)  # when the next request may go out
    _asked: set[TrackT] = field(default_factory=set)

    def __len__(self) -> int:
        """Tracks of which a key frame is to be asked for, now or later."""
        return len(self._asked)

    def ask(self, track: TrackT) -> None:
        self._asked.add(track)

    def remind(self, track: TrackT, now: float) -> None:
        """Asks like `ask`, on behalf of somebody who will say so again: not while a key frame may be on its way."""
        if now >= self._open_at.get(track, now):
            self._asked.add(track)

    def due(self, now: float) -> list[TrackT]:
        """The tracks whose publishers are to be asked now."""
        tracks = [track for track in self._asked if now >= self._open_at.get(track, now)]
        for track in tracks:
            self._asked.discard(track)
            self._open_at[track] = now + self.interval_s
        return tracks

    def next_deadline(self) -> float | None:
        """When `due` has something to tell; None while nobody asks, 0 for at once."""
        return min((self._open_at.get(track, 0.0) for track in self._asked), default=None)

    def forget(self, track: TrackT) -> None:
        self._asked.discard(track)
        self._open_at.pop(track, None)
