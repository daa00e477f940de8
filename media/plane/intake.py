"""Packets in: proved to come from their peer, found their track, numbered, and kept once for everybody."""

from collections.abc import Callable
from functools import partial

from media.plane.endpoint import Endpoint
from media.plane.frames import Frame
from media.plane.interface import Arrival, PeerIndex, Poll, TrackIndex
from media.plane.layout import Layout
from media.plane.packet import EMPTY, HAS_LEVEL, HAS_SEND_TIME, PADDED, PLAIN, new_packet
from media.plane.router import Router
from media.plane.source import Repair, Source
from media.plane.srtp import REPLAYED, Memory
from media.plane.track import Track
from media.rtp.header import FIXED, MARKER, MalformedRtp, payload_end

SUPERSEDED_S = 1.0  # an SSRC that another one followed gets its track back only when that has been silent so long

_read_fixed = FIXED.unpack_from
_new_arrival: Callable[[tuple[PeerIndex, int, float]], Arrival] = partial(tuple.__new__, Arrival)


class Intake:
    """Takes packets in, one by one."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._levels: dict[TrackIndex, int] = {}  # the loudest of each track since it was last asked for

    def receive(self, endpoint: Endpoint, memory: Memory, size: int, now: float, turn: Poll) -> str:
        """Takes in one protected packet, the first `size` bytes of `memory`; returns what to count it under."""
        data = memory.data
        _, second, sequence, timestamp, ssrc = _read_fixed(data)
        owner = endpoint.sources.get(ssrc)
        if owner is None and not endpoint.may_add_source(ssrc, now):
            return "dropped_too_many_sources"
        if endpoint.inbound is None:
            return "dropped_no_keys"
        size = endpoint.inbound.rtp(memory, size)
        if size < 0:
            return "dropped_replayed" if size == REPLAYED else "dropped_forged"
        if not endpoint.may_send(now):
            return "dropped_too_many_packets"
        try:
            if owner is None:
                owner = self._adopt(endpoint, ssrc, data, size)
                if owner is None:
                    return "dropped_unassigned"
            layout = owner.layout
            if layout.probe(data) != layout.expected:
                layout = owner.layout = Layout(data, size, endpoint.extensions)
            start, end = layout.start, payload_end(data, layout.start, size) if layout.padded else size
        except MalformedRtp:
            return "dropped_malformed"
        if place := layout.transport:
            turn.arrivals.append(_new_arrival((endpoint.index, data[place] << 8 | data[place + 1], now)))
        track = self._router.tracks[owner.track]
        form = track.formats.get(second & 0x7F)
        if form is None or form.repairs is isinstance(owner, Source):
            return "dropped_payload_type"
        if isinstance(owner, Source):
            if track.source is not owner and not _takes_over(track, owner, sequence, now):
                return "dropped_superseded"
            number = owner.accept(sequence, timestamp, end - start, now)
        else:
            owner.last_time = now
            if end - start < 2:
                return "dropped_padding"
            original = data[start] << 8 | data[start + 1]
            number = track.source.accept_repair(original, now) if track.source is not None else None
            start += 2
            second = second & MARKER | form.media_type
        if number is None or track.source is None:
            return "dropped_duplicate"
        track.source.frames += second >> 7
        if layout.level:
            self._note_level(track.index, data[layout.level] & 0x7F)
        payload = memory.view[start:end].tobytes()
        head = PLAIN | second if payload else PLAIN | PADDED | second
        frame = _frame(layout, memory, track.source, number, payload) if form.layered else None
        packet = new_packet((number, timestamp, head, _copied(layout, data), payload or EMPTY, frame))
        track.source.cache.store(packet)
        if not track.fresh:
            self._router.active.append(track)
        track.fresh.append(packet)
        if not track.started:
            track.started = True
            turn.started.append((track.index, second & 0x7F))
        return "packets_in"

    def _adopt(self, endpoint: Endpoint, ssrc: int, data: bytearray, size: int) -> Source | Repair | None:
        """Finds the track of an SSRC not heard before, or not understood so far. Raises `MalformedRtp`."""
        if ssrc not in endpoint.sources:  # counted before anything of it is read: libsrtp has made room for it by now
            endpoint.sources[ssrc] = None
            endpoint.sources_ever += 1
        layout = Layout(data, size, endpoint.extensions)
        ids = endpoint.extensions
        rid = layout.value(data, ids.rid) or layout.value(data, ids.repaired_rid)
        found = endpoint.latch.belonging(ssrc, layout.value(data, ids.mid), data[1] & 0x7F, rid)
        track = self._router.tracks.get(found.track) if found else None
        form = track.formats.get(data[1] & 0x7F) if track else None
        if found is None or track is None or form is None or track.publisher != endpoint.index:
            return None
        owner = (
            Repair(track.index, layout)
            if found.repairs
            else Source(
                track.index,
                layout,
                ssrc,
                form.clock_rate,
                self._router.losing,
                publisher=endpoint.index,
                numbers_pictures=form.numbers_pictures,
            )
        )
        endpoint.sources[ssrc] = owner
        return owner

    def _note_level(self, track: TrackIndex, level: int) -> None:
        if level < self._levels.get(track, 128):
            self._levels[track] = level

    def take_levels(self) -> list[tuple[TrackIndex, int]]:
        levels, self._levels = self._levels, {}
        return list(levels.items())


def _takes_over(track: Track, source: Source, sequence: int, now: float) -> bool:
    """Gives the track to an SSRC that it has not had, or that had it before and is the only one left."""
    current = track.source
    if current is not None and source.packets and now - current.last_time < SUPERSEDED_S:
        return False
    source.begin(sequence, now)
    track.fresh.clear()
    track.source = source
    return True


def _frame(layout: Layout, memory: Memory, source: Source, number: int, payload: bytes) -> Frame | None:
    """Of which frame a packet is; of none where it is only padding."""
    if layout.descriptor is None or not payload:
        return None
    return source.frame(memory.view[slice(*layout.descriptor)].tobytes(), number, len(payload))


def _copied(layout: Layout, data: bytearray) -> int:
    """The extension values that travel on, as `Packet.copied` has them."""
    copied = 0
    if layout.level:
        copied = HAS_LEVEL | data[layout.level] << 24
    if layout.send_time:
        copied |= HAS_SEND_TIME | int.from_bytes(data[layout.send_time : layout.send_time + 3])
    return copied
