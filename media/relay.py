"""The relay: all peers of one worker. Commands and what the plane polled go in, events come out, time is an argument.

It does no I/O of its own: the plane owns the socket, `Security` agrees on keys, the worker turns the crank.
"""

import logging
import math
from collections import defaultdict
from collections.abc import Callable, Iterable

from media import speaker, stun
from media.beat import next_beat
from media.commands import (
    Answer,
    AnyCommand,
    ClosePeer,
    Configure,
    Describe,
    Fill,
    Mute,
    Publish,
    RequestKeyframe,
    Restart,
    Show,
    Stop,
    Subscribe,
    Tap,
    View,
)
from media.events import (
    Answered,
    AnyEvent,
    Described,
    Failed,
    FailureCode,
    Fares,
    PeerEnd,
    PublishedFares,
    ReceivingFares,
    Speaking,
)
from media.ids import PeerId, RoomId
from media.peer.commons import Commons
from media.peer.layers import Shown
from media.peer.peer import Peer
from media.peer.publisher import Publisher
from media.peer.refusal import CommandRefused
from media.peer.subscriber import Subscriber
from media.peer.track import Track
from media.peer.viewer import Viewer
from media.plane.interface import Address, Arrival, PeerIndex, Plane, Poll, TrackIndex
from media.ports import KeyingMaterial, ReportTap, Security
from media.rtcp import packets as rtcp
from media.sdp.description import SdpError
from media.speaker import Floors

log = logging.getLogger(__name__)

MAX_PEERS = 4096
FARES_S = 1.0
LOOK_S = 0.5  # between two looks for peers that have to go


class Relay:
    """Owns every peer and closes it. Times are seconds on the caller's monotonic clock."""

    def __init__(self, settings: Configure, plane: Plane, security: Security, tap: ReportTap | None = None) -> None:
        self._commons = Commons(settings, plane, security, tap)
        self._peers: dict[PeerId, Peer] = {}
        self._by_index: dict[PeerIndex, Peer] = {}
        self._by_agent: dict[object, Peer] = {}
        self._floors = Floors()
        self._next_look = -math.inf
        self._next_levels = -math.inf
        self._next_fares = 0.0
        self._counters = {"unvalidated": 0, "malformed_rtcp": 0, "too_much_rtcp": 0, "unexpected": 0}

    # ── commands

    def obey(self, command: AnyCommand, now: float) -> None:
        """Carries out one command; what it has to tell is among `events`."""
        match command:
            case Publish():
                self._answer(command, now, lambda peer: self._publisher(peer).publish(command, now))
            case View():
                self._answer(command, now, lambda peer: self._viewer(peer).view(command, now))
            case Subscribe():
                self._subscribe(command, now)
            case Answer():
                self._take_answer(command, now)
            case Fill():
                peer = self._peers.get(command.peer)
                if isinstance(peer, Viewer):
                    peer.fill(command.slots, now)
            case Show():
                peer = self._peers.get(command.peer)
                if isinstance(peer, Subscriber):
                    peer.show({each.track: Shown(each.width, each.height) for each in command.shown}, now)
            case Restart():
                peer = self._peers.get(command.peer)
                if isinstance(peer, Subscriber):
                    peer.restart(now)
            case ClosePeer():
                self._close(command.peer, "closed", now)
            case Mute():
                self._mute(command, now)
            case Tap():
                self._tap(command, now)
            case RequestKeyframe():
                track = self._commons.tracks.get(command.track)
                if track is not None:
                    self._commons.want_keyframe(track)
            case Describe():
                self._commons.tell(Described(command.re, self._state()))
            case Stop():
                self.stop(now)
            case Configure():
                raise ValueError("a worker is configured once, first")

    def stop(self, now: float) -> None:
        """Closes every peer."""
        for peer in list(self._peers):
            self._close(peer, "worker-stopping", now)

    def _answer(self, command: Publish | View, now: float, negotiate: Callable[[Peer], str]) -> None:
        """Negotiates on an old or a new peer; a refusal leaves an old peer as it was and a new one unborn."""
        known = self._peers.get(command.peer)
        code: FailureCode
        peer = known
        try:
            peer = peer or self._new(Publisher if isinstance(command, Publish) else Viewer, command, now)
            if peer.room != command.room:
                raise CommandRefused("wrong-room", "the peer is in another room")
            answer = negotiate(peer)
        except (SdpError, CommandRefused) as refused:
            if known is None and peer is not None:
                peer.discard(now)
            code = refused.code
            self._commons.tell(Failed(command.re, code, str(refused)))
            return
        if known is None:
            self._add(peer)
        self._commons.tell(Answered(command.re, command.peer, answer))

    def _subscribe(self, command: Subscribe, now: float) -> None:
        peer = self._peers.get(command.peer)
        if peer is None and len(self._peers) < MAX_PEERS:
            peer = Subscriber(command.peer, command.room, self._commons, now)
            self._add(peer)
        if isinstance(peer, Subscriber) and peer.room == command.room:
            peer.subscribe(command.tracks, now)
        else:
            self._counters["unexpected"] += 1

    def _take_answer(self, command: Answer, now: float) -> None:
        peer = self._peers.get(command.peer)
        if not isinstance(peer, Subscriber):
            return
        try:
            peer.answer(command, now)
        except SdpError as refused:
            log.info("answer refused", extra={"peer": command.peer, "code": refused.code, "detail": str(refused)})
            self._counters["unexpected"] += 1

    def _mute(self, command: Mute, now: float) -> None:
        track = self._commons.tracks.get(command.track)
        if track is not None:
            track.muted = command.muted
            track.quiet_since = now

    def _tap(self, command: Tap, now: float) -> None:
        track = self._commons.tracks.get(command.track)
        if track is None:
            return
        for stream in (None, command.stream):  # off, so that it begins anew under its new number
            track.stream = stream
            self._commons.record(track, now)

    def _publisher(self, peer: Peer) -> Publisher:
        if not isinstance(peer, Publisher):
            raise CommandRefused("wrong-peer-kind", f"the peer is a {peer.kind}")
        return peer

    def _viewer(self, peer: Peer) -> Viewer:
        if not isinstance(peer, Viewer):
            raise CommandRefused("wrong-peer-kind", f"the peer is a {peer.kind}")
        return peer

    # ── what the plane polled

    def receive(self, poll: Poll, now: float) -> None:
        """STUN, DTLS and RTCP of one turn of the plane, and what it saw of the tracks."""
        for datagram, source in poll.datagrams:
            self._receive_datagram(datagram, source, now)
        for index, compound, came in poll.rtcp:
            self._receive_rtcp(index, compound, came)
        if poll.started or poll.begun or poll.missing or poll.waiting:
            self._receive_tracks(poll, now)
        if poll.arrivals:
            self._receive_arrivals(poll.arrivals)
        if self._commons.keyframes:
            self._ask_keyframes(now)

    def secured(self, peer: PeerId, keys: KeyingMaterial, now: float) -> None:
        """The peer's line is up."""
        found = self._peers.get(peer)
        if found is not None and not found.has_keys:
            found.secured(keys, now)
            self._ask_keyframes(now)

    def insecure(self, peer: PeerId, reason: PeerEnd, now: float) -> None:
        """The peer's line ended, or never came up."""
        self._close(peer, reason, now)

    def _receive_datagram(self, datagram: bytes, source: Address, now: float) -> None:
        if stun.is_stun(datagram):
            check = self._commons.agents.receive(datagram, source, now)
            if check is not None:
                if check.answer is not None:
                    self._commons.plane.send(check.answer, source)
                self._by_agent[check.agent].checked(check)
            return
        agent = self._commons.agents.at(source)
        if agent is None or not datagram or not 20 <= datagram[0] < 64:
            self._counters["unvalidated"] += 1
            return
        self._by_agent[agent].receive_dtls(datagram)

    def _receive_rtcp(self, index: PeerIndex, compound: bytes, now: float) -> None:
        peer = self._by_index.get(index)
        if peer is None:
            return
        if not peer.reports.take(len(compound), now):
            self._counters["too_much_rtcp"] += 1
            return
        try:
            peer.receive_rtcp(rtcp.parse(compound), now)
        except rtcp.MalformedRtcp:
            self._counters["malformed_rtcp"] += 1

    def _receive_arrivals(self, arrivals: Iterable[Arrival]) -> None:
        touched: dict[PeerIndex, Publisher] = {}
        for arrival in arrivals:
            peer = touched.get(arrival.peer) or self._by_index.get(arrival.peer)
            if isinstance(peer, Publisher):
                peer.arrived(arrival)
                touched[arrival.peer] = peer
        for publisher in touched.values():
            publisher.wake_by(publisher.feedback_due())

    def _receive_tracks(self, poll: Poll, now: float) -> None:
        for route, index in poll.begun:
            track, outlet = self._commons.tracks.at(index), self._commons.outlets.get(route)
            if track is not None and outlet is not None and outlet.track is track and outlet.begun(track.layer(index)):
                self._commons.route(track, outlet)
        for index, _ in poll.started:
            publisher, track = self._published(index)
            if publisher is not None and track is not None:
                publisher.started(track, index, now)
        for index, ssrc, sequences in poll.missing:
            publisher, _ = self._published(index)
            if publisher is not None:
                publisher.ask_again(ssrc, sequences)
        for index in poll.waiting:
            track = self._commons.tracks.at(index)
            if track is not None:
                self._commons.keyframes.remind(track.index, now)

    def _published(self, index: TrackIndex) -> tuple[Publisher | None, Track | None]:
        track = self._commons.tracks.at(index)
        publisher = self._peers.get(track.publisher) if track is not None else None
        return (publisher, track) if isinstance(publisher, Publisher) else (None, None)

    # ── time

    def next_deadline(self) -> float:
        """When `on_time` has something to do."""
        return min(self._commons.deadline, self._commons.agenda.next(), self._next_look, self._next_levels)

    def on_time(self, now: float) -> None:
        """Reports, feedback, offers that waited, silence, and peers that have to go."""
        self._commons.deadline = math.inf
        if now >= self._next_look:
            self._next_look = next_beat(now, LOOK_S)
            self._close_overdue(now)
            self._floors.keep({peer.room for peer in self._peers.values()})
        if now >= self._next_fares:
            self._next_fares = next_beat(now, FARES_S)
            self._tell_fares()
        if now >= self._next_levels:
            self._listen(now)
        for peer in self._commons.agenda.take(now):
            peer.run(now)
        self._ask_keyframes(now)

    def events(self) -> list[AnyEvent]:
        """What happened since the last call, in order."""
        return self._commons.take_events()

    def _tell_fares(self) -> None:
        published: dict[RoomId, list[PublishedFares]] = defaultdict(list)
        receiving: dict[RoomId, list[ReceivingFares]] = defaultdict(list)
        for peer in self._peers.values():
            if isinstance(peer, Publisher):
                published[peer.room] += peer.fares()
            elif isinstance(peer, Subscriber) and peer.has_keys:
                receiving[peer.room].append(peer.fares())
        for room, tracks in published.items():
            self._commons.tell(Fares(room, tuple(tracks), tuple(receiving[room])))

    def _listen(self, now: float) -> None:
        tracks = self._commons.tracks
        tells = any(track.extensions.audio_level for track in tracks)
        self._next_levels = next_beat(now, speaker.LOOK_S if tells else LOOK_S)
        heard = ((tracks.at(index), level) for index, level in self._commons.plane.levels())
        levels = [(track.room, track.id, level) for track, level in heard if track is not None and not track.muted]
        for room, speakers, holder in self._floors.hear(levels, now):
            self._commons.tell(Speaking(room, speakers, holder))

    def _close_overdue(self, now: float) -> None:
        for peer in list(self._peers.values()):
            reason = peer.overdue(now)
            if reason is not None:
                self._close(peer.id, reason, now)

    def _ask_keyframes(self, now: float) -> None:
        for index in self._commons.keyframes.due(now):
            publisher, track = self._published(index)
            if publisher is not None and track is not None:
                publisher.ask_keyframe(track)
        self._commons.wake_by(self._commons.keyframes.next_deadline())

    # ── peers

    def _new(self, kind: type[Publisher] | type[Viewer], command: Publish | View, now: float) -> Peer:
        if len(self._peers) >= MAX_PEERS:
            raise CommandRefused("too-many-peers", f"{MAX_PEERS} peers are here")
        return kind(command.peer, command.room, self._commons, now)

    def _add(self, peer: Peer) -> None:
        self._peers[peer.id] = peer
        self._by_index[peer.index] = peer
        self._by_agent[peer.agent] = peer

    def _close(self, peer: PeerId, reason: PeerEnd, now: float) -> None:
        found = self._peers.pop(peer, None)
        if found is None:
            return
        del self._by_index[found.index]
        del self._by_agent[found.agent]
        found.close(reason, now)

    # ── for people

    def counters(self) -> dict[str, int]:
        """Totals of the plane and of what the relay itself left unanswered."""
        refused = {f"dropped_stun_{reason}": count for reason, count in self._commons.agents.refused.items()}
        own = {f"dropped_{reason}": count for reason, count in self._counters.items()}
        return self._commons.plane.counters() | refused | own

    def size(self) -> tuple[int, int]:
        """Peers and tracks."""
        return len(self._peers), len(self._commons.tracks)

    def _state(self) -> dict[str, object]:
        rooms: dict[RoomId, int] = {}
        for peer in self._peers.values():
            rooms[peer.room] = rooms.get(peer.room, 0) + 1
        return {
            "peers": {str(peer.id): peer.state() for peer in self._peers.values()},
            "rooms": rooms,
            "counters": self.counters(),
        }
