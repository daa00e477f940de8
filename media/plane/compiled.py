"""The packet plane in C, where it could be built (`media/plane/native/`): `PurePlane`'s twin, verb by verb.

By itself it turns in a thread of its own that sleeps in the kernel, never takes Python's lock, and wakes whoever waits
for `fileno` only when something other than forwarding is to be done. What arrived when, for feedback, it keeps until
somebody polls for another reason or because feedback is due. Tests turn it themselves, with their own time.
"""

from collections.abc import Iterable
from functools import partial
from secrets import randbelow
from socket import socket
from typing import Any

from media.plane.endpoint import MAX_SOURCES
from media.plane.interface import (
    Address,
    Arrival,
    Extensions,
    Ingress,
    PeerIndex,
    Poll,
    Profile,
    Route,
    RouteCounters,
    RouteIndex,
    SourceCounters,
    SrtpKeys,
    TrackIndex,
)
from media.plane.numbering import FIRST_BELOW
from media.plane.port import Port

try:
    from media.plane._native import ffi, lib
except ImportError:  # it could not be built here
    ffi = lib = None
BUILT = ffi is not None

_MAX_PAIRS = 16  # payload types of a route
_MAX_MID = 16  # bytes; a longer one does not fit an extension element, and is not written
_MAX_LEVELS = 4_096
_KEY_BYTES = {Profile.AEAD_AES_128_GCM: 28, Profile.AEAD_AES_256_GCM: 44, Profile.AES128_CM_SHA1_80: 30}
_new_arrival = partial(tuple.__new__, Arrival)


class CompiledPlane:
    """`Plane` in C. `tap` is the recorder's socket, if there is one; the caller keeps it open."""

    def __init__(
        self,
        host: str,
        port: int = 0,
        queue_bytes: int = 4_194_304,
        tap: socket | None = None,
        *,
        threaded: bool = True,
    ) -> None:
        """Binds the socket. Raises `OSError`, and `RuntimeError` where the extension is not there."""
        if not BUILT:
            raise RuntimeError("the compiled packet plane has not been built")
        self._port = Port(host, port, queue_bytes)
        self._plane: Any = lib.plane_open(self._port.fileno(), tap.fileno() if tap is not None else -1)
        self._levels = [ffi.new("int32_t[]", _MAX_LEVELS) for _ in range(2)]  # asked for ten times a second
        refusal = lib.plane_start(self._plane) if threaded else 0
        if refusal:
            self.close()
            raise OSError(refusal, "the packet plane's thread did not start")

    @property
    def port(self) -> int:
        return self._port.number

    def fileno(self) -> int:
        event: int = lib.plane_fileno(self._plane)
        return event if event >= 0 else self._port.fileno()

    def close(self) -> None:
        if self._plane is not None:
            lib.plane_close(self._plane)
            self._plane = None
            self._port.close()

    # ── peers, tracks and routes

    def add_peer(self, peer: PeerIndex, keys: SrtpKeys) -> None:
        if {len(keys.receive), len(keys.send)} != {_KEY_BYTES[keys.profile]}:
            raise ValueError("a key of another profile's length")
        lib.plane_add_peer(self._plane, peer, _PROFILES[keys.profile], keys.receive, keys.send)

    def remove_peer(self, peer: PeerIndex) -> None:
        lib.plane_remove_peer(self._plane, peer)

    def bind(self, peer: PeerIndex, address: Address) -> None:
        lib.plane_bind(self._plane, peer, address[0].encode(), address[1])

    def answer_checks(self, peer: PeerIndex, username: bytes, password: bytes) -> None:
        lib.plane_answer_checks(self._plane, peer, username, len(username), password, len(password))

    def checked(self, peer: PeerIndex) -> float:
        last: float = lib.plane_checked(self._plane, peer)
        return last

    def set_ingress(self, peer: PeerIndex, ingress: tuple[Ingress, ...], extensions: Extensions) -> None:
        kept: list[Any] = []  # what the sections point at
        sections = ffi.new("plane_section[]", [_section(section, kept) for section in ingress])
        ids = ffi.new("plane_extensions *", _ids(extensions))
        lib.plane_set_ingress(self._plane, peer, sections, len(ingress), ids)

    def set_route(self, track: TrackIndex, route: Route) -> None:
        lib.plane_set_route(self._plane, track, ffi.new("plane_route *", _route(route)))

    def end_route(self, track: TrackIndex, route: RouteIndex) -> None:
        lib.plane_end_route(self._plane, track, route)

    def set_clock(self, track: TrackIndex, ticks: int) -> None:
        lib.plane_set_clock(self._plane, track, ticks & 0xFFFFFFFF)

    def set_tap(self, track: TrackIndex, stream: int | None) -> None:
        lib.plane_set_tap(self._plane, track, -1 if stream is None else stream)

    # ── out

    def send(self, datagram: bytes, address: Address) -> None:
        lib.plane_send(self._plane, datagram, len(datagram), address[0].encode(), address[1])

    def send_rtcp(self, peer: PeerIndex, compound: bytes) -> None:
        lib.plane_send_rtcp(self._plane, peer, compound, len(compound))

    def retransmit(self, route: RouteIndex, sequences: list[int], now: float) -> int:
        numbers = ffi.new("uint16_t[]", [sequence & 0xFFFF for sequence in sequences])
        sent: int = lib.plane_retransmit(self._plane, route, numbers, len(sequences), now)
        return sent

    def probe(self, route: RouteIndex, count: int, size: int, now: float) -> int:
        sent: int = lib.plane_probe(self._plane, route, max(0, count), max(0, size), now)
        return sent

    # ── in

    def poll(self, now: float) -> Poll:
        told = lib.plane_poll(self._plane, now)
        turn = Poll(more=bool(told.more))
        if told.arrival_count:
            turn.arrivals = _arrivals(told)
        if told.datagram_count or told.report_count:
            _read_bytes(told, turn)
        if told.started_count or told.begun_count or told.waiting_count or told.gap_count:
            _read_tracks(told, turn)
        return turn

    # ── what is known

    def sources(self, peer: PeerIndex) -> list[SourceCounters]:
        told = ffi.new("plane_reception[]", MAX_SOURCES)
        count = lib.plane_sources(self._plane, peer, told)
        return [
            SourceCounters(
                track=TrackIndex(source.track),
                ssrc=source.ssrc,
                packets=source.packets,
                octets=source.octets,
                highest_sequence=source.highest_sequence,
                lost=source.lost,
                jitter=source.jitter,
                last_packet=source.last_packet,
                frames=source.frames,
                layers=tuple(source.layers[0 : source.layer_count]),
                paces=tuple(source.paces[0 : source.pace_count]),
            )
            for source in told[0:count]
        ]

    def route(self, route: RouteIndex) -> RouteCounters | None:
        told = ffi.new("plane_sending *")
        if not lib.plane_sent(self._plane, route, told):
            return None
        return RouteCounters(told.packets, told.octets, told.last_timestamp, told.last_time, told.timestamp_offset)

    def departures(self, peer: PeerIndex, base: int, count: int) -> list[tuple[float, int] | None]:
        told = ffi.new("plane_departure[]", count)
        lib.plane_departures(self._plane, peer, base & 0xFFFF, count, told)
        return [(departure.time, departure.size) if departure.size else None for departure in told]

    def levels(self) -> list[tuple[TrackIndex, int]]:
        tracks, levels = self._levels
        count = lib.plane_levels(self._plane, tracks, levels, _MAX_LEVELS)
        return [(TrackIndex(tracks[place]), levels[place]) for place in range(count)]

    def counters(self) -> dict[str, int]:
        told = ffi.new("uint64_t[]", lib.PLANE_COUNTS)
        lib.plane_counters(self._plane, told)
        return {name: count for name, count in zip(_COUNTS, told, strict=True) if count or name in _ALWAYS_TOLD}


# ── to C


def _section(section: Ingress, kept: list[Any]) -> dict[str, Any]:
    def array(kind: str, values: Iterable[Any]) -> Any:
        kept.append(ffi.new(kind, list(values)))
        return kept[-1]

    mid, rid = section.mid.encode(), section.rid.encode()
    return {
        "track": section.track,
        "video": section.video,
        "payload_types_only": section.payload_types_only,
        "ssrc_count": len(section.ssrcs),
        "rtx_ssrc_count": len(section.rtx_ssrcs),
        "codec_count": len(section.codecs),
        "mid_size": len(mid),
        "rid_size": len(rid),
        "ssrcs": array("uint32_t[]", section.ssrcs),
        "rtx_ssrcs": array("uint32_t[]", section.rtx_ssrcs),
        "codecs": array("plane_codec[]", map(_codec, section.codecs)),
        "mid": array("uint8_t[]", mid),
        "rid": array("uint8_t[]", rid),
    }


def _codec(codec: Any) -> tuple[int, int, int, int]:
    repairs = -1 if codec.rtx_payload_type is None else codec.rtx_payload_type
    return codec.payload_type, _KINDS.get(codec.name, lib.PLANE_OPAQUE), repairs, codec.clock_rate


def _route(route: Route) -> dict[str, Any]:
    types, repairs, mid = list(route.payload_types.items()), list(route.rtx_payload_types.items()), route.mid.encode()
    if len(types) > _MAX_PAIRS or len(repairs) > _MAX_PAIRS:
        raise ValueError("more payload types than a route can have")
    if len(mid) > _MAX_MID:
        mid = b""
    return {
        "route": route.route,
        "peer": route.peer,
        "ssrc": route.ssrc,
        "rtx_ssrc": route.rtx_ssrc or 0,
        "ids": _ids(route.extensions),
        "ingress_ids": _ids(route.ingress_extensions),
        "begins": route.begins,
        "has_rtx": route.rtx_ssrc is not None,
        "spatial": route.target.spatial,
        "temporal": route.target.temporal,
        "mid_size": len(mid),
        "type_count": len(types),
        "rtx_type_count": len(repairs),
        "mid": list(mid),
        "types": types,
        "rtx_types": repairs,
        "first": randbelow(FIRST_BELOW),
        "first_repair": randbelow(FIRST_BELOW),
    }


def _ids(ids: Extensions) -> tuple[int, ...]:
    return ids.mid, ids.transport_cc, ids.audio_level, ids.abs_send_time, ids.rid, ids.repaired_rid, ids.dependency


# ── from C


def _arrivals(told: Any) -> list[Arrival]:
    peers, numbers, times = told.arrival_peers, told.arrival_sequences, told.arrival_times
    columns = (ffi.unpack(column, told.arrival_count) for column in (peers, numbers, times))
    return list(map(_new_arrival, zip(*columns, strict=True)))


def _read_bytes(told: Any, turn: Poll) -> None:
    data = ffi.buffer(told.bytes, told.byte_count)
    turn.datagrams = [
        (data[one.at : one.at + one.size], (ffi.string(one.host).decode(), one.port))
        for one in told.datagrams[0 : told.datagram_count]
    ]
    turn.rtcp = [
        (PeerIndex(one.peer), data[one.at : one.at + one.size], one.time) for one in told.reports[0 : told.report_count]
    ]


def _read_tracks(told: Any, turn: Poll) -> None:
    turn.started = [(TrackIndex(track), kind) for track, kind in told.started[0 : told.started_count]]
    turn.begun = [(RouteIndex(route), TrackIndex(track)) for route, track in told.begun[0 : told.begun_count]]
    turn.waiting = [TrackIndex(track) for track in told.waiting[0 : told.waiting_count]]
    turn.missing = [
        (TrackIndex(gap.track), gap.ssrc, ffi.unpack(told.numbers + gap.at, gap.count))
        for gap in told.gaps[0 : told.gap_count]
    ]


_PROFILES: dict[Profile, int] = {}
_KINDS: dict[str, int] = {}
_COUNTS: list[str] = []
_ALWAYS_TOLD = {"packets_in", "packets_out", "dropped_queue_full", "dropped_unsendable"}
if BUILT:
    _PROFILES = {
        Profile.AEAD_AES_128_GCM: lib.PLANE_GCM_128,
        Profile.AEAD_AES_256_GCM: lib.PLANE_GCM_256,
        Profile.AES128_CM_SHA1_80: lib.PLANE_CM_SHA1_80,
    }
    _KINDS = {
        "vp8": lib.PLANE_VP8,
        "vp9": lib.PLANE_VP9,
        "h264": lib.PLANE_H264,
        "av1": lib.PLANE_AV1,
        "red": lib.PLANE_RED,
    }
    _COUNTS = [ffi.string(lib.plane_count_name(count)).decode() for count in range(lib.PLANE_COUNTS)]
