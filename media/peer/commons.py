"""What all peers of one worker share: the plane, the tables of tracks and indices, and the way events go out."""

import math
from dataclasses import dataclass, field

from media import ice
from media.commands import Configure
from media.events import AnyEvent
from media.peer.agenda import Agenda, Waiting
from media.peer.track import Track, Tracks
from media.plane.interface import Plane, TrackIndex
from media.ports import ReportTap, Security
from media.rtcp.keyframes import KeyframeRequests


@dataclass(slots=True)
class Indices:
    """Small numbers for the plane's tables; a number given back is handed out again."""

    _free: list[int] = field(default_factory=list)
    _next: int = 0

    def take(self) -> int:
        if self._free:
            return self._free.pop()
        self._next += 1
        return self._next - 1

    def give_back(self, index: int) -> None:
        self._free.append(index)


@dataclass(slots=True)
class Commons:
    """Times are seconds on the caller's monotonic clock."""

    settings: Configure
    plane: Plane
    security: Security
    tap: ReportTap | None = None
    agents: ice.Agents = field(default_factory=ice.Agents)
    tracks: Tracks = field(default_factory=Tracks)
    keyframes: KeyframeRequests[TrackIndex] = field(default_factory=KeyframeRequests)
    peer_indices: Indices = field(default_factory=Indices)
    track_indices: Indices = field(default_factory=Indices)
    route_indices: Indices = field(default_factory=Indices)
    agenda: Agenda[Waiting] = field(default_factory=Agenda)  # of the peers
    deadline: float = math.inf  # when the relay itself must look again
    _events: list[AnyEvent] = field(default_factory=list)

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """What our candidates name."""
        return tuple((host, port or self.plane.port) for host, port in self.settings.advertise)

    def wake_by(self, time: float | None) -> None:
        if time is not None and time < self.deadline:
            self.deadline = time

    def tell(self, event: AnyEvent) -> None:
        self._events.append(event)

    def take_events(self) -> list[AnyEvent]:
        events, self._events = self._events, []
        return events

    def route(self, track: Track) -> None:
        """Gives the plane the track's routes as its outlets now want them."""
        routes = (outlet.route() for outlet in track.outlets)
        self.plane.set_routes(track.index, tuple(route for route in routes if route is not None))

    def want_keyframe(self, track: Track) -> None:
        if track.kind == "video":
            self.keyframes.ask(track.index)
            self.wake_by(self.keyframes.next_deadline())
