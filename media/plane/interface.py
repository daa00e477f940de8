"""The few verbs of the packet plane: what a pure and a compiled forwarding path have in common.

The plane owns the socket. It knows packets, keys, routes and addresses that somebody else has validated; it knows
nothing of SDP, ICE, DTLS or people. Whatever is not a protected RTP packet comes out of `poll` for the caller. Times
are seconds on the caller's monotonic clock. Indices are small integers that the caller hands out and reuses.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, NewType, Protocol

PeerIndex = NewType("PeerIndex", int)
TrackIndex = NewType("TrackIndex", int)
RouteIndex = NewType("RouteIndex", int)  # one track towards one subscriber
Address = tuple[str, int]  # numeric host and port, exactly as the socket reports it

DEPARTURES_KEPT = 2_048  # per peer: more than two seconds of the best video; feedback comes ten times a second
MAX_CLOCK_STEP_S = 2.0  # sender reports that put a move farther off than this are wrong, or a lie


class Target(NamedTuple):
    """The highest layers that a subscriber is to get of a stream that has several: size and frame rate."""

    spatial: int  # 0–3
    temporal: int  # 0–7


WHOLE = Target(3, 7)  # all there can be


class Profile(Enum):
    """SRTP protection profiles by their DTLS names (RFC 5764 §4.1.2, RFC 7714 §14.2), best first."""

    AEAD_AES_128_GCM = "SRTP_AEAD_AES_128_GCM"
    AEAD_AES_256_GCM = "SRTP_AEAD_AES_256_GCM"
    AES128_CM_SHA1_80 = "SRTP_AES128_CM_SHA1_80"


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """Key and salt, concatenated, of each direction, as RFC 5764 §4.2 derives them."""

    profile: Profile
    receive: bytes
    send: bytes


@dataclass(frozen=True, slots=True)
class Codec:
    """What the plane must know of a publisher's codec to read key frames and repair."""

    name: str  # lower case, as in rtpmap
    payload_type: int
    rtx_payload_type: int | None
    clock_rate: int


@dataclass(frozen=True, slots=True)
class Extensions:
    """Header extension ids of one peer's negotiation (RFC 8285); 0 = not negotiated."""

    mid: int = 0
    transport_cc: int = 0
    audio_level: int = 0
    abs_send_time: int = 0
    rid: int = 0
    repaired_rid: int = 0
    dependency: int = 0  # descriptors of VP9 and AV1 (AV1 payload format, appendix A)


@dataclass(frozen=True, slots=True)
class Ingress:
    """How packets of one published track are recognised: by SSRC where the offer named it, else by MID.

    Each layer of a simulcast (RFC 8853) is a track of its own. It has a `rid`, and is recognised by MID and RID
    together, its repairs by MID and repaired RID (RFC 8852); once a packet named them, by its SSRC alone.
    """

    track: TrackIndex
    video: bool
    mid: str
    ssrcs: frozenset[int]  # media SSRCs named in the offer, may be empty
    rtx_ssrcs: frozenset[int]
    codecs: tuple[Codec, ...]
    payload_types_only: bool = False  # neither SSRC nor MID negotiated: the payload type decides
    rid: str = ""  # empty: the section has one layer, whatever RID its packets name


@dataclass(frozen=True, slots=True)
class Route:
    """One track towards one subscriber, with everything that is rewritten on the way.

    A route moves between tracks without a hole when it is listed, under the same `route`, `peer` and `ssrc`, first on
    the track it leaves with `begins` false, then on the track it goes to with `begins` true: the first packet of a key
    frame there ends the other, and `Poll.begun` tells. A route that begins on one track is taken off any other on which
    it might begin; taken off the track that feeds it, it stops at once and goes on with a key frame.

    Packets with a dependency descriptor are chosen by `target`, as soon as the stream allows it. They lose their audio
    level and absolute send time where the subscriber negotiated the descriptor.
    """

    route: RouteIndex
    peer: PeerIndex
    ssrc: int
    payload_types: dict[int, int]  # publisher's payload type → subscriber's
    rtx_ssrc: int | None
    rtx_payload_types: dict[int, int]  # subscriber's media payload type → its RTX payload type
    mid: str
    extensions: Extensions  # ids in the subscriber's negotiation
    ingress_extensions: Extensions  # ids in the publisher's, of what is copied (audio level, abs-send-time)
    begins: bool = True  # false: goes on while this track feeds it already, never begins here
    target: Target = WHOLE  # where packets say to which layer they belong, no higher one goes out


class Arrival(NamedTuple):
    """A media packet under a transport-wide number, for congestion feedback; a tuple, because one is made for each."""

    peer: PeerIndex
    transport_sequence: int
    time: float


@dataclass(slots=True)
class Poll:
    """What one turn of the plane has for its caller."""

    datagrams: list[tuple[bytes, Address]] = field(default_factory=list)  # STUN, DTLS
    rtcp: list[tuple[PeerIndex, bytes, float]] = field(default_factory=list)  # unprotected compounds, when each came
    arrivals: list[Arrival] = field(default_factory=list)
    started: list[tuple[TrackIndex, int]] = field(default_factory=list)  # first packet of a track, its payload type
    missing: list[tuple[TrackIndex, int, list[int]]] = field(
        default_factory=list
    )  # track, media SSRC, numbers to ask for again
    waiting: list[TrackIndex] = field(default_factory=list)  # a subscriber needs a key frame before it can begin
    begun: list[tuple[RouteIndex, TrackIndex]] = field(default_factory=list)  # from here on this track feeds the route
    more: bool = False  # the bound on one turn was met: poll again soon


@dataclass(frozen=True, slots=True)
class SourceCounters:
    """Reception of one SSRC, for receiver reports (RFC 3550 §6.4.1)."""

    track: TrackIndex
    ssrc: int
    packets: int
    octets: int
    highest_sequence: int  # extended
    lost: int  # cumulative
    jitter: float  # RTP ticks
    last_packet: float
    frames: int = 0  # packets with the marker bit: ends of pictures (of sound: beginnings of speech)
    layers: tuple[int, ...] = ()  # octets for a subscriber of the sizes up to each; empty: it tells of none
    paces: tuple[int, ...] = ()  # the same of the least size, with the frame rates up to each


@dataclass(frozen=True, slots=True)
class RouteCounters:
    """Sending on one route, for sender reports (RFC 3550 §6.4.1)."""

    packets: int
    octets: int
    last_timestamp: int  # RTP ticks, as the subscriber sees them
    last_time: float
    timestamp_offset: int  # subscriber's ticks − publisher's ticks, modulo 2³²


class Plane(Protocol):
    """One plane per worker; not safe to be called from two threads."""

    @property
    def port(self) -> int: ...
    def fileno(self) -> int:
        """The descriptor whose readiness means that `poll` has work."""

    def add_peer(self, peer: PeerIndex, keys: SrtpKeys) -> None: ...
    def remove_peer(self, peer: PeerIndex) -> None:
        """Forgets the peer, its address, its ingress and every route towards it."""

    def bind(self, peer: PeerIndex, address: Address) -> None:
        """From now on the peer is at `address` (ICE validated it). May come before `add_peer`."""

    def answer_checks(self, peer: PeerIndex, username: bytes, password: bytes) -> None:
        """Allows the plane to answer binding requests of this STUN username by itself where they come from the peer's
        address, and so change nothing but when the last one came (RFC 7675 §5)."""

    def checked(self, peer: PeerIndex) -> float:
        """When it last did; 0 if it never has."""

    def set_ingress(self, peer: PeerIndex, ingress: tuple[Ingress, ...], extensions: Extensions) -> None: ...
    def set_route(self, track: TrackIndex, route: Route) -> None:
        """Lists a route on a track, or gives it another form there; its SSRC keeps numbering, cache and counters."""

    def end_route(self, track: TrackIndex, route: RouteIndex) -> None:
        """Takes a route off a track."""

    def set_clock(self, track: TrackIndex, ticks: int) -> None:
        """Tells which RTP timestamp (modulo 2³²) the source that feeds `track` now has at the zero of its publisher's
        clock, from a sender report (RFC 3550 §6.4.1).

        With the clocks of two tracks of one publisher a route moves between them without a step in time; without, or
        where they differ from the arrivals by more than `MAX_CLOCK_STEP_S`, what passed between the arrivals counts.
        """

    def set_tap(self, track: TrackIndex, stream: int | None) -> None:
        """Copies unprotected packets to the recorder's socket as `stream`; drops are counted, never waited for."""

    def send(self, datagram: bytes, address: Address) -> None:
        """STUN and DTLS out."""

    def send_rtcp(self, peer: PeerIndex, compound: bytes) -> None:
        """Protects and sends; silently dropped (and counted) without keys or address."""

    def retransmit(self, route: RouteIndex, sequences: list[int], now: float) -> int:
        """Sends again what the cache still holds (RTX if negotiated); returns how many."""

    def probe(self, route: RouteIndex, count: int, size: int, now: float) -> int:
        """Sends up to `count` packets of nothing but `size` bytes (1–255) of padding on the route's RTX SSRC, to learn
        what the line bears; returns how many went: 0 without RTX, keys, address or a first packet of media."""

    def poll(self, now: float) -> Poll: ...
    def sources(self, peer: PeerIndex) -> list[SourceCounters]: ...
    def route(self, route: RouteIndex) -> RouteCounters | None: ...
    def departures(self, peer: PeerIndex, base: int, count: int) -> list[tuple[float, int] | None]:
        """When (s) and how large (bytes of the datagram) packets went to `peer` under the transport-wide numbers from
        `base` (16 bits) on; None for those never sent, or more than `DEPARTURES_KEPT` numbers ago."""

    def levels(self) -> list[tuple[TrackIndex, int]]:
        """The loudest audio level (RFC 6464: 0 loudest, 127 silence) of each track that told one since last asked."""

    def counters(self) -> dict[str, int]:
        """Totals: packets_in, packets_out, and dropped_<reason> for each reason."""

    def close(self) -> None: ...
