"""From whom to whom: finds the track of each packet that comes in, and keeps who gets which track.

An SSRC means something only together with the peer it came from, so nobody can speak in another's name. It is bound
to a track by the offer that named it, else by the MID of a packet (RFC 8843 §9.2), else by its payload type.
"""

from collections import Counter

from media.plane.endpoint import Endpoint
from media.plane.interface import Arrival, Extensions, Ingress, PeerIndex, Poll, Route, RouteIndex, TrackIndex
from media.plane.latch import Latch
from media.plane.packet import HAS_LEVEL, HAS_SEND_TIME, Packet
from media.plane.rewriter import Rewriter
from media.plane.source import Repair, Source
from media.plane.srtp import Memory
from media.plane.track import Track
from media.rtp.header import FIXED, HAS_PADDING, MARKER, MalformedRtp, extension_block, payload_end

SUPERSEDED_S = 1.0  # an SSRC that another one followed gets its track back only when that has been silent so long
_NOTHING = b"\x01"  # payload of a packet that had only padding: it keeps its number, so that no hole appears

Elements = list[tuple[int, int, int]]  # header extensions: id, begin, end


class Router:
    """Tracks, routes and the peers at both ends. `counts` is the plane's, for what is dropped."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._endpoints: dict[PeerIndex, Endpoint] = {}
        self._tracks: dict[TrackIndex, Track] = {}
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
        found = self._tracks.get(index)
        if found is None:
            found = self._tracks[index] = Track(index)
        return found

    def discard_unused(self, track: Track) -> None:
        if track.unused:
            self._tracks.pop(track.index, None)

    def remove(self, peer: PeerIndex) -> Endpoint | None:
        """Forgets a peer, what it publishes and every route towards it."""
        endpoint = self._endpoints.pop(peer, None)
        if endpoint is None:
            return None
        for track in list(self._tracks.values()):
            if track.publisher == peer:
                self._unpublish(track)
            self._set_rewriters(track, [kept for kept in track.rewriters if kept.endpoint is not endpoint])
        return endpoint

    def set_ingress(self, peer: PeerIndex, ingress: tuple[Ingress, ...], extensions: Extensions) -> None:
        endpoint = self.endpoint(peer)
        endpoint.extensions, endpoint.latch = extensions, Latch(ingress)
        published = {section.track for section in ingress}
        for track in list(self._tracks.values()):
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
        for track in self._tracks.values():
            if rewriter in track.rewriters:
                track.rewriters.remove(rewriter)

    def _set_rewriters(self, track: Track, rewriters: list[Rewriter]) -> None:
        for gone in track.rewriters:
            self._rewriters.pop(gone.route.route, None)
        for rewriter in rewriters:
            self._rewriters[rewriter.route.route] = rewriter
        track.rewriters = rewriters
        self.discard_unused(track)

    def receive(self, endpoint: Endpoint, memory: Memory, size: int, now: float, turn: Poll) -> None:
        """Takes in one unprotected packet, the first `size` bytes of `memory`."""
        data = memory.data
        try:
            flags, second, sequence, timestamp, ssrc = FIXED.unpack_from(data)
            elements, start = extension_block(data, size)
            end = payload_end(data, start, size) if flags & HAS_PADDING else size
        except MalformedRtp:
            self._counts["dropped_malformed"] += 1
            return
        copied, transport_sequence = _read_elements(endpoint.extensions, data, elements)
        turn.arrivals.append(Arrival(endpoint.index, transport_sequence, now))
        owner = endpoint.sources.get(ssrc) or self._adopt(endpoint, ssrc, data, elements, now)
        if owner is None:
            self._counts["dropped_unassigned"] += 1
            return
        track = self._tracks[owner.track]
        form = track.formats.get(second & 0x7F)
        if form is None or form.repairs is isinstance(owner, Source):
            self._counts["dropped_payload_type"] += 1
            return
        if isinstance(owner, Source):
            number = self._place(track, owner, sequence, timestamp, end - start, now)
        else:
            number = self._place_repair(track, owner, data[start : start + 2] if end - start >= 2 else b"", now)
            start += 2
            second = second & MARKER | form.media_type
        if number is not None:
            payload = memory.view[start:end].tobytes()
            self._take(track, Packet(number, timestamp, second, copied, payload or _NOTHING, not payload), turn)

    def _adopt(
        self, endpoint: Endpoint, ssrc: int, data: bytearray, elements: Elements, now: float
    ) -> Source | Repair | None:
        """Finds the track of an SSRC not heard before, or not understood so far."""
        if ssrc not in endpoint.sources:
            endpoint.sources[ssrc] = None
            endpoint.sources_ever += 1
        mid = next(
            (bytes(data[begin:end]) for number, begin, end in elements if number == endpoint.extensions.mid), b""
        )
        found = endpoint.latch.belonging(ssrc, mid, data[1] & 0x7F)
        track = self._tracks.get(found.track) if found else None
        form = track.formats.get(data[1] & 0x7F) if track else None
        if found is None or track is None or form is None or track.publisher != endpoint.index:
            return None
        owner = Repair(track.index, now) if found.repairs else Source(track.index, ssrc, form.clock_rate)
        endpoint.sources[ssrc] = owner
        return owner

    def _place(
        self, track: Track, source: Source, sequence: int, timestamp: int, octets: int, now: float
    ) -> int | None:
        """The extended number of a media packet, None where it is to be dropped."""
        current = track.source
        if current is not source:
            if current is not None and source.packets and now - current.last_time < SUPERSEDED_S:
                self._counts["dropped_superseded"] += 1
                return None
            source.begin(sequence, now)
            track.fresh.clear()
            track.source = source
        number = source.accept(sequence, timestamp, octets, now)
        if number is None:
            self._counts["dropped_duplicate"] += 1
        return number

    def _place_repair(self, track: Track, repair: Repair, original: bytes | bytearray, now: float) -> int | None:
        """The extended number of the packet that came again, None where nobody needs it."""
        repair.last_time = now
        if not original:
            self._counts["dropped_padding"] += 1
            return None
        number = None if track.source is None else track.source.accept_repair(int.from_bytes(original), now)
        if number is None:
            self._counts["dropped_duplicate"] += 1
        return number

    def _take(self, track: Track, packet: Packet, turn: Poll) -> None:
        source = track.source
        if source is None:
            return
        source.cache.store(packet)
        if source.losses:
            self.losing[source] = None
        if not track.fresh:
            self.active.append(track)
        track.fresh.append(packet)
        if not track.started:
            track.started = True
            turn.started.append((track.index, packet.second & 0x7F))

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


def _read_elements(ids: Extensions, data: bytearray, elements: Elements) -> tuple[int, int]:
    """The values that travel on, as `Packet.copied` has them, and the transport-wide sequence number or −1."""
    copied, sequence = 0, -1
    for number, begin, end in elements:
        if number == ids.transport_cc and end - begin >= 2:
            sequence = data[begin] << 8 | data[begin + 1]
        elif number == ids.audio_level:
            copied |= HAS_LEVEL | data[begin] << 24
        elif number == ids.abs_send_time and end - begin == 3:
            copied |= HAS_SEND_TIME | int.from_bytes(data[begin:end])
    return copied, sequence
