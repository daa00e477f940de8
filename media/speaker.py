"""Who speaks in a room, and who has the floor: from the audio levels in publishers' packets (RFC 6464).

A level is −dBov: 0 is as loud as can be, 127 is silence. Pure; times are seconds on the caller's monotonic clock.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from media.ids import RoomId, TrackId

LOOK_S = 0.1  # between two looks at the levels: five packets of sound
BEGINS = 45  # as loud as this or louder may be speech: a voice lies at 20 to 40, a ward's noise above 50
GOES_ON = 55  # the weaker ends of words are still speech
ATTACK_S = 0.15  # loud for so long, so that no cough and no key on the table counts
RELEASE_S = 0.75  # quiet for so long: breath and thought are shorter, and frames round pictures do not flicker
TAKES_S = 0.95  # who speaks for so long into a silence has the floor: longer than a "yes" of a listener
MAX_SPEAKERS = 3  # told at a time; more than that is no conversation


@dataclass(slots=True)
class _Voice:
    loud_since: float
    last_loud: float
    speaks_since: float | None = None


@dataclass(slots=True)
class Floor:
    """One room's."""

    holder: TrackId | None = None  # whom to look at; stays the last one while nobody speaks
    _voices: dict[TrackId, _Voice] = field(default_factory=dict)  # of those who are loud, or were a moment ago

    @property
    def speakers(self) -> tuple[TrackId, ...]:
        """Those who speak, in the order in which they began."""
        speaking = {track: v.speaks_since for track, v in self._voices.items() if v.speaks_since is not None}
        return tuple(sorted(speaking, key=speaking.__getitem__))[:MAX_SPEAKERS]

    def hear(self, levels: Iterable[tuple[TrackId, int]], now: float) -> bool:
        """Takes the level of each track that sent something since the last look; returns whether anything changed."""
        before = self.speakers, self.holder
        for track, level in levels:
            self._hear(track, level, now)
        for track in list(self._voices):
            self._settle(track, now)
        self._give_floor(now)
        return before != (self.speakers, self.holder)

    def _hear(self, track: TrackId, level: int, now: float) -> None:
        voice = self._voices.get(track)
        if level <= (GOES_ON if voice is not None and voice.speaks_since is not None else BEGINS):
            if voice is None:
                self._voices[track] = _Voice(now, now)
            else:
                voice.last_loud = now

    def _settle(self, track: TrackId, now: float) -> None:
        voice = self._voices[track]
        if voice.speaks_since is None and voice.last_loud < now:
            del self._voices[track]  # a noise, and over
        elif voice.speaks_since is None and now - voice.loud_since >= ATTACK_S:
            voice.speaks_since = now
        elif now - voice.last_loud >= RELEASE_S:
            del self._voices[track]

    def _give_floor(self, now: float) -> None:
        """Nobody takes the floor from somebody who speaks."""
        speakers = self.speakers
        if not speakers or self.holder in speakers:
            return
        since = self._voices[speakers[0]].speaks_since
        if self.holder is None or (since is not None and now - since >= TAKES_S):
            self.holder = speakers[0]


@dataclass(slots=True)
class Floors:
    """Those of all rooms."""

    _floors: dict[RoomId, Floor] = field(default_factory=dict)

    def hear(
        self, levels: Iterable[tuple[RoomId, TrackId, int]], now: float
    ) -> Iterator[tuple[RoomId, tuple[TrackId, ...], TrackId | None]]:
        """Takes a look at every room; yields room, speakers and holder where anything changed."""
        heard: dict[RoomId, list[tuple[TrackId, int]]] = defaultdict(list)
        for room, track, level in levels:
            heard[room].append((track, level))
        for room in self._floors.keys() | heard.keys():
            floor = self._floors.setdefault(room, Floor())
            if floor.hear(heard.get(room, ()), now):
                yield room, floor.speakers, floor.holder

    def keep(self, rooms: set[RoomId]) -> None:
        """Forgets all other rooms."""
        self._floors = {room: floor for room, floor in self._floors.items() if room in rooms}
