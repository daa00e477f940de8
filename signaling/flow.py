"""The media of one act: what its clients asked for, what the worker has said, and the commands that make both agree.

No I/O: commands and wishes leave by `Asked`. A worker that is gone is simply a comparison with nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from media import commands
from media.events import Started
from media.ids import PeerId, RoomId, TrackId
from rooms.ids import ActId, DeviceId, SeatId
from rooms.views import ActView, DeviceKind, Path, Presence
from signaling.client import Client, Live, Offer
from signaling.errors import Refused
from signaling.messages import AnyEvent, MediaReset, PublishedSource, ReceivedTrack, Source, SourceState, Subscribe
from signaling.plan import Codecs, Device, Direct, MediaPlan, Track, admitted, desired, readable, track_id

SHARED: tuple[Source, ...] = ("screen", "detail")  # whose coming and going the journal tells


class Asked(Protocol):
    """What a flow wants of the world around it; no verb waits."""

    def send(self, command: commands.Command) -> None:
        """To the worker of this flow, if it has one."""

    def tell(self, device: DeviceId, event: AnyEvent) -> None:
        """To a client, if it is connected here."""

    def change_path(self, path: Path, reason: str) -> None: ...
    def media_up(self, device: DeviceId) -> None: ...
    def share(self, seat: SeatId, device: DeviceId, source: Source, on: bool) -> None: ...
    def sources_changed(self) -> None: ...
    def planned(self) -> None:
        """The comparison was made: whatever is to be recorded may have changed."""


@dataclass(eq=False)
class Flow:
    """`worker` is the number of the media worker that has this act, None before it is placed."""

    act: ActId
    asked: Asked
    view: ActView | None = None
    worker: int | None = None
    clients: dict[DeviceId, Client] = field(default_factory=dict)
    plan: MediaPlan | None = None
    ends: tuple[DeviceId, DeviceId] | None = None
    up_ends: set[DeviceId] = field(default_factory=set)  # of a direct path: those that said it works
    failed: bool = False
    changing: Path | None = None  # asked of the rooms, not a fact yet
    codecs: Codecs = ()  # that everybody has decoded so far
    barred: set[SeatId] = field(default_factory=set)  # seats that were asked about a recording and have not entered
    _bearing: object = None  # what of the view was compared last
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def room(self) -> RoomId:
        return RoomId(self.act)

    # -- the comparison ------------------------------------------------------------------------------------------

    def changed(self, view: ActView) -> None:
        """The rooms published a new view of the act."""
        before, self.view = self.view, view
        self._bar(view)
        if before is None or before.path.number != view.path.number:
            self._take_path()
        here = [seat for seat in view.seats if any(device.device in self.clients for device in seat.devices)]
        bearing = (view.path, view.direct, view.recording, here)
        if bearing != self._bearing:
            self._bearing = bearing
            self.reconcile()

    def _bar(self, view: ActView) -> None:
        """A lost line leaves a seat as it was: barred, or not."""
        asked = {seat.seat for seat in view.seats if seat.presence is Presence.ASKED}
        away = {seat.seat for seat in view.seats if seat.presence is Presence.INTERRUPTED}
        self.barred = asked | (self.barred & away)

    def admits(self, client: Client) -> bool:
        """Whether its person is in the room."""
        return self.plan is not None and client.device.device in self.plan.inside

    def _take_path(self) -> None:
        self.changing = None
        self.up_ends.clear()
        self.ends = None
        if self.view is not None and self.view.path.path is Path.DIRECT:
            inside = admitted(self.view, self.devices, self.barred)
            self.ends = (inside[0].device, inside[1].device) if len(inside) == 2 else None
        self.asked.sources_changed()

    @property
    def devices(self) -> list[Device]:
        return [client.device for client in self.clients.values()]

    def tracks(self) -> list[Track]:
        """Everything published to the relay."""
        return [
            client.published(track, live) for client in self.clients.values() for track, live in client.tracks.items()
        ]

    def reconcile(self) -> None:
        """Sends whatever makes the relay be as the plan says."""
        if self.view is None:
            return
        plan = self.plan = desired(self.view, self.devices, self.tracks(), Direct(self.ends, self.failed), self.barred)
        self._close_outsiders(plan)
        if (codecs := readable(self.codecs, self.devices, plan.inside)) != self.codecs:
            self.codecs = codecs
            self.asked.sources_changed()
        if plan.path is not self.view.path.path:
            if self.changing is not plan.path:
                self.changing = plan.path
                self.asked.change_path(plan.path, plan.reason)
            self.asked.planned()
            return
        for device, tracks in plan.receives.items():
            self._subscribe(self.clients[device], tracks)
        for device, slots in plan.slots.items():
            self._fill(self.clients[device], slots)
        self._finish_moves(self.view)
        self.asked.planned()

    def _close_outsiders(self, plan: MediaPlan) -> None:
        """Whoever is not in the room any more neither sends nor receives, from now on."""
        for device, client in self.clients.items():
            if device not in plan.inside:
                self.close(client)

    def _subscribe(self, client: Client, tracks: tuple[TrackId, ...]) -> None:
        if client.received == tracks or (client.down is None and not tracks):
            return
        if client.down is None:
            client.connection += 1
            client.down = PeerId(f"{client.device.device}-down-{client.connection}")
        client.received = tracks
        self.asked.send(commands.Subscribe(client.down, self.room, tracks))
        if client.shown:
            self.asked.send(commands.Show(client.down, client.shown))

    def _fill(self, client: Client, slots: tuple[TrackId | None, ...]) -> None:
        if client.down is not None and client.received != slots:
            client.received = slots
            self.asked.send(commands.Fill(client.down, slots))

    def _finish_moves(self, view: ActView) -> None:
        """A seat that moves to a second device where there is nothing to hear or see has nothing to wait for."""
        for seat in view.seats:
            client = None if seat.moving_to is None else self.clients.get(seat.moving_to)
            if client is None or not client.moves(view):
                continue
            others = any(self.admits(other) and other.device.seat != seat.seat for other in self.clients.values())
            if not (self.admits(client) and others):
                self.came_up(client)

    # -- what clients ask for ------------------------------------------------------------------------------------

    def client(self, device: DeviceId) -> Client:
        """Raises Refused("not-present")."""
        known = self.clients.get(device)
        if known is None:
            raise Refused("not-present")
        return known

    def check_publisher(self, client: Client) -> None:
        """Raises Refused when nothing may come from this device to the relay now."""
        if not self.admits(client):
            raise Refused("not-admitted")
        if self.plan is None or self.plan.path is not Path.RELAY or client.device.device not in self.plan.publishers:
            raise Refused("wrong-path")

    def publication(
        self, client: Client, number: int, sdp: str, sources: tuple[PublishedSource, ...]
    ) -> commands.Publish:
        """The command for a client's offer; `publishing` takes it as done once the relay has answered."""
        names = {source.source for source in sources}
        if len(names) < len(sources):
            raise Refused("malformed", "a source twice")
        tracks = tuple(client.names(source) for source in sources)
        client.adrift = True
        peer = client.up or PeerId(f"{client.device.device}-up-{next(self._numbers)}")
        return commands.Publish(number, peer, self.room, sdp, tracks)

    def publishing(self, client: Client, peer: PeerId, sources: tuple[PublishedSource, ...]) -> None:
        """The relay has answered a client's offer."""
        if self._is_gone(client):
            self.asked.send(commands.ClosePeer(peer, "left"))
            return
        before, client.up, client.tracks, client.adrift = client.tracks, peer, {}, False
        for source in sources:
            track = track_id(client.device.device, source.source)
            live = client.tracks[track] = before.get(track) or Live(source.source, muted=False)
            if live.muted != source.muted:
                live.muted = source.muted
                self.asked.send(commands.Mute(track, source.muted))
        self._share(client, frozenset(source.source for source in sources))
        self.asked.sources_changed()
        self.reconcile()

    def unpublish(self, client: Client) -> None:
        if client.up is not None:
            self.asked.send(commands.ClosePeer(client.up, "unpublished"))
        self._lose_up(client)
        self.reconcile()

    def mute(self, client: Client, source: Source, muted: bool) -> None:
        track = client.tracks.get(track_id(client.device.device, source))
        if track is not None:
            track.muted, track.silent = muted, False
            self.asked.send(commands.Mute(track_id(client.device.device, source), muted))
        if source in client.direct:
            client.direct[source] = muted
        self.asked.sources_changed()

    def resubscribe(self, client: Client, *, keep: bool) -> None:
        """A new receiving connection in place of one that the client lost, or the same one over a new network."""
        if client.down is not None and keep:
            self.asked.send(commands.Restart(client.down))
        elif client.down is not None and not client.viewing:
            self.asked.send(commands.ClosePeer(client.down, "resubscribed"))
            self._lose_down(client)
            self.reconcile()

    def answered(self, client: Client, number: int, sdp: str) -> None:
        """The client's answer to our offer `number`; a stale one is left alone."""
        offer = client.offer
        if offer is not None and offer.number == number:
            self.asked.send(commands.Answer(offer.peer, offer.relayed, sdp))

    def viewed(self, client: Client, peer: PeerId, slots: tuple[TrackId | None, ...]) -> None:
        """The relay has answered a WHEP client's offer."""
        if self._is_gone(client):
            self.asked.send(commands.ClosePeer(peer, "left"))
            return
        client.down, client.received, client.viewing = peer, slots, True
        self.reconcile()

    # -- the direct path -----------------------------------------------------------------------------------------

    def other_end(self, device: DeviceId, number: int) -> DeviceId:
        """Who is at the far end of direct path `number`. Raises Refused("wrong-path")."""
        if self.view is None or self.ends is None or device not in self.ends or number != self.view.path.number:
            raise Refused("wrong-path")
        return self.ends[1] if device == self.ends[0] else self.ends[0]

    def sends_directly(self, client: Client, sources: tuple[PublishedSource, ...]) -> None:
        client.direct = {source.source: source.muted for source in sources}
        self._share(client, frozenset(client.direct))
        self.asked.sources_changed()

    def direct_state(self, client: Client, number: int, connected: bool) -> None:
        """One end says how the direct connection fares. Raises Refused("wrong-path")."""
        self.other_end(client.device.device, number)
        if connected:
            self.up_ends.add(client.device.device)
            self.came_up(client)
        else:
            self.fail_direct(number)

    def fail_direct(self, number: int, *, unless_up: bool = False) -> None:
        """The direct path does not carry; with `unless_up` only if one of its ends has not said that it does."""
        if self.view is None or self.ends is None or self.view.path.number != number:
            return
        if unless_up and self.up_ends == set(self.ends):
            return
        self.failed = True
        self.reconcile()

    # -- what the relay reports ----------------------------------------------------------------------------------

    def offered(self, client: Client, peer: PeerId, relayed: int, sdp: str, mids: Mapping[TrackId, str]) -> None:
        """The relay's offer to a receiving client."""
        client.offer = Offer(next(self._numbers), peer, relayed)
        by_track = {track.track: track for track in self.tracks()}
        tracks = tuple(
            ReceivedTrack(mid, known.seat, known.source, known.device, known.companion)
            for track, mid in mids.items()
            if (known := by_track.get(track)) is not None
        )
        event = Subscribe(number=client.offer.number, connection=client.connection, sdp=sdp, tracks=tracks)
        self.asked.tell(client.device.device, event)

    def came_up(self, client: Client) -> None:
        if not client.media:
            client.media = True
            self.asked.media_up(client.device.device)

    def started(self, client: Client, event: Started) -> None:
        if event.track in client.tracks:
            client.tracks[event.track].started = event
            self.reconcile()

    def heard_again(self, client: Client, track: TrackId, silent: bool) -> None:
        """A track fell silent, or sends again."""
        if track in client.tracks:
            client.tracks[track].silent = silent
            self.asked.sources_changed()

    def ended(self, client: Client, track: TrackId) -> None:
        if client.tracks.pop(track, None) is not None:
            self.asked.sources_changed()
            self.reconcile()

    def disconnected(self, client: Client, peer: PeerId, reason: str) -> None:
        """A peer is gone without our having closed it."""
        if peer == client.up:
            self._lose_up(client)
            self.asked.tell(client.device.device, MediaReset(reason=reason))
        elif peer == client.down:
            self._lose_down(client)
        self.reconcile()

    def lose_worker(self) -> None:
        """Everything that was on the worker is gone. Clients hear of it once there is another, and not in vain."""
        self.worker = None
        for client in self.clients.values():
            client.adrift |= client.up is not None
            self._lose_up(client)
            self._lose_down(client)

    def begin_anew(self) -> None:
        """There is a worker again that knows nothing; clients make new connections by themselves."""
        self.lose_worker()
        for client in self.clients.values():
            if client.adrift:
                client.adrift = False
                self.asked.tell(client.device.device, MediaReset(reason="relay-restarted"))
        self.reconcile()

    # -- coming and going ----------------------------------------------------------------------------------------

    def open(self, device: Device) -> Client:
        client = self.clients[device.device] = Client(device)
        self._bearing = None
        return client

    def reload(self, client: Client) -> None:
        """The page was loaded anew: its connections are gone, and a direct path needs new ones at both ends."""
        self.close(client)
        kept = Client(client.device, connection=client.connection, shared=client.shared, media=True)
        self.clients[client.device.device] = kept  # an answer to the page before finds nobody any more
        if self.ends is not None and client.device.device in self.ends:
            self.ends = None

    def drop(self, client: Client) -> None:
        """The device is gone for good."""
        self.close(client)
        self.clients.pop(client.device.device, None)
        self.asked.sources_changed()
        self.reconcile()

    def _is_gone(self, client: Client) -> bool:
        """Whether a device left, or its page was loaded anew, while the relay thought about its offer."""
        return self.clients.get(client.device.device) is not client

    def close(self, client: Client) -> None:
        """Ends every peer of a device."""
        for peer in (client.up, client.down):
            if peer is not None:
                self.asked.send(commands.ClosePeer(peer, "left"))
        had_sources = bool(client.tracks or client.direct)
        self._lose_up(client)
        self._lose_down(client)
        client.direct = {}
        if had_sources:
            self.asked.sources_changed()

    def _lose_up(self, client: Client) -> None:
        client.up = None
        if client.tracks:
            client.tracks = {}
            self.asked.sources_changed()

    def _lose_down(self, client: Client) -> None:
        client.down, client.offer, client.received = None, None, ()

    def _share(self, client: Client, sources: frozenset[Source]) -> None:
        for source in SHARED:
            if (source in sources) != (source in client.shared):
                self.asked.share(client.device.seat, client.device.device, source, source in sources)
        client.shared = sources

    # -- what is shown of it -------------------------------------------------------------------------------------

    def sources(self) -> dict[SeatId, tuple[SourceState, ...]]:
        """What each seat publishes now, over the relay or directly."""
        states: dict[SeatId, tuple[SourceState, ...]] = {}
        direct = self.view is not None and self.view.path.path is Path.DIRECT
        for client in self.clients.values():
            beside = "" if client.device.kind is DeviceKind.MAIN else client.device.device
            own = tuple(SourceState(live.source, live.muted, live.silent, beside) for live in client.tracks.values())
            if direct:
                own = tuple(SourceState(source, muted) for source, muted in client.direct.items())
            states[client.device.seat] = (*states.get(client.device.seat, ()), *own)
        return states
