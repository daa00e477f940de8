"""Every reader of bytes that a stranger or a participant may send: what it is given, and the one error it may raise."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from media import ice, stun
from media.alerts import SUITES, alerts
from media.commands import Answer, ClosePeer, Publish, PublishedTrack, Subscribe, View
from media.events import Answered, Failed, Offered
from media.ids import PeerId, RoomId, TrackId
from media.plane.batch import MAX_PADDING
from media.plane.interface import Extensions
from media.plane.layout import Layout
from media.plane.packet import PLAIN, Packet
from media.recorder.codecs import picture_format
from media.recorder.packets import PacketError
from media.recorder.packets import parse as parse_recorded
from media.rtcp import packets as rtcp
from media.rtcp.packets import MalformedRtcp
from media.rtp import dependency_descriptor, header
from media.rtp.codecs import red, start_test, vp8
from media.rtp.dependency_descriptor import MalformedDescriptor
from media.rtp.header import MalformedRtp
from media.sdp.description import SdpError
from media.sdp.reading import read as read_sdp
from media.tcp import framing
from signaling.api.edge import decoded
from signaling.api.table import ROUTES
from signaling.errors import PeerFault, Refused
from signaling.line import parsed
from signaling.tokens import ApiToken, Invitation, SignIn, Ticket, Tokens
from tests.support.engines import World
from tests.support.scale import patient

CORPUS = Path(__file__).with_name("corpus")
LIMIT_S = patient(0.1)  # of CPU for one input
KEY = b"k" * 32


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]  # at most one; none: it refuses nothing
    longest: int = 2_048  # bytes of an input; what carries it lets no more through

    def judge(self, data: bytes, limit_s: float = LIMIT_S) -> None:
        """Raises whatever the reader must not; AssertionError where it took too long."""
        begun = time.thread_time()
        with suppress(*self.refusals):
            self.read(data)
        took = time.thread_time() - begun
        assert took < limit_s, f"{self.name} read {len(data)} bytes for {took:.3f} s"

    def corpus(self) -> Iterator[Path]:
        return iter(sorted((CORPUS / self.name).iterdir()))


def _stun(data: bytes) -> None:
    agents = ice.Agents()
    agents.add()
    assert agents.receive(data, ("192.0.2.1", 1), 0.0) is None, "nobody guesses a password"
    message = stun.parse(data)
    message.is_signed_with(b"password")
    assert message.username


def _alerts(data: bytes) -> None:
    for cipher in SUITES:
        alerts(cipher, bytes(48), (bytes(32), bytes(32)), is_server=True).hear(data)


def _rtp(data: bytes) -> None:
    read = header.parse(data)
    assert header.FIXED_SIZE <= read.payload_start <= read.payload_end <= len(data)
    ids = Extensions(mid=4, transport_cc=3, audio_level=1, abs_send_time=2, rid=5, repaired_rid=6)
    layout = Layout(bytearray(data), len(data), ids)
    assert layout.start == read.payload_start
    payload = data[read.payload_start : read.payload_end]
    Packet(0, read.timestamp, PLAIN, 0, payload).padded(len(payload) + MAX_PADDING)


def _rtcp(data: bytes) -> None:
    for packet in rtcp.parse(data):
        if not isinstance(packet, rtcp.Other | rtcp.SourceDescription):
            with suppress(ValueError):  # arrivals may lie further apart than we ever write
                rtcp.build([packet])


def _sdp(data: bytes) -> None:
    read_sdp(data.decode(errors="replace"))


def _descriptions(data: bytes) -> None:
    """An offer to publish, one to view, and an answer: the relay answers or refuses, and is as it was."""
    text, (world, offered) = data[1:].decode(errors="replace"), _room()
    peer, room = PeerId("stranger"), RoomId("room")
    match data[:1]:
        case b"p":
            tracks = PublishedTrack(TrackId("s-a"), "audio"), PublishedTrack(TrackId("s-v"), "video")
            told = world.obey(Publish(1, peer, room, text, tracks[: 1 + text.count("m=video")]))
        case b"v":
            told = world.obey(View(1, peer, room, text, (TrackId("a"), TrackId("v"))))
        case _:
            world.obey(Answer(PeerId("subscriber"), offered, text))
            return
    assert len([event for event in told if isinstance(event, Answered | Failed)]) == 1
    world.obey(ClosePeer(peer, "over"))
    assert world.relay.size()[1] == 0


@cache
def _room() -> tuple[World, int]:
    """A relay with a subscriber who never answers, and the number of the offer it got."""
    world = World()
    told = world.obey(Subscribe(PeerId("subscriber"), RoomId("room"), (TrackId("s-a"),)))
    return world, next((event.number for event in told if isinstance(event, Offered)), 1)


def _payloads(data: bytes) -> None:
    for codec in ("vp8", "vp9", "h264", "av1", "opus"):
        assert start_test(codec)(data) in (True, False)
    numbered = bytearray(data)
    before = vp8.picture(data)
    vp8.renumber(numbered, 0, len(numbered), 5, 7)
    assert len(numbered) == len(data)
    assert (vp8.picture(bytes(numbered)) is None) == (before is None)


def _red(data: bytes) -> None:
    own = red.primary(data)
    assert own.payload
    assert own.payload_type < 128
    assert data.endswith(own.payload)


def _descriptors(data: bytes) -> None:
    """One with a structure, as long as the first byte says, and one that refers to it."""
    end = 1 + data[0] if data else 0
    told = dependency_descriptor.read(data[1:end], None).structure
    frame = dependency_descriptor.read(data[end : end + 255], told)
    if frame.structure is not None:
        assert len(frame.indications) == len(frame.structure.targets)
        assert frame.structure.best(data[-1] & 3, data[-1] >> 5, data[0]) < len(frame.structure.targets)


def _frames(data: bytes) -> None:
    """The recorder's readers: packets of one frame, framed, the first byte choosing the codec."""
    codec = ("vp8", "vp9", "av1", "h264")[data[0] % 4] if data else "vp8"
    try:
        packets = framing.Packets().receive(data[1:])
    except ValueError:
        return
    joins = picture_format(codec)
    payloads = [parsed.payload for parsed in (parse_recorded(packet, 0.0) for packet in packets) if parsed.payload]
    if payloads and joins.begins(payloads[0]):
        joins.join(payloads)


def _framing(data: bytes) -> None:
    """Cut anywhere, a stream holds the same packets."""
    whole = framing.Packets().receive(data)
    pieces, cut = framing.Packets(), len(data) // 3
    assert pieces.receive(data[:cut]) + pieces.receive(data[cut:]) == whole
    assert all(0 < len(packet) <= framing.MAX_PACKET for packet in whole)


def _wire(data: bytes) -> None:
    try:
        text = data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        text = data.decode(errors="replace")
    assert parsed(text).id > 0


def _bodies(data: bytes) -> None:
    shapes = {contract.body for contract in (route.contract() for route in ROUTES) if contract.body is not None}
    refusals = []
    for shape in shapes:
        try:
            decoded(data, shape)
        except Refused as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]


def _tokens(data: bytes) -> None:
    """Any text is refused, unless it was signed with our key."""
    text = data.decode(errors="replace")
    tokens = Tokens(KEY)
    for kind in (Invitation, Ticket, ApiToken, SignIn):
        with suppress(Refused):
            tokens.read(text, kind)
    tokens.read_any(text, Invitation, Ticket, ApiToken, SignIn)


TARGETS = {
    target.name: target
    for target in (
        Target("stun", _stun, (ValueError,)),
        Target("alerts", _alerts, ()),
        Target("rtp", _rtp, (MalformedRtp,)),
        Target("rtcp", _rtcp, (MalformedRtcp,)),
        Target("payloads", _payloads, ()),
        Target("red", _red, (ValueError,)),
        Target("descriptors", _descriptors, (MalformedDescriptor,)),
        Target("frames", _frames, (PacketError,), 8_192),
        Target("framing", _framing, (ValueError,), 65_536),
        Target("sdp", _sdp, (SdpError,), 49_152),
        Target("descriptions", _descriptions, (), 49_152),
        Target("wire", _wire, (PeerFault,), 65_536),
        Target("bodies", _bodies, (Refused,), 65_536),
        Target("tokens", _tokens, (Refused,), 4_096),
    )
}
