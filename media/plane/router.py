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
        self._rewriters: dict[RouteIndex, Rewriter] = {}
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
        return self._rewriters.get(route)

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
        rewriters = []
        for route in routes:
            previous, endpoint = self._rewriters.get(route.route), self.endpoint(route.peer)
            if previous is not None and previous not in track.rewriters:
                self._take_off(previous)
                previous = None
            if previous is None or previous.numbering is not endpoint.numbering(route.ssrc):
                endpoint.numbering(route.ssrc).interrupt()
                rewriters.append(Rewriter(route, endpoint))
            else:
                rewriters.append(previous if previous.route == route else Rewriter(route, endpoint))
        self._set_rewriters(track, rewriters)

    def set_tap(self, index: TrackIndex, stream: int | None) -> None:
        track = self.track(index)
        track.tap = stream
        self.discard_unused(track)

    def _take_off(self, rewriter: Rewriter) -> None:
        for track in self.tracks.values():
            if rewriter in track.rewriters:
                track.rewriters.remove(rewriter)

    def _set_rewriters(self, track: Track, rewriters: list[Rewriter]) -> None:
        for gone in track.rewriters:
            self._rewriters.pop(gone.route.route, None)
        for rewriter in rewriters:
            self._rewriters[rewriter.route.route] = rewriter
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
