"""Compares what media should be with what the workers report, and sends the difference."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Protocol

from media import commands, events
from media.ids import PeerId
from media.recorder import events as recorder_events
from rooms.facts import Fact
from rooms.ids import ActId, DeviceId, SeatId
from rooms.roles import SeatCaller
from rooms.service import RoomService
from rooms.views import ActView, DeviceKind, Path
from signaling.client import Client
from signaling.errands import Errands, later
from signaling.errors import Refused
from signaling.flow import Flow
from signaling.messages import AnyEvent, PublishedSource, ShownPicture, Signal, Signalled, Source
from signaling.offers import decoded, sections, sources
from signaling.placement import Placement
from signaling.plan import Codecs, Device, Shown
from signaling.quality import Line
from signaling.reports import TrackEvent, device_of, track_said
from signaling.scene import Media
from signaling.signals import Signals, owner_of
from signaling.tape import Tapes
from signaling.workers import Workers

log = logging.getLogger(__name__)

DIRECT_S = 5.0  # for a direct path to come up at both ends
SENDING_S = 5.0  # for a device that receives to send as well
PATH_S = 5.0  # for the room to move to the relay, which takes one append to the journal


class Audience(Protocol):
    """`Sessions`, as far as the bridge speaks to it."""

    def tell(self, act: ActId, device: DeviceId, event: AnyEvent) -> None: ...
    def mention(self, act: ActId, event: AnyEvent) -> None: ...
    def media_changed(self, act: ActId) -> None: ...


class Bridge:
    """Media of every act of this node.

    `RoomService` is built with `news.publish` (signaling/news.py) and the root appends `sessions.published` and then
    `bridge.published` to `news.listeners`: clients know of a new way before its media come or the old one's ends are
    forgotten.
    """

    def __init__(self, service: RoomService, workers: Workers, codecs: Codecs = ()) -> None:
        """`codecs` of pictures, which clients are to use where everybody decodes them; else VP8."""
        self._service, self._codecs = service, codecs
        self._workers = workers
        self._flows: dict[ActId, Flow] = {}
        self._acts: dict[DeviceId, ActId] = {}
        self._called: dict[DeviceId, SeatId] = {}  # seats of WHIP and WHEP devices, until they are closed
        self._numbers = count(1)
        self._placement = Placement(workers, self._flows.values())
        self._waiters: set[asyncio.Future[None]] = set()
        self._errands = Errands()
        self._tapes = Tapes(service, workers.record, self._errands)
        self.signals = Signals(self._owner, self._mention, self._note_line)
        self.audience: Audience | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While entered, workers are listened to; enter it after `workers.running()`, leave it before."""
        async with self._errands.running():
            self._workers.listener = self
            try:
                yield
            finally:
                self._workers.listener = None

    # -- from the rooms ------------------------------------------------------------------------------------------

    def published(self, act: ActId, facts: tuple[Fact, ...], view: ActView) -> None:
        """Listener of the news."""
        flow = self._flows.get(act)
        if flow is not None:
            self._see(flow, view)

    def _see(self, flow: Flow, view: ActView) -> None:
        before = flow.view.path.number if flow.view is not None else -1
        flow.changed(view)
        if view.path.path is Path.DIRECT and view.path.number != before:
            give_up = partial(flow.fail_direct, view.path.number, unless_up=True)
            self._errands.start(later(DIRECT_S, give_up), f"direct/{flow.act}")
        known = {device.device for seat in view.seats for device in seat.devices}
        for device in flow.devices:
            if device.device not in known and device.device in self._called:
                self.drop_device(flow.act, device.device)
                del self._called[device.device]
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    # -- clients -------------------------------------------------------------------------------------------------

    def open_device(self, act: ActId, device: Device, view: ActView) -> None:
        """A client has come; `view` is the act with it in it."""
        self._open(act, device, view)

    def _open(self, act: ActId, device: Device, view: ActView) -> tuple[Flow, Client]:
        if act not in self._flows:
            outlet = Outlet(self, self._errands, self._service, act, self._codecs)
            self._flows[act] = outlet.flow
            self._tapes.open(act, outlet.send)
        flow = self._flows[act]
        self._acts[device.device] = act
        client = flow.open(device)
        self._see(flow, view)
        return flow, client

    def reload_device(self, act: ActId, device: DeviceId) -> None:
        """The client's page was loaded anew."""
        flow, client = self._found(act, device)
        flow.reload(client)
        flow.reconcile()

    def drop_device(self, act: ActId, device: DeviceId) -> None:
        """The client is gone for good; its media end at once."""
        flow = self._flows.get(act)
        client = flow.clients.get(device) if flow is not None else None
        if flow is None or client is None:
            return
        flow.drop(client)
        self._acts.pop(device, None)
        if not flow.clients:
            del self._flows[act]
            self._tapes.close(act)
            self.signals.forget(act)

    def tell(self, act: ActId, device: DeviceId, event: AnyEvent) -> None:
        if self.audience is not None:
            self.audience.tell(act, device, event)

    def show(self, act: ActId) -> None:
        if self.audience is not None:
            self.audience.media_changed(act)

    def media(self, act: ActId) -> Media:
        """What is published in an act, and how."""
        flow = self._flows.get(act)
        return Media() if flow is None else Media(flow.sources(), flow.ends, flow.codecs)

    @property
    def acts(self) -> list[int]:
        """How many acts each media worker has."""
        return self._placement.acts()

    def _found(self, act: ActId, device: DeviceId) -> tuple[Flow, Client]:
        """Raises Refused("not-present")."""
        flow = self._flows.get(act)
        if flow is None:
            raise Refused("not-present")
        return flow, flow.client(device)

    # -- what clients ask for ------------------------------------------------------------------------------------

    async def publish(self, act: ActId, device: DeviceId, sdp: str, sources: tuple[PublishedSource, ...]) -> str:
        """The relay's answer to a client's offer. Raises Refused."""
        flow, client = self._found(act, device)
        flow.check_publisher(client)
        number = next(self._numbers)
        command = flow.publication(client, number, sdp, sources)
        answer = await self._placement.ask(flow, command)
        flow.publishing(client, command.peer, sources)
        return answer

    def unpublish(self, act: ActId, device: DeviceId) -> None:
        flow, client = self._found(act, device)
        flow.unpublish(client)

    def mute(self, act: ActId, device: DeviceId, source: Source, muted: bool) -> None:
        flow, client = self._found(act, device)
        flow.mute(client, source, muted)

    def answer(self, act: ActId, device: DeviceId, number: int, sdp: str) -> None:
        flow, client = self._found(act, device)
        flow.answered(client, number, sdp)

    def resubscribe(self, act: ActId, device: DeviceId, *, keep: bool) -> None:
        flow, client = self._found(act, device)
        flow.resubscribe(client, keep=keep)

    def show_pictures(self, act: ActId, device: DeviceId, pictures: tuple[ShownPicture, ...]) -> None:
        """How large the client shows what it receives."""
        flow, client = self._found(act, device)
        client.shows(pictures)
        if client.down is not None:
            self.send(flow, commands.Show(client.down, client.shown))

    def signal(self, act: ActId, device: DeviceId, step: Signal) -> None:
        """One step of a direct negotiation, to the other end. Raises Refused("wrong-path")."""
        flow, client = self._found(act, device)
        other = flow.other_end(device, step.number)
        if step.kind != "candidate":
            flow.sends_directly(client, step.sources)
        self.tell(act, other, Signalled(number=step.number, kind=step.kind, body=step.body, sources=step.sources))

    def direct_state(self, act: ActId, device: DeviceId, number: int, connected: bool) -> None:
        flow, client = self._found(act, device)
        flow.direct_state(client, number, connected)

    def callers(self) -> list[tuple[ActId, SeatId]]:
        """Seats with a session of WHIP or WHEP."""
        return [(self._acts[device], seat) for device, seat in self._called.items() if device in self._acts]

    # -- WHIP and WHEP -------------------------------------------------------------------------------------------

    async def whip(self, act: ActId, seat: SeatId, device: DeviceId, sdp: str) -> str:
        """The relay's answer. The caller has joined `device` (kind WHIP) to its seat before; raises errors.Refused."""
        self._called[device] = seat
        view = await self._service.act(SeatCaller(act, seat), act)
        self._open(act, Device(device, seat, DeviceKind.WHIP), view)
        await self._relayed(act, device)
        return await self.publish(act, device, sdp, sources(sdp))

    async def whep(
        self, act: ActId, seat: SeatId, device: DeviceId, sdp: str, seats: Sequence[SeatId], view: Shown = "camera"
    ) -> str:
        """The relay's answer; `seats` fill the offered sections in order. `device` (kind WHEP) has joined before."""
        self._called[device] = seat
        known = await self._service.act(SeatCaller(act, seat), act)
        self._open(act, Device(device, seat, DeviceKind.WHEP, sections(sdp), tuple(seats), view, decoded(sdp)), known)
        await self._relayed(act, device)
        flow, client = self._found(act, device)
        slots = flow.plan.slots.get(device, ()) if flow.plan is not None else ()
        number, peer = next(self._numbers), PeerId(f"{device}-down-1")
        answer = await self._placement.ask(flow, commands.View(number, peer, flow.room, sdp, slots))
        flow.viewed(client, peer, slots)
        return answer

    async def close_device(self, act: ActId, device: DeviceId, reason: str = "left") -> None:
        """Ends the session of a WHIP or WHEP device, and its place in the act; one that has ended is no error."""
        self.drop_device(act, device)
        seat = self._called.pop(device, None)
        if seat is not None:
            await self._service.leave(act, seat, device, reason)

    def _lose_caller(self, flow: Flow, client: Client, reason: str) -> None:
        """The peer of a WHIP or WHEP device is its whole session."""
        self._errands.add(flow.act, partial(self.close_device, flow.act, client.device.device, reason))

    async def _relayed(self, act: ActId, device: DeviceId) -> None:
        """Waits until the room is on the relay with this device in it. Raises Refused("not-admitted")."""
        try:
            async with asyncio.timeout(PATH_S):
                while not self._on_relay(*self._found(act, device)):
                    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiters.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiters.discard(waiter)
        except TimeoutError:
            self.drop_device(act, device)
            raise Refused("media-unavailable") from None

    def _on_relay(self, flow: Flow, client: Client) -> bool:
        if not flow.admits(client):
            self.drop_device(flow.act, client.device.device)
            raise Refused("not-admitted")
        return flow.view is not None and flow.view.path.path is Path.RELAY

    # -- the workers ---------------------------------------------------------------------------------------------

    def send(self, flow: Flow, command: commands.Command) -> bool:
        return self._placement.send(flow, command)

    def worker_said(self, worker: int, event: events.Event) -> None:
        match event:
            case events.Ready():
                self._place_homeless()
            case events.Answered(re=number, sdp=sdp):
                self._placement.answered(number, sdp)
            case events.Failed(re=number, code=code, detail=detail):
                self._placement.answered(number, Refused(code, detail))
            case events.Offered() | events.Connected() | events.Disconnected():
                self._peer_said(event)
            case events.Speaking():
                self.signals.speak(event)
            case events.Fares():
                self.signals.fare(event, time.monotonic())
            case events.Started() | events.Silent() | events.Resumed() | events.Ended():
                self._track_said(event)
            case events.Layers() | events.Redundancy():
                self._track_said(event)

    def worker_lost(self, worker: int) -> None:
        """A worker is gone with every peer it had; its acts go on at another, or wait for the next."""
        flows = self._placement.lose(worker)
        log.warning("media worker lost", extra={"worker": worker, "acts": len(flows)})
        for flow in flows:
            self._tapes.lose_relay(flow.act)
            flow.lose_worker()
            self._errands.add(flow.act, partial(self._service.incident, flow.act, "relay-lost", "server"))
            for client in flow.clients.values():
                if client.device.device in self._called:
                    self._lose_caller(flow, client, "relay-lost")
        if self._workers.ready:
            self._place_homeless()

    def _place_homeless(self) -> None:
        """Acts without a worker are told to one that is here now, from the beginning."""
        for flow in list(self._flows.values()):
            if flow.worker is None:
                flow.begin_anew()

    def _peer_said(self, event: events.Offered | events.Connected | events.Disconnected) -> None:
        found = self._owner(owner_of(event.peer))
        if found is None:
            return
        flow, client = found
        match event:
            case events.Offered(peer=peer, number=number, sdp=sdp, mids=mids):
                flow.offered(client, peer, number, sdp, mids)
            case events.Connected(peer=peer) if peer != client.up and flow.view and client.moves(flow.view):
                # The device before leaves when the others can see this one, be it that there is nothing to see.
                self._errands.start(later(SENDING_S, partial(flow.came_up, client)), f"move/{client.device.device}")
            case events.Connected():
                flow.came_up(client)
            case events.Disconnected(peer=peer, reason=reason) if peer in {client.up, client.down}:
                log.info("peer lost", extra={"act": flow.act, "peer": peer, "reason": reason})
                if client.device.device in self._called:
                    self._lose_caller(flow, client, reason)
                flow.disconnected(client, peer, reason)

    def _track_said(self, event: TrackEvent) -> None:
        found = self._owner(device_of(event.track))
        if found is not None:
            track_said(*found, event)

    def _mention(self, act: ActId, event: AnyEvent) -> None:
        if self.audience is not None:
            self.audience.mention(act, event)

    def _note_line(self, act: ActId, seat: SeatId, line: Line) -> None:
        self._errands.add(act, partial(self._service.judge_line, act, seat, line.grade, *line.figures))

    def _owner(self, device: DeviceId) -> tuple[Flow, Client] | None:
        flow = self._flows.get(self._acts.get(device, ActId("")))
        client = flow.clients.get(device) if flow is not None else None
        return (flow, client) if flow is not None and client is not None else None

    def recorder_said(self, event: recorder_events.Event) -> None:
        self._tapes.hear(event)

    def recorder_lost(self) -> None:
        self._tapes.lose_recorder()

    def record(self, flow: Flow) -> None:
        """Makes the recorder be as the plan says."""
        self._tapes.reconcile(flow)


class Outlet:
    """What one flow wants done (`flow.Asked`)."""

    def __init__(self, bridge: Bridge, errands: Errands, service: RoomService, act: ActId, codecs: Codecs) -> None:
        self._bridge = bridge
        self._errands = errands
        self._service = service
        self.flow = Flow(act, self, codecs=codecs)

    def send(self, command: commands.Command) -> None:
        self._bridge.send(self.flow, command)

    def tell(self, device: DeviceId, event: AnyEvent) -> None:
        self._bridge.tell(self.flow.act, device, event)

    def change_path(self, path: Path, reason: str) -> None:
        self._errands.add(self.flow.act, partial(self._service.change_path, self.flow.act, path, reason))

    def media_up(self, device: DeviceId) -> None:
        self._errands.add(self.flow.act, partial(self._service.media_up, self.flow.act, device))

    def share(self, seat: SeatId, device: DeviceId, source: Source, on: bool) -> None:
        self._errands.add(self.flow.act, partial(self._service.share, self.flow.act, seat, device, source, on))

    def sources_changed(self) -> None:
        self._bridge.show(self.flow.act)

    def planned(self) -> None:
        self._bridge.record(self.flow)
