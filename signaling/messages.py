"""Every message on the wire between a client and signaling, one frozen Struct each (docs/protocol.md tells the order).

A client's message is a *command*; it carries `id`, a number that grows by one with each command of a session, and gets
exactly one `done` or `refused` with the same number in `re`. A server's message is an *event* in an `Envelope` whose
number grows by one, so that a client that was away asks for what it missed. Nothing past this file sees a dict.
The JSON Schema and the client's types are generated from here.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

PROTOCOL = 1  # version; a client that speaks another is refused with `wrong-version`
MAX_MESSAGE = 65_536  # bytes of one message, either way
MAX_SDP = 49_152  # characters
MAX_TEXT = 2_000  # characters of a chat line

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Sdp = Annotated[str, Meta(min_length=1, max_length=MAX_SDP)]
Mid = Annotated[str, Meta(min_length=1, max_length=16)]
Token = Annotated[str, Meta(min_length=1, max_length=2_048)]
Label = Annotated[str, Meta(max_length=80)]
Reason = Annotated[str, Meta(max_length=200)]
Code = Annotated[str, Meta(max_length=64)]
Pixels = Annotated[int, Meta(ge=0, le=16_384)]
Seconds = float  # since the epoch, server clock

Source = Literal["microphone", "camera", "detail", "screen", "screen_sound"]
Grade = Literal["good", "fair", "poor"]
MediaKind = Literal["audio", "video"]
VideoCodec = Literal["vp8", "vp9", "av1", "h264"]
Purpose = Literal["act", "recording", "photo", "third_persons", "data_sharing"]
ConsentAnswer = Literal[
    "obtained",
    "refused",
    "not_possible_emergency",
    "by_trusted_person",
    "by_legal_representative",
    "withdrawn",
]
IdentityMethod = Literal["document_shown", "wristband", "known_to_requester", "spoken", "provisional"]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """Base of what a client sends. `id` starts at 1 in each session and grows by one."""

    id: Annotated[int, Meta(ge=1, le=2**31 - 1)]


class PublishedSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Says which m-section of the client's offer carries which source, and how large its picture is, if it is one."""

    mid: Mid
    source: Source
    muted: bool = False
    width: Pixels = 0
    height: Pixels = 0


class ShownPicture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large a picture is on the client's screen, in its own pixels; 0 by 0: hidden, nothing of it is sent."""

    device: Id
    source: Source
    width: Pixels
    height: Pixels


# -- entering -----------------------------------------------------------------------------------------------


class Join(Command, frozen=True, tag="join"):
    """First message of a new session. `token`: an invitation or a ticket; a socket without it is cut after 10 s."""

    version: int
    token: Token
    label: Label = ""  # of the device, for "Continuer ici"
    kind: Literal["main", "camera"] = "main"
    decodes: Annotated[tuple[VideoCodec, ...], Meta(max_length=8)] = ("vp8",)  # what it can show


class Resume(Command, frozen=True, tag="resume"):
    """Comes back to a session: after a cut line (`fresh` false: peer connections live) or a reload (`fresh` true)."""

    version: int
    session: Id
    secret: Token  # from the last `welcome`; each use makes a new one
    last: Number  # the highest event number seen, 0 after a reload
    fresh: bool


class Leave(Command, frozen=True, tag="leave"):
    """The person leaves of her own will; the seat stays hers while the act lasts."""


class AnswerTakeover(Command, frozen=True, tag="answer_takeover"):
    """The first device's answer to `takeover_asked`."""

    accept: bool


# -- the people ----------------------------------------------------------------------------------------------


class Admit(Command, frozen=True, tag="admit"):
    """A moderator lets a waiting seat in."""

    seat: Id


class TurnAway(Command, frozen=True, tag="turn_away"):
    """A moderator does not let a waiting seat in."""

    seat: Id
    reason: Reason = ""


class Remove(Command, frozen=True, tag="remove"):
    """A moderator revokes a seat: media and events of it stop within a second."""

    seat: Id
    reason: Reason = ""


class Invite(Command, frozen=True, tag="invite"):
    """Makes a seat; `invited` comes with the link."""

    role: Annotated[str, Meta(max_length=32)]
    name: Annotated[str, Meta(min_length=1, max_length=120)]


# -- the act -------------------------------------------------------------------------------------------------


class Advance(Command, frozen=True, tag="advance"):
    """An event of the act's life cycle, for example `start`."""

    event: Annotated[str, Meta(max_length=32)]
    reason: Reason = ""


class EndAct(Command, frozen=True, tag="end"):
    """Ends the act for everybody; before its start the outcome is `not_completed`."""

    reason: Reason = ""


class CheckIdentity(Command, frozen=True, tag="check_identity"):
    """How the patient's identity was checked, and whether it is she."""

    method: IdentityMethod
    confirmed: bool


class Consent(Command, frozen=True, tag="consent"):
    """An answer for one purpose: one's own (`seat` absent) or, by a professional, that of another seat or of
    "patient", the patient who has no seat.
    """

    purpose: Purpose
    value: ConsentAnswer
    seat: Id | None = None
    how: Reason = ""


class Record(Command, frozen=True, tag="record"):
    """A moderator asks everybody for a recording (`on`), or stops it."""

    on: bool


class Chat(Command, frozen=True, tag="chat"):
    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]


# -- media ---------------------------------------------------------------------------------------------------


class Publish(Command, frozen=True, tag="publish"):
    """The client's offer of all that it sends (sendonly sections); again when sources or the network change."""

    sdp: Sdp
    sources: Annotated[tuple[PublishedSource, ...], Meta(max_length=8)]


class Unpublish(Command, frozen=True, tag="unpublish"):
    """Ends the publishing connection."""


class Mute(Command, frozen=True, tag="mute"):
    source: Source
    muted: bool


class AnswerSubscribe(Command, frozen=True, tag="answer_subscribe"):
    """The client's answer to the relay's offer `number`."""

    number: Number
    sdp: Sdp


class Resubscribe(Command, frozen=True, tag="resubscribe"):
    """The client's receiving connection does not carry: it wants a new one, or with `keep` an ICE restart of this one:
    an offer with the same `connection` and fresh ICE credentials.
    """

    keep: bool = False


class Show(Command, frozen=True, tag="show"):
    """What the client shows of the pictures it receives, all of them; those not named may be shown in full size."""

    pictures: Annotated[tuple[ShownPicture, ...], Meta(max_length=64)]


class Signal(Command, frozen=True, tag="signal"):
    """One step of a direct negotiation, relayed as it is to the other person while path `number` is direct."""

    number: Number
    kind: Literal["offer", "answer", "candidate"]
    body: Annotated[str, Meta(max_length=MAX_SDP)]  # SDP, or a candidate as JSON (RTCIceCandidateInit)
    sources: Annotated[tuple[PublishedSource, ...], Meta(max_length=8)] = ()  # with offer and answer


class ReceivedState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client sees of one picture or sound that it receives, since it last told."""

    seat: Id
    source: Source
    fps: Annotated[float, Meta(ge=0, le=240)]  # 0 of a sound
    frozen_ms: Annotated[int, Meta(ge=0, le=60_000)]  # for how long the picture stood still
    delay_ms: Annotated[int, Meta(ge=0, le=60_000)] | None  # from arrival to the screen or the ear
    lost: Annotated[float, Meta(ge=0, le=100)]  # per cent of packets


class Quality(Command, frozen=True, tag="quality"):
    """How a client's line fares, every two seconds while it receives anything; more than one a second is left alone."""

    round_trip_ms: Annotated[int, Meta(ge=0, le=60_000)] | None
    received: Annotated[tuple[ReceivedState, ...], Meta(max_length=32)]


class DirectState(Command, frozen=True, tag="direct_state"):
    """How the direct connection of path `number` fares; `failed` moves the room to the relay."""

    number: Number
    state: Literal["connected", "failed"]


AnyCommand = (
    Join
    | Resume
    | Leave
    | AnswerTakeover
    | Admit
    | TurnAway
    | Remove
    | Invite
    | Advance
    | EndAct
    | CheckIdentity
    | Consent
    | Record
    | Chat
    | Publish
    | Unpublish
    | Mute
    | AnswerSubscribe
    | Resubscribe
    | Show
    | Signal
    | Quality
    | DirectState
)


# -- what a client sees ----------------------------------------------------------------------------------------


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """Base of what the server sends."""


class SourceState(msgspec.Struct, frozen=True):
    """A source that a seat publishes now. `silent`: nothing has come for 5 s although it is not muted.

    `device`: the companion that sends it, empty for the person's main device.
    """

    source: Source
    muted: bool
    silent: bool = False
    device: str = ""


class SeatState(msgspec.Struct, frozen=True):
    seat: Id
    role: str
    name: str
    presence: Literal["invited", "waiting", "asked", "present", "interrupted", "revoked"]
    since: Seconds | None
    devices: int  # connected
    sources: tuple[SourceState, ...] = ()


class ConsentState(msgspec.Struct, frozen=True):
    """`seat` None: the patient, who has no seat."""

    purpose: Purpose
    seat: Id | None
    value: ConsentAnswer
    at: Seconds


class ActState(msgspec.Struct, frozen=True):
    act: Id
    number: str
    kind: str
    components: tuple[str, ...]
    urgency: Literal["scheduled", "emergency"]
    title: str
    requesting: str | None  # establishment's name
    expert: str | None
    state: str
    outcome: str
    planned_start: Seconds | None
    planned_minutes: int | None
    started_at: Seconds | None
    ended_at: Seconds | None
    identity: str | None
    subject_seat: Id | None
    consents: tuple[ConsentState, ...] = ()
    events: tuple[str, ...] = ()  # life-cycle events that this client may ask for now
    missing: tuple[str, ...] = ()  # what the guards of `start` still want: "identity", "consent", "second-person"


class RecordingStatus(msgspec.Struct, frozen=True):
    state: Literal["off", "asked", "on"]
    recording: Id | None = None
    asked_by: Id | None = None
    since: Seconds | None = None
    missing: tuple[Id | None, ...] = ()  # seats that have not answered; None is the patient without a seat
    refused: bool = False  # the last request was refused by somebody


class PathState(msgspec.Struct, frozen=True):
    """`offers`: on a direct path, whether this client is the one that offers; `other`: the seat at the far end.
    `codecs`: beside VP8, in which pictures may go to the relay, for everybody decodes them; the best liked first.
    """

    path: Literal["none", "direct", "relay"]
    number: Number
    reason: str = ""
    offers: bool = False
    other: Id | None = None
    codecs: tuple[VideoCodec, ...] = ()


class ChatLine(msgspec.Struct, frozen=True):
    number: Number
    seat: Id
    name: str
    text: str
    at: Seconds


class IceServer(msgspec.Struct, frozen=True):
    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class Snapshot(msgspec.Struct, frozen=True):
    """Everything a client must know to draw the room."""

    act: ActState
    seats: tuple[SeatState, ...]
    recording: RecordingStatus
    path: PathState
    chat: tuple[ChatLine, ...]
    rights: tuple[str, ...]  # verbs of the policy table that this seat has


class Welcome(Event, frozen=True, tag="welcome"):
    """Answers `join` and `resume`. With `resumed` true nothing was lost and the missed events follow; else the snapshot
    replaces all.
    """

    session: Id
    secret: Token
    seat: Id
    name: str
    now: Seconds  # server clock, so that the client shows the same time
    resumed: bool
    outcome: Literal["present", "waiting", "asked", "takeover_asked"]
    ice_servers: tuple[IceServer, ...] = ()
    snapshot: Snapshot | None = None


class Done(Event, frozen=True, tag="done"):
    re: Number


class Refused(Event, frozen=True, tag="refused"):
    """The command changed nothing. `code` is listed in docs/protocol.md."""

    re: Number
    code: Code
    detail: str = ""


class ActChanged(Event, frozen=True, tag="act"):
    act: ActState


class SeatChanged(Event, frozen=True, tag="seat"):
    """A seat is new or changed."""

    seat: SeatState


class RecordingChanged(Event, frozen=True, tag="recording"):
    recording: RecordingStatus


class PathChanged(Event, frozen=True, tag="path"):
    path: PathState


class Invited(Event, frozen=True, tag="invited"):
    re: Number
    seat: Id
    url: str


class Said(Event, frozen=True, tag="chat"):
    line: ChatLine


class TakeoverAsked(Event, frozen=True, tag="takeover_asked"):
    """Somebody with this seat's link wants to go on at another device; silence until `deadline` means yes."""

    label: str
    deadline: Seconds


class TakeoverAnswered(Event, frozen=True, tag="takeover_answered"):
    """To the new device: it has the seat (a snapshot follows), or the first one said no."""

    accepted: bool
    snapshot: Snapshot | None = None


class Admitted(Event, frozen=True, tag="admitted"):
    """This seat may come in; media can be negotiated."""

    snapshot: Snapshot


class Published(Event, frozen=True, tag="published"):
    """The relay's answer to `publish`."""

    re: Number
    sdp: str


class ReceivedTrack(msgspec.Struct, frozen=True):
    """Which m-section of the offer carries which source of which seat; a `companion` stands beside the main device."""

    mid: Mid
    seat: Id
    source: Source
    device: Id
    companion: bool = False


class Layers(Event, frozen=True, tag="layers"):
    """Which layers of a source somebody needs, best first; the client pauses the others. Those of a simulcast are named
    by their RIDs, sizes in one stream by how often width and height are halved: "0", "1", "2".
    """

    source: Source
    rids: tuple[Mid, ...]


class Subscribe(Event, frozen=True, tag="subscribe"):
    """The relay's offer of all that this client receives; answered by `answer_subscribe` with the same number.

    `connection` grows when the client must throw its receiving connection away and make a new one.
    """

    number: Number
    connection: Number
    sdp: str
    tracks: tuple[ReceivedTrack, ...]


class IceServers(Event, frozen=True, tag="ice_servers"):
    """How to reach the relay or the other person from now on; those told before end some minutes after this."""

    servers: tuple[IceServer, ...]


class MediaReset(Event, frozen=True, tag="media_reset"):
    """The relay lost this client's connections: publish again on a new one (a `subscribe` follows by itself)."""

    reason: str


class Redundancy(Event, frozen=True, tag="redundancy"):
    """Whether a sound is wanted as RED (RFC 2198): somebody loses much of it who can read that. The client offers
    anew what it publishes, for browsers send what the answer names first."""

    source: Source
    wanted: bool


class Speaking(Event, frozen=True, tag="speaking"):
    """Who speaks in a room on the relay changed; never kept for a client that was away (its `n` is 0).

    `floor` is whom to look at: nobody takes it from somebody who speaks, and it stays while nobody does.
    """

    seats: tuple[Id, ...]  # at most three, in the order in which they began
    floor: Id | None


class SentState(msgspec.Struct, frozen=True):
    """What the relay gets of one source of a seat."""

    source: Source
    kbps: int
    fps: int  # 0 of a sound


class LineState(msgspec.Struct, frozen=True):
    """How one seat's line fares. `grade` needs seconds to change; figures are those of one second."""

    seat: Id
    grade: Grade
    round_trip_ms: int | None
    lost_up: float  # per cent of what it sends
    lost_down: float  # per cent of what it gets
    sends: tuple[SentState, ...]


class LinesTold(Event, frozen=True, tag="lines"):
    """How lines fare that changed noticeably, at most once a second; everybody's when somebody comes, and every 30 s on
    the relay. Those that are not named are as they were; kept for nobody who was away.
    """

    lines: tuple[LineState, ...]


class Signalled(Event, frozen=True, tag="signal"):
    """The other person's `signal`."""

    number: Number
    kind: Literal["offer", "answer", "candidate"]
    body: str
    sources: tuple[PublishedSource, ...] = ()


class Left(Event, frozen=True, tag="left"):
    """The last event of a session; the socket closes after it. Reasons: `left`, `gone` (nobody came back in time),
    `moved`, `main-left` (a companion whose person left), `removed`, `turned-away`, `act-ended`, `replaced`,
    `server-stopping`, or a broken rule: `flood`, `malformed`, `too-large`, `not-joined`, `already-joined`.
    """

    reason: str


AnyEvent = (
    Welcome
    | Done
    | Refused
    | ActChanged
    | SeatChanged
    | RecordingChanged
    | PathChanged
    | Invited
    | Said
    | TakeoverAsked
    | TakeoverAnswered
    | Admitted
    | Published
    | Layers
    | Subscribe
    | IceServers
    | MediaReset
    | Speaking
    | Redundancy
    | LinesTold
    | Signalled
    | Left
)


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One numbered event. Numbers grow by one from 1 in each session; `n` 0 is outside the count: `welcome`, refusals
    before it, and what is worth nothing a moment later.
    """

    n: Number
    event: AnyEvent
