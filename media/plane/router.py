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
            for rewriter in [rewriter for rewriter in track.rewriters if rewriter.endpoint is endpoint]:
                self._unlist(track, rewriter)
            self.discard_unused(track)
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

    def set_route(self, index: TrackIndex, route: Route) -> None:
        track = self.track(index)
        if route.begins:
            self._take_off_others(route.route, index)
        known = self._holders.get(route.route, {}).get(index)
        if known is not None and known.route == route:
            return
        rewriter = Rewriter(route, self.endpoint(route.peer))
        if known is not None:
            self._unlist(track, known, rewriter)
        self._holders.setdefault(route.route, {})[index] = rewriter
        track.rewriters.append(rewriter)

    def end_route(self, index: TrackIndex, route: RouteIndex) -> None:
        rewriter = self._holders.get(route, {}).get(index)
        if rewriter is not None:
            self._unlist(self.tracks[index], rewriter)
            self.discard_unused(self.tracks[index])

    def _take_off_others(self, route: RouteIndex, index: TrackIndex) -> None:
        """Wherever else the route may begin: it is on one such track at a time."""
        for other, rewriter in list(self._holders.get(route, {}).items()):
            if other != index and rewriter.route.begins:
                self.end_route(other, route)

    def _unlist(self, track: Track, gone: Rewriter, heir: Rewriter | None = None) -> None:
        """What was fed by the track goes on, if ever, with a mapping of its own, unless `heir` takes its place here."""
        track.rewriters.remove(gone)
        holders = self._holders[gone.route.route]
        del holders[track.index]
        if not holders:
            del self._holders[gone.route.route]
        inherited = heir is not None and heir.numbering is gone.numbering
        if not inherited and gone.numbering.is_fed_by(track.index):
            gone.numbering.interrupt()

    def set_tap(self, index: TrackIndex, stream: int | None) -> None:
        track = self.track(index)
        track.tap = stream
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
