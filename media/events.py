"""Events that a media worker reports, in the order in which they happened."""

from typing import Any, Literal

import msgspec

from media.ids import PeerId, RoomId, TrackId

FailureCode = Literal[
    "sdp-too-large",
    "sdp-invalid",  # cannot be parsed, or contradicts itself
    "sdp-unsupported",  # nothing in it that the relay carries
    "fingerprint-missing",
    "fingerprint-unsupported",
    "ice-credentials-missing",
    "too-many-sections",
    "unknown-track",
    "wrong-room",
    "wrong-peer-kind",  # a publisher's command for a subscriber's peer, or the other way round
    "too-many-peers",
]
PeerEnd = Literal["closed", "consent-lost", "dtls-closed", "dtls-failed", "never-connected", "worker-stopping"]


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of all events."""


class Ready(Event, frozen=True, tag="ready"):
    """The socket is bound; commands are obeyed from here on."""

    port: int


class Heartbeat(Event, frozen=True, tag="heartbeat"):
    """Every 0.5 s. Counters grow from the worker's start."""

    loop_lag_ms: float  # how late the heartbeat's own timer was
    peers: int
    tracks: int
    packets_in: int
    packets_out: int
    dropped: dict[str, int]  # reason → datagrams dropped


class Answered(Event, frozen=True, tag="answered"):
    """The relay's answer to `Publish` or `View`."""

    re: int
    peer: PeerId
    sdp: str


class Failed(Event, frozen=True, tag="failed"):
    """The command `re` is refused and changed nothing."""

    re: int
    code: FailureCode
    detail: str = ""  # for a developer; holds no address and no SDP


class Offered(Event, frozen=True, tag="offered"):
    """The relay's offer to a subscriber; `mids` names the section of each track. One offer is outstanding at a time."""

    peer: PeerId
    number: int
    sdp: str
    mids: dict[TrackId, str]


class Connected(Event, frozen=True, tag="connected"):
    """ICE and DTLS are up: media can flow."""

    peer: PeerId


class Disconnected(Event, frozen=True, tag="disconnected"):
    """The peer is gone with everything it published."""

    peer: PeerId
    reason: PeerEnd


class Started(Event, frozen=True, tag="started"):
    """The first packet of a track arrived."""

    track: TrackId
    codec: str  # as in SDP's rtpmap, for example "VP8" or "opus"
    clock_rate: int  # Hz
    channels: int  # 0 for video
    parameters: str  # the publisher's fmtp, or ""
    redundant: int | None = None  # payload type under which packets may come that repeat others (RFC 2198)


class Redundancy(Event, frozen=True, tag="redundancy"):
    """Whether the publisher of a sound is to repeat in each packet what the one before said."""

    track: TrackId
    wanted: bool


class Silent(Event, frozen=True, tag="silent"):
    """An unmuted track has sent nothing for `silence_s`."""

    track: TrackId


class Resumed(Event, frozen=True, tag="resumed"):
    """A silent track sends again."""

    track: TrackId


class Ended(Event, frozen=True, tag="ended"):
    """A track is no longer published."""

    track: TrackId


class Speaking(Event, frozen=True, tag="speaking"):
    """Who speaks in a room changed. `floor` is whom to look at: it stays the last one while nobody speaks."""

    room: RoomId
    tracks: tuple[TrackId, ...]  # at most three, in the order in which they began
    floor: TrackId | None


class Layers(Event, frozen=True, tag="layers"):
    """Which layers of a track are needed, best first; the publisher may pause the others.

    Those of a simulcast by their RIDs, sizes in one stream by how often they are halved.
    """

    track: TrackId
    rids: tuple[str, ...]


class PublishedFares(msgspec.Struct, frozen=True, array_like=True):
    """How a published track arrives here: of pictures with layers the best one, but the bits of all."""

    track: TrackId
    kbps: int
    lost: float  # share, before repairs
    frames: float  # a second; 0 of sound


class ReceivingFares(msgspec.Struct, frozen=True, array_like=True):
    """How all that a subscriber gets arrives there, as it reports."""

    peer: PeerId
    lost: float  # share, of the track that loses most
    round_trip_ms: int | None


class Fares(Event, frozen=True, tag="fares"):
    """How the lines of a room fared in the last second; told every second while anything is published in it."""

    room: RoomId
    published: tuple[PublishedFares, ...]
    receiving: tuple[ReceivingFares, ...]


class Described(Event, frozen=True, tag="described"):
    """Answer to `Describe`."""

    re: int
    state: dict[str, Any]


AnyEvent = (
    Ready
    | Heartbeat
    | Answered
    | Failed
    | Offered
    | Connected
    | Disconnected
    | Started
    | Redundancy
    | Silent
    | Resumed
    | Ended
    | Layers
    | Speaking
    | Fares
    | Described
)
