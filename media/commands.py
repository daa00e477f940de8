"""Commands that a media worker obeys, in the order in which they arrive on its channel.

A frame on the channel is a four-byte big-endian length and one MessagePack map, tagged by `type`. The first frame is
`Configure`. A command with `re` is answered by exactly one event that carries the same `re`.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from media.ids import PeerId, RoomId, TrackId

MAX_SDP = 65_536  # characters; a larger description is refused before it is parsed
MAX_TRACKS = 64  # in one description

Sdp = Annotated[str, Meta(max_length=MAX_SDP)]
Kind = Literal["audio", "video"]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """Base of all commands."""


class Configure(Command, frozen=True, tag="configure"):
    """Settings of the worker; sent once, first."""

    host: str  # address the socket binds
    port: int  # UDP port, 0 takes a free one (`Ready` tells it)
    advertise: tuple[tuple[str, int], ...]  # addresses written into candidates; port 0 stands for the socket's own
    tcp: bool = False  # whether lines are taken on the TCP port of the same number, too
    silence_s: float = 5.0  # an unmuted publication without packets for this long is silent
    consent_s: float = 30.0  # a peer without an authenticated check for this long is closed (RFC 7675 asks for 30 s)
    queue_bytes: int = 4_194_304  # socket buffers asked of the kernel
    plane: Literal["auto", "compiled", "pure"] = "auto"  # which packet plane; auto: compiled where it could be built


class PublishedTrack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names one m-section of a publisher's offer."""

    track: TrackId
    kind: Kind
    mid: str = ""  # empty: the next m-section of this kind in the order of the offer (WHIP)
    width: int = 0  # of a picture, pixels; 0: not known
    height: int = 0


class Publish(Command, frozen=True, tag="publish"):
    """A publisher's offer, first or again (tracks added or removed, ICE restart). Answered by `Answered` or `Failed`.

    A track that an earlier offer had and this one has not, or has inactive, ends.
    """

    re: int
    peer: PeerId
    room: RoomId
    sdp: Sdp
    tracks: Annotated[tuple[PublishedTrack, ...], Meta(max_length=MAX_TRACKS)]


class Subscribe(Command, frozen=True, tag="subscribe"):
    """The tracks that `peer` is to receive, all of them; the relay offers (`Offered`) whenever its m-sections change.

    A track not published yet waits: its section appears with its first packet.
    """

    peer: PeerId
    room: RoomId
    tracks: tuple[TrackId, ...]


class ShownTrack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large a picture is shown, in pixels of the screen; 0 by 0 is hidden."""

    track: TrackId
    width: int
    height: int


class Show(Command, frozen=True, tag="show"):
    """What a subscriber shows of its pictures; of those not named the best is sent. Unknown peers are ignored."""

    peer: PeerId
    shown: Annotated[tuple[ShownTrack, ...], Meta(max_length=MAX_TRACKS)]


class Answer(Command, frozen=True, tag="answer"):
    """The client's answer to the relay's offer `number`; a stale number is ignored."""

    peer: PeerId
    number: int
    sdp: Sdp


class View(Command, frozen=True, tag="view"):
    """A WHEP client's offer (recvonly). Slot i belongs to the i-th m-section of the offer; None stays silent.

    Answered by `Answered` or `Failed`. `Fill` changes the slots later without a new negotiation.
    """

    re: int
    peer: PeerId
    room: RoomId
    sdp: Sdp
    slots: Annotated[tuple[TrackId | None, ...], Meta(max_length=MAX_TRACKS)]


class Fill(Command, frozen=True, tag="fill"):
    """New slots of a WHEP peer; a slot whose kind or codec does not fit its section stays silent."""

    peer: PeerId
    slots: Annotated[tuple[TrackId | None, ...], Meta(max_length=MAX_TRACKS)]


class Restart(Command, frozen=True, tag="restart"):
    """A subscriber's network changed: the next offer, at once, has fresh ICE credentials (RFC 8445 §9).

    Peer, keys and media stay; those who offer themselves (`Publish`, `View`) restart by their own next offer.
    """

    peer: PeerId


class ClosePeer(Command, frozen=True, tag="close"):
    """Ends a peer, its publications and its subscriptions. Unknown peers are ignored. Answered by `Disconnected`."""

    peer: PeerId
    reason: str


class Mute(Command, frozen=True, tag="mute"):
    """A muted track may be silent without being reported as such."""

    track: TrackId
    muted: bool


class Tap(Command, frozen=True, tag="tap"):
    """Copies a track's packets to the recorder as stream `stream`; None takes the tap off."""

    track: TrackId
    stream: int | None


class RequestKeyframe(Command, frozen=True, tag="request-keyframe"):
    """Asks a video track's publisher for a key frame, as a subscriber would; the recorder needs one after a loss."""

    track: TrackId


class Describe(Command, frozen=True, tag="describe"):
    """Asks for `Described`: the worker's state without addresses or keys, for people who look for a fault."""

    re: int


class Stop(Command, frozen=True, tag="stop"):
    """Closes every peer, then the process."""


AnyCommand = (
    Configure
    | Publish
    | Subscribe
    | Show
    | Answer
    | View
    | Fill
    | Restart
    | ClosePeer
    | Mute
    | Tap
    | RequestKeyframe
    | Describe
    | Stop
)
