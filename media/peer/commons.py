"""What all peers of one worker share: the plane, the tables of tracks and indices, and the way events go out."""

import math
from dataclasses import dataclass, field

from media import ice
from media.commands import Configure
from media.events import AnyEvent, Layers
from media.peer.agenda import Agenda, Waiting
from media.peer.layers import MISSING_S, STOPPED_S, UNNEEDED_S, Layer
from media.peer.track import Outlet, Track, Tracks
from media.plane.interface import Plane, RouteIndex, TrackIndex
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
    outlets: dict[RouteIndex, Outlet] = field(default_factory=dict)
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

    def route_all(self, track: Track) -> None:
        """The track changed, and with it perhaps every route of it."""
        for outlet in track.outlets:
            self.route(track, outlet)

    def route(self, track: Track, outlet: Outlet) -> None:
        """Gives the plane one outlet's routes as it now wants them, on the layers of the track that it has or had.

        What begins nowhere any more comes first: a route that begins takes its like off the other layers.
        """
        wanted, listed = outlet.routes(), outlet.listed
        for layer in sorted(wanted.keys() | listed.keys(), key=lambda layer: layer in wanted and wanted[layer].begins):
            if layer not in wanted:
                self.plane.end_route(layer.index, listed[layer].route)
            elif wanted[layer] != listed.get(layer):
                self.plane.set_route(layer.index, wanted[layer])
        outlet.listed = wanted
        self._ask_for_layers(track, outlet.needs())

    # ── layers

    def _ask_for_layers(self, track: Track, needs: set[Layer]) -> None:
        """What somebody needs is sent from now on; what nobody needs is paused in time (`pause_layers`)."""
        if track.sends is not None and not needs <= track.sends:
            self._tell_layers(track, track.needs() if track.inner else track.sends | needs)

    def pause_layers(self, track: Track, now: float) -> None:
        """Lets the publisher pause the layers that nobody has needed for a while."""
        if len(track.sizes) == 1:
            return
        needs = track.needs()
        for place, layer in enumerate(track.sizes):
            layer.needed_since = (layer.needed_since or now) if layer in needs else None
            waited = layer.needed_since is not None and now - layer.needed_since >= MISSING_S
            passed = track.sends is None and any(better.alive for better in track.sizes[place + 1 :])
            layer.missing = not layer.alive and (layer.missing or waited or passed)  # encoders begin with the least
        for layer in needs:
            layer.needed_at = now
        kept = {layer for layer in track.sizes if now - layer.needed_at < UNNEEDED_S}
        if track.inner and track.sends is not None and len(needs) == len(track.sends) == 1:
            kept = needs  # one alone in place of another, never two meanwhile
        if track.sends != kept:
            self._tell_layers(track, kept)

    def _tell_layers(self, track: Track, layers: set[Layer]) -> None:
        track.sends = layers
        self.tell(Layers(track.id, tuple(layer.rid for layer in reversed(track.sizes) if layer in layers)))

    # ── the recorder

    def record(self, track: Track, now: float) -> None:
        """Gives the recorder the best layer; another only where that is not sent, though there was time to begin."""
        sent = [layer for layer in track.layers if layer.alive] or track.layers
        wanted = None if track.stream is None else sent[-1] if track.tapped is not None else track.layers[-1]
        waits = track.tapped is not None and not track.tapped.alive and now - track.tapped_at < STOPPED_S
        if wanted is track.tapped or (waits and wanted is not None):
            return
        if track.tapped is not None:
            self.plane.set_tap(track.tapped.index, None)
        track.tapped, track.tapped_at = wanted, now
        if wanted is None:
            return
        self.plane.set_tap(wanted.index, track.stream)
        self.want_keyframe(track)
        self.tell_recorder(track, wanted)
        self._ask_for_layers(track, track.needs())

    def tell_recorder(self, track: Track, layer: Layer) -> None:
        """The clock of what the recorder gets."""
        if self.tap is not None and track.stream is not None and layer is track.tapped and layer.report is not None:
            report, arrival = layer.report
            self.tap.sender_report(track.stream, arrival, report.ntp, report.timestamp)

    # ── key frames

    def want_keyframe(self, track: Track) -> None:
        if track.kind == "video":
            self.keyframes.ask(track.index)
            self.wake_by(self.keyframes.next_deadline())
