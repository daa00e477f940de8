"""From whom to whom: which peer publishes a track, and who gets it.

An SSRC means something only together with the peer it came from, so nobody can speak in another's name. It is bound
to a track by the offer that named it, else by the MID of a packet (RFC 8843 §9.2), else by its payload type.
"""

from media.plane.endpoint import Endpoint
from media.plane.interface import Extensions, Ingress, PeerIndex, Route, RouteIndex, TrackIndex
from media.plane.latch import Latch
from media.plane.rewriter import Rewriter
from media.plane.source import Source
from media.plane.track import Track


class Router:
    """Tracks, routes and the peers at both ends."""

    def __init__(self) -> None:
        self._endpoints: dict[PeerIndex, Endpoint] = {}
        self.tracks: dict[TrackIndex, Track] = {}
        self._holders: dict[RouteIndex, dict[TrackIndex, Rewriter]] = {}  # on which tracks a route is listed
        self.active: list[Track] = []  # tracks with fresh packets
        self.losing: dict[Source, None] = {}  # sources of which packets are missing

    def endpoint(self, peer: PeerIndex) -> Endpoint:
        """The peer's record, made when it is first named."""
        found = self._endpoints.get(peer)
        if found is None:
            found = self._endpoints[peer] = Endpoint(peer)
        return found

    def known(self, peer: PeerIndex) -> Endpoint | None:
        return self._endpoints.get(peer)

    def rewriter(self, route: RouteIndex) -> Rewriter | None:
        """How the route is written; of two that it moves between, the one it goes to."""
        holders = self._holders.get(route, {}).values()
        return next((rewriter for rewriter in holders if rewriter.route.begins), next(iter(holders), None))

    def track(self, index: TrackIndex) -> Track:
        found = self.tracks.get(index)
        if found is None:
            found = self.tracks[index] = Track(index)
        return found

    def discard_unused(self, track: Track) -> None:
        if track.unused:
            self.tracks.pop(track.index, None)

    def remove(self, peer: PeerIndex) -> Endpoint | None:
        """Forgets a peer, what it publishes and every route towards it."""
        endpoint = self._endpoints.pop(peer, None)
        if endpoint is None:
            return None
        for track in list(self.tracks.values()):
            if track.publisher == peer:
                self._unpublish(track)
            self._set_rewriters(track, [kept for kept in track.rewriters if kept.endpoint is not endpoint])
        return endpoint

    def set_ingress(self, peer: PeerIndex, ingress: tuple[Ingress, ...], extensions: Extensions) -> None:
        endpoint = self.endpoint(peer)
        endpoint.extensions, endpoint.latch = extensions, Latch(ingress)
        published = {section.track for section in ingress}
        for track in list(self.tracks.values()):
            if track.publisher == peer and track.index not in published:
                endpoint.disown(track.index)
                self._unpublish(track)
        for section in ingress:
            track = self.track(section.track)
            if track.publisher is not None and track.publisher != peer:
                self.endpoint(track.publisher).disown(track.index)
                track.unpublish()
            track.publish(peer, section)

    def _unpublish(self, track: Track) -> None:
        if track.source is not None:
            self.losing.pop(track.source, None)
        track.unpublish()
        self.discard_unused(track)

    def set_routes(self, index: TrackIndex, routes: tuple[Route, ...]) -> None:
        track = self.track(index)
        for route in routes:
            if route.begins:
                self._take_off_others(route, index)
        self._set_rewriters(track, [self._rewriter(route, track) for route in routes])

    def _rewriter(self, route: Route, track: Track) -> Rewriter:
        """The one that the track has for `route` already, or a new one."""
        known = self._holders.get(route.route, {}).get(track.index)
        return known if known is not None and known.route == route else Rewriter(route, self.endpoint(route.peer))

    def _take_off_others(self, route: Route, index: TrackIndex) -> None:
        """Wherever else the route may begin: it is on one such track at a time."""
        for other, rewriter in list(self._holders.get(route.route, {}).items()):
            if other != index and rewriter.route.begins:
                track = self.tracks[other]
                self._set_rewriters(track, [kept for kept in track.rewriters if kept is not rewriter])

    def set_tap(self, index: TrackIndex, stream: int | None) -> None:
        track = self.track(index)
        track.tap = stream
        self.discard_unused(track)

    def _set_rewriters(self, track: Track, rewriters: list[Rewriter]) -> None:
        """What is fed by the track and no longer listed on it goes on, if ever, with a mapping of its own."""
        listed = {rewriter.numbering for rewriter in rewriters}
        for gone in track.rewriters:
            self._holders.get(gone.route.route, {}).pop(track.index, None)
            if gone.numbering not in listed and gone.numbering.is_fed_by(track.index):
                gone.numbering.interrupt()
        for rewriter in rewriters:
            self._holders.setdefault(rewriter.route.route, {})[track.index] = rewriter
        for gone in track.rewriters:
            if not self._holders.get(gone.route.route, True):
                del self._holders[gone.route.route]
        track.rewriters = rewriters
        self.discard_unused(track)

    def missing(self, now: float) -> list[tuple[TrackIndex, int, list[int]]]:
        """What to ask publishers for again: track, media SSRC, numbers of 16 bits."""
        asked = []
        for source in list(self.losing):
            numbers = source.losses.due(now)
            if numbers:
                asked.append((source.track, source.ssrc, [number & 0xFFFF for number in numbers]))
            if not source.losses:
                del self.losing[source]
        return asked
