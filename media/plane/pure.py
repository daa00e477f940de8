"""The packet plane in Python: one turn reads what there is, then forwards it track by track, subscriber by subscriber.

Whatever one subscriber gets in a turn is written side by side in one piece of memory, protected in place and handed
to the kernel in one call per run.
"""

from collections import Counter
from itertools import groupby
from socket import socket

from media.plane.batch import Run, plan
from media.plane.demux import Addresses, Kind, kind_of
from media.plane.endpoint import Endpoint, Way
from media.plane.intake import Intake
from media.plane.interface import (
    Address,
    Extensions,
    Ingress,
    PeerIndex,
    Poll,
    Route,
    RouteCounters,
    RouteIndex,
    SourceCounters,
    SrtpKeys,
    TrackIndex,
)
from media.plane.packet import Packet
from media.plane.port import MAX_DATAGRAM, Port
from media.plane.rewriter import Rewriter
from media.plane.router import Router
from media.plane.selection import Selection
from media.plane.source import Source
from media.plane.srtp import REPLAYED, Memory, ProtectionFailed
from media.plane.tap import Tap
from media.plane.track import Track

DATAGRAMS_A_TURN = 96  # then timers and commands get their turn
MAX_PROBE = 255  # bytes of padding: its last byte counts them (RFC 3550 §5.1)
_OUTGOING = 72_000  # bytes: a run, the trailer of its last packet, and room to be wrong


class PurePlane:
    """`Plane` without compiled code of ours. `tap` is the recorder's socket, if there is one."""

    def __init__(self, host: str, port: int = 0, queue_bytes: int = 4_194_304, tap: socket | None = None) -> None:
        """Binds the socket. Raises `OSError`."""
        self._port = Port(host, port, queue_bytes)
        self._counts: Counter[str] = Counter(packets_in=0, packets_out=0)
        self._addresses = Addresses()
        self._router = Router()
        self._intake = Intake(self._router)
        self._outgoing = Memory(_OUTGOING)
        self._tap = Tap(tap, self._counts)

    @property
    def port(self) -> int:
        return self._port.number

    def fileno(self) -> int:
        return self._port.fileno()

    def close(self) -> None:
        self._port.close()

    def add_peer(self, peer: PeerIndex, keys: SrtpKeys) -> None:
        self._router.endpoint(peer).set_keys(keys)

    def remove_peer(self, peer: PeerIndex) -> None:
        endpoint = self._router.remove(peer)
        if endpoint is not None:
            self._addresses.forget(endpoint)

    def bind(self, peer: PeerIndex, address: Address) -> None:
        self._addresses.bind(self._router.endpoint(peer), address)

    def answer_checks(self, peer: PeerIndex, username: bytes, password: bytes) -> None:
        """Leaves them to its caller, who is no dearer."""

    def checked(self, peer: PeerIndex) -> float:
        return 0.0

    def set_ingress(self, peer: PeerIndex, ingress: tuple[Ingress, ...], extensions: Extensions) -> None:
        self._router.set_ingress(peer, ingress, extensions)

    def set_route(self, track: TrackIndex, route: Route) -> None:
        self._router.set_route(track, route)

    def end_route(self, track: TrackIndex, route: RouteIndex) -> None:
        self._router.end_route(track, route)

    def set_clock(self, track: TrackIndex, ticks: int) -> None:
        known = self._router.tracks.get(track)
        if known is not None and known.source is not None:
            known.source.clock = ticks

    def set_tap(self, track: TrackIndex, stream: int | None) -> None:
        self._router.set_tap(track, stream)

    def poll(self, now: float) -> Poll:
        turn = Poll()
        self._read(now, turn)
        for track in self._router.active:
            self._forward(track, now, turn)
        self._router.active.clear()
        if self._router.losing:
            turn.missing = self._router.missing(now)
        return turn

    def _read(self, now: float, turn: Poll) -> None:
        receive, peer_at, take_in = self._port.receive, self._addresses.at, self._intake.receive
        memory, counts = self._port.memory, self._counts
        for _ in range(DATAGRAMS_A_TURN):
            datagram = receive()
            if datagram is None:
                return
            size, source = datagram
            kind = kind_of(memory.data, size)
            if kind is Kind.RTP:
                endpoint = peer_at(source)
                counts[take_in(endpoint, memory, size, now, turn) if endpoint else "dropped_unbound"] += 1
            elif kind is Kind.CONTROL:
                turn.datagrams.append((bytes(memory.view[:size]), source))
            elif kind is Kind.RTCP:
                self._receive_rtcp(peer_at(source), size, now, turn)
            else:
                counts["dropped_unknown"] += 1
        turn.more = True

    def _receive_rtcp(self, endpoint: Endpoint | None, size: int, now: float, turn: Poll) -> None:
        if endpoint is None or endpoint.inbound is None:
            self._counts["dropped_unbound" if endpoint is None else "dropped_no_keys"] += 1
            return
        reporter = int.from_bytes(self._port.memory.view[4:8])
        if not endpoint.may_report(reporter):
            self._counts["dropped_too_many_sources"] += 1
            return
        plain = endpoint.inbound.rtcp(self._port.memory, size)
        if plain < 0:
            self._counts["dropped_replayed" if plain == REPLAYED else "dropped_forged"] += 1
            return
        endpoint.reporters.add(reporter)
        turn.rtcp.append((endpoint.index, bytes(self._port.memory.view[:plain]), now))

    def _forward(self, track: Track, now: float, turn: Poll) -> None:
        """Sends what came in on `track` during this turn to everybody who is to have it."""
        packets, track.fresh, source = track.fresh, [], track.source
        if source is None or not packets:
            return
        if track.tap is not None:
            self._tap.copy(track.tap, source.ssrc, packets, now)
        if source.described is not None:
            self._forward_layers(track, source, packets, now, turn)
            return
        runs, lowest = plan(packets), packets[0].number if len(packets) == 1 else min(packets).number
        for rewriter in track.rewriters:
            numbering, way = rewriter.numbering, rewriter.endpoint.way
            if way is None:
                continue
            if numbering.source is source and lowest >= numbering.floor >= source.span_start:
                mine = runs
            else:
                mine = plan(self._join(rewriter, track, source, packets, now, turn))
            for run in mine:
                self._send(rewriter, run, way, now)

    def _forward_layers(self, track: Track, source: Source, packets: list[Packet], now: float, turn: Poll) -> None:
        """The same for a source with several layers: everybody gets the frames of her target."""
        for rewriter in track.rewriters:
            way = rewriter.endpoint.way
            if way is None:
                continue
            chosen = self._select(rewriter, track, source, packets, now, turn)
            for _, alike in groupby(chosen, rewriter.described_size):
                for run in plan(list(alike)):
                    self._send(rewriter, run, way, now, described=True)

    def _select(
        self, rewriter: Rewriter, track: Track, source: Source, packets: list[Packet], now: float, turn: Poll
    ) -> list[Packet]:
        joined = self._join(rewriter, track, source, packets, now, turn)
        if not joined:
            return []
        numbering = rewriter.numbering
        selection = numbering.selection = numbering.selection or Selection(min(joined).number)
        chosen = [selection.choose(packet, rewriter.route.target) for packet in joined]
        if selection.waits and track.index not in turn.waiting:
            turn.waiting.append(track.index)
        return [packet for packet in chosen if packet is not None]

    def _join(
        self, rewriter: Rewriter, track: Track, source: Source, packets: list[Packet], now: float, turn: Poll
    ) -> list[Packet]:
        """Those of `packets` that may go out on a route that has just begun, or has to begin anew."""
        numbering = rewriter.numbering
        packets = [packet for packet in packets if packet.number >= source.span_start]
        if not numbering.follows(source):
            if not rewriter.route.begins:
                return []
            first = next((packet for packet in packets if track.can_start(packet)), None)
            if first is None:
                self._counts["dropped_before_keyframe"] += len(packets)
                if track.index not in turn.waiting:
                    turn.waiting.append(track.index)
                return []
            numbering.begin(source, first, now)
            turn.begun.append((rewriter.route.route, track.index))
        return [packet for packet in packets if packet.number >= numbering.floor]

    def _send(self, rewriter: Rewriter, run: Run, way: Way, now: float, *, described: bool = False) -> None:
        """Writes a run for one subscriber, protects it where it lies, and sends it in one call."""
        memory, count, trailer, endpoint = self._outgoing, len(run.packets), way.protection.trailer, rewriter.endpoint
        first = endpoint.transport_sequence
        try:
            header = (rewriter.write_described if described else rewriter.write)(run, memory.data, trailer)
            rewriter.numbering.sent(run.newest, count, run.octets, now)
            end = way.protection.rtp(memory, header + run.size, count, header + run.last)
        except KeyError:
            self._send_plain(rewriter, run, way, now)
        except ProtectionFailed:
            self._counts["dropped_unprotected"] += count
        else:
            datagrams, segment = memory.view[:end], header + run.size + trailer
            if rewriter.numbering.history is not None:
                rewriter.numbering.remember(datagrams, segment)
            if endpoint.transport_sequence != first:
                endpoint.departures.note(first, count, segment, end - (count - 1) * segment, now)
            self._counts["packets_out"] += way.send(self._port, datagrams, segment)

    def _send_plain(self, rewriter: Rewriter, run: Run, way: Way, now: float) -> None:
        """The sound of packets that repeat others (RFC 2198), for a subscriber who has not agreed to that."""
        source, known = rewriter.numbering.source, rewriter.route.payload_types
        packets = self._router.tracks[source.track].plain(run.packets) if source is not None else []
        readable = [packet for packet in packets if packet.head & 0x7F in known]
        self._counts["dropped_no_payload_type"] += len(run.packets) - len(readable)
        for plain in plan(readable):
            self._send(rewriter, plain, way, now)

    def send(self, datagram: bytes, address: Address) -> None:
        self._port.send(datagram, address)

    def send_rtcp(self, peer: PeerIndex, compound: bytes) -> None:
        endpoint = self._router.known(peer)
        way = endpoint.way if endpoint is not None else None
        if way is None or len(compound) > MAX_DATAGRAM:
            self._counts["dropped_rtcp_unsent"] += 1
            return
        self._outgoing.data[: len(compound)] = compound
        try:
            end = way.protection.rtcp(self._outgoing, len(compound))
        except ProtectionFailed:
            self._counts["dropped_unprotected"] += 1
        else:
            self._port.send(self._outgoing.view[:end], way.address)

    def retransmit(self, route: RouteIndex, sequences: list[int], now: float) -> int:
        rewriter = self._router.rewriter(route)
        way = rewriter.endpoint.way if rewriter is not None else None
        if rewriter is None or way is None:
            return 0
        allowed = rewriter.budget.take(len(sequences), now)
        self._counts["dropped_repairs"] += len(sequences) - allowed
        sent = sum(self._repair(rewriter, sequence & 0xFFFF, way, now) for sequence in sequences[:allowed])
        self._counts["packets_out"] += sent
        return sent

    def _repair(self, rewriter: Rewriter, sequence: int, way: Way, now: float) -> int:
        """Sends one packet again: as RTX, or as the very bytes that went out before."""
        if rewriter.repairs is None:
            datagram = rewriter.numbering.remembered(sequence)
            return self._port.send(datagram, way.address) if datagram else 0
        packet = rewriter.numbering.find(sequence)
        size = rewriter.write_repair(packet, self._outgoing.data) if packet is not None else 0
        return self._send_extra(rewriter, size, way, now) if size else 0

    def probe(self, route: RouteIndex, count: int, size: int, now: float) -> int:
        rewriter = self._router.rewriter(route)
        way = rewriter.endpoint.way if rewriter is not None else None
        if rewriter is None or way is None or not rewriter.numbering.packets or not rewriter.route.rtx_payload_types:
            return 0
        sent = 0
        for _ in range(count):
            written = rewriter.write_padding(max(1, min(size, MAX_PROBE)), self._outgoing.data)
            sent += self._send_extra(rewriter, written, way, now)
        self._counts["packets_out"] += sent
        return sent

    def _send_extra(self, rewriter: Rewriter, size: int, way: Way, now: float) -> int:
        """Sends one packet that lies written at the beginning of our memory, beside what comes in."""
        try:
            end = way.protection.rtp(self._outgoing, size)
        except ProtectionFailed:
            self._counts["dropped_unprotected"] += 1
            return 0
        rewriter.note_extra(end, now)
        return self._port.send(self._outgoing.view[:end], way.address)

    def departures(self, peer: PeerIndex, base: int, count: int) -> list[tuple[float, int] | None]:
        endpoint = self._router.known(peer)
        return endpoint.departures.look_up(base, count) if endpoint is not None else [None] * count

    def levels(self) -> list[tuple[TrackIndex, int]]:
        return self._intake.take_levels()

    def sources(self, peer: PeerIndex) -> list[SourceCounters]:
        endpoint = self._router.known(peer)
        sources = endpoint.sources.values() if endpoint is not None else ()
        return [source.counters() for source in sources if isinstance(source, Source) and source.packets]

    def route(self, route: RouteIndex) -> RouteCounters | None:
        rewriter = self._router.rewriter(route)
        return rewriter.numbering.counters() if rewriter is not None else None

    def counters(self) -> dict[str, int]:
        unsent = {"dropped_queue_full": self._port.unsent_full, "dropped_unsendable": self._port.unsent_refused}
        return dict(self._counts) | unsent
