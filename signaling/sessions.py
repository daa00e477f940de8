"""All sessions of this node."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from rooms import errors as rooms_errors
from rooms.facts import ChatSaid, Fact
from rooms.ids import ActId, DeviceId, SeatId
from rooms.service import RoomService
from rooms.views import ActView, DeviceKind, Outcome
from signaling.bridge import Bridge
from signaling.dispatch import Desk
from signaling.drain import Drain
from signaling.errors import PeerFault, Refused, problem
from signaling.limits import ENTERING, ENTRY_S, Turnstile
from signaling.line import Line
from signaling.meeting import Meeting
from signaling.messages import PROTOCOL, AnyCommand, AnyEvent, Join, Resume, Welcome
from signaling.messages import Refused as RefusedEvent
from signaling.outbox import encoded
from signaling.plan import Device
from signaling.scene import Establishments, seat_of
from signaling.session import Patience, Session
from signaling.tasks import contained, group
from signaling.turn import RENEW_S, Turn

log = logging.getLogger(__name__)

RELOAD_S = 1.0  # how long a page that comes back waits for its old socket to be gone
KINDS = {"main": DeviceKind.MAIN, "camera": DeviceKind.CAMERA}


class Entry(Protocol):
    """What a token says: the act, the seat, and the serial of the invitation it came from, if any."""

    @property
    def act(self) -> ActId: ...
    @property
    def seat(self) -> SeatId: ...
    @property
    def serial(self) -> int | None: ...


class Doorkeeper(Protocol):
    """`signaling.tokens.Tokens`, as far as sessions need it."""

    def read_entry(self, token: str) -> Entry:
        """Raises errors.Refused("token-invalid" | "token-expired")."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long the server waits for a client, in seconds."""

    first_command_s: float = 10.0
    grace_s: float = 2.0  # a cut line is told to the others after this
    keep_s: float = 120.0  # a session without a line is kept this long
    idle_sockets: int = 5_000  # sockets that have not joined, at most


class Sessions:
    """`link(act, seat, serial)` gives the address that an invited person opens (`invited.url`).

    `establishments` gives the names of those in an act; it is asked when the first person of the act connects.
    """

    def __init__(
        self,
        service: RoomService,
        bridge: Bridge,
        doorkeeper: Doorkeeper,
        link: Callable[[ActId, SeatId, int], str],
        *,
        establishments: Callable[[], Awaitable[Establishments]],
        clock: Callable[[], float],
        drain: Drain | None = None,
        turn: Turn | None = None,
        settings: SessionSettings | None = None,
    ) -> None:
        self._service = service
        self._bridge = bridge
        self._doorkeeper = doorkeeper
        self._desk = Desk(service, bridge, link)
        self._establishments = establishments
        self._clock = clock
        self._drain = drain or Drain()
        self._drain.connected.append(self.connected)
        self._turn = turn or Turn()
        self.settings = settings or SessionSettings()
        self._meetings: dict[ActId, Meeting] = {}
        self._sessions: dict[str, Session] = {}
        self._lines: set[Line] = set()  # that have not joined
        self._entrance = Turnstile(ENTERING, ENTRY_S)
        self._tasks: asyncio.TaskGroup | None = None
        bridge.audience = self
        self._stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While entered, sessions live. On leaving, every client gets `left` with `server-stopping`."""
        async with group() as tasks:
            self._tasks = tasks
            renewing = tasks.create_task(self._renew_credentials(), name="turn")
            try:
                yield
            finally:
                renewing.cancel()
                self.stop()
                self._tasks = None

    def stop(self) -> None:
        """Says goodbye to every client; no new one comes in."""
        self._stopping = True
        for line in list(self._lines):
            line.fault("server-stopping")
        for session in list(self._sessions.values()):
            session.end("server-stopping")

    @property
    def count(self) -> int:
        """How many sessions live."""
        return len(self._sessions)

    def connected(self) -> list[tuple[ActId, SeatId]]:
        """Who has a line now."""
        return [(one.act, one.seat) for one in self._sessions.values() if not one.line.lost.is_set()]

    # -- what happens in the acts --------------------------------------------------------------------------------

    def published(self, act: ActId, facts: tuple[Fact, ...], view: ActView) -> None:
        """Listener of the news."""
        meeting = self._meetings.get(act)
        if meeting is None:
            return
        meeting.published(facts, view)
        first = view.version - len(facts) + 1
        for number, fact in enumerate(facts, first):
            if isinstance(fact, ChatSaid):
                meeting.said(number, fact.seat, self._service.text(act, fact.text.text), self._clock())

    def media_changed(self, act: ActId) -> None:
        """The bridge: what is published in an act, or the ends of its direct path, changed."""
        meeting = self._meetings.get(act)
        if meeting is not None:
            meeting.media_changed(self._bridge.media(act))

    def tell(self, act: ActId, device: DeviceId, event: AnyEvent) -> None:
        """The bridge: something for one client, if it is one of ours."""
        meeting = self._meetings.get(act)
        if meeting is not None and device in meeting.sessions:
            meeting.sessions[device].tell(event)

    def mention(self, act: ActId, event: AnyEvent) -> None:
        """The bridge: something of this moment, for everybody inside."""
        meeting, text = self._meetings.get(act), encoded(0, event)
        for session in meeting.sessions.values() if meeting is not None else ():
            session.mention(text)

    async def _renew_credentials(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            for meeting in self._meetings.values():
                meeting.equip()

    # -- lines ---------------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether too many wait to join, or the server stops."""
        return self._tasks is None or self._stopping or len(self._lines) >= self.settings.idle_sockets

    def open_line(self, line: Line) -> bool:
        """A socket has come. False: there is no room for it."""
        if self._tasks is None or self.full:
            return False
        self._lines.add(line)
        for work, name in ((line.wire.run(), f"socket/{line.id}"), (self._receive(line), f"line/{line.id}")):
            self._tasks.create_task(contained(work, name), name=name)
        return True

    async def _receive(self, line: Line) -> None:
        """Reads a line until it has found its session; from there on the session reads it.

        Time runs out for the client's silence only: whoever is on her way into a seat gets there.
        """
        deadline = asyncio.get_running_loop().time() + self.settings.first_command_s
        try:
            while not await self._enter(line, await self._next(line, deadline)):
                pass
        except TimeoutError:
            line.close("not-joined")
        except PeerFault as fault:
            line.close(fault.code)
        finally:
            self._lines.discard(line)

    async def _next(self, line: Line, deadline: float) -> AnyCommand:
        async with asyncio.timeout_at(deadline):
            command = await line.inbox.get()
        if isinstance(command, PeerFault):
            raise command
        return command

    async def _enter(self, line: Line, first: AnyCommand) -> bool:
        """Whether the line has a session now; a refusal leaves it the rest of its time to try again."""
        try:
            match first:
                case Join():
                    async with self._entrance.passing():
                        await self._join(line, first)
                case Resume():
                    await self._resume(line, first)
                case _:
                    raise PeerFault("not-joined")
        except PeerFault:
            raise
        except Exception as error:
            told = problem(error)
            log.info("entry refused", extra={"line": line.id, "code": told.code})
            line.send(encoded(0, RefusedEvent(re=first.id, code=told.code, detail=told.detail)))
            return False
        return True

    # -- joining -------------------------------------------------------------------------------------------------

    async def _join(self, line: Line, join: Join) -> None:
        _check_version(join.version)
        entry = self._doorkeeper.read_entry(join.token)
        self._drain.check(entry.act)
        if entry.serial is not None:
            await self._service.check_invitation(entry.act, entry.seat, entry.serial)
        meeting = await self._meeting(entry.act)
        session = self._new_session(entry, line)
        meeting.sessions[session.device] = session
        try:
            device = Device(session.device, session.seat, KINDS[join.kind], decodes=frozenset(join.decodes))
            joined = await self._service.join(session.act, session.seat, session.device, device.kind, join.label)
            if joined.outcome is Outcome.TAKEOVER_ASKED:
                await self._dismiss_ghost(meeting, session)
            self._begin(meeting, session, device, line)
        except Exception:
            self._forget(session)
            await self._leave(session)
            raise

    async def _dismiss_ghost(self, meeting: Meeting, session: Session) -> None:
        """A device whose session an earlier process of this server held cannot come back, and answers no question."""
        seat = seat_of(meeting.view, session.seat) if meeting.view is not None else None
        for device in seat.devices if seat is not None else ():
            if device.kind is DeviceKind.MAIN and device.device not in meeting.sessions:
                await self._service.leave(session.act, session.seat, device.device, "replaced")

    def _begin(self, meeting: Meeting, session: Session, device: Device, line: Line) -> None:
        if meeting.view is not None:
            self._bridge.open_device(session.act, device, meeting.view)
        meeting.greet(session)
        if self._tasks is None or self._stopping or session.outcome is None:
            raise Refused("server-stopping" if session.outcome else "invitation-revoked")
        self._sessions[session.id] = session
        session.enter(line, self._welcome(session, resumed=False))
        name = f"session/{session.id}"
        self._tasks.create_task(contained(self._run(session), name), name=name)
        log.info("session began", extra=session.ids | {"kind": device.kind.value})

    async def _meeting(self, act: ActId) -> Meeting:
        if act not in self._meetings:
            names = await self._establishments()
            self._meetings.setdefault(act, Meeting(act, names, self._turn.servers))
        return self._meetings[act]

    def _new_session(self, entry: Entry, line: Line) -> Session:
        return Session(
            id=secrets.token_urlsafe(16),
            act=entry.act,
            seat=entry.seat,
            device=DeviceId(secrets.token_urlsafe(9)),
            line=line,
            patience=Patience(self.settings.grace_s, self.settings.keep_s),
            interrupt=self._interrupt,
        )

    def _welcome(self, session: Session, *, resumed: bool) -> Welcome:
        name = ""
        meeting = self._meetings[session.act]
        if meeting.view is not None and (seat := seat_of(meeting.view, session.seat)) is not None:
            name = seat.name
        return Welcome(
            session=session.id,
            secret=session.secrets.renew(),
            seat=session.seat,
            name=name,
            now=self._clock(),
            resumed=resumed,
            outcome=session.outcome or "waiting",
            ice_servers=self._turn.servers(session.seat) if session.outcome == "present" else (),
            snapshot=None if resumed else session.shown,
        )

    # -- coming back ---------------------------------------------------------------------------------------------

    async def _resume(self, line: Line, resume: Resume) -> None:
        _check_version(resume.version)
        session = self._sessions.get(resume.session)
        if session is None:
            raise Refused("not-found")
        if not session.secrets.accept(resume.secret):
            if session.secrets.knows_as_used(resume.secret):
                session.end("replaced")
            raise Refused("token-invalid")
        if resume.fresh:
            await self._await_old_line(session)
        await self._service.resume(session.act, session.seat, session.device)
        if session.ended:
            raise Refused("not-found")
        if resume.fresh:
            self._bridge.reload_device(session.act, session.device)
        session.come_back(line, resume.last, resume.fresh, lambda resumed: self._greet_again(session, resumed))
        log.info("session resumed", extra=session.ids | {"fresh": resume.fresh})

    async def _await_old_line(self, session: Session) -> None:
        """A page loaded anew has lost its socket; one whose socket lives was duplicated, and is a second device."""
        try:
            async with asyncio.timeout(RELOAD_S):
                await session.line.lost.wait()
        except TimeoutError:
            raise Refused("already-joined") from None

    def _greet_again(self, session: Session, resumed: bool) -> Welcome:
        if not resumed:
            self._meetings[session.act].greet(session)
        return self._welcome(session, resumed=resumed)

    # -- ending --------------------------------------------------------------------------------------------------

    async def _run(self, session: Session) -> None:
        """One client's fault ends that client only."""
        try:
            await session.run(self._answer)
        except* Exception:
            log.exception("session failed", extra=session.ids)
            session.end("internal")
        finally:
            self._forget(session)
            await self._leave(session)
        log.info("session ended", extra=session.ids | {"reason": session.reason})

    async def _answer(self, session: Session, command: AnyCommand) -> AnyEvent:
        view = self._meetings[session.act].view
        if view is None:
            raise Refused("not-admitted")
        return await self._desk.answer(session, view, command)

    def _forget(self, session: Session) -> None:
        self._sessions.pop(session.id, None)
        meeting = self._meetings.get(session.act)
        if meeting is not None:
            meeting.sessions.pop(session.device, None)
            if not meeting.sessions:
                del self._meetings[session.act]

    async def _leave(self, session: Session) -> None:
        """The device's media end at once; its place in the act as soon as the rooms answer."""
        self._bridge.drop_device(session.act, session.device)
        with suppress_refusals(session):
            if session.reason == "server-stopping":
                await self._service.interrupt(session.act, session.seat, session.device, session.reason)
            else:
                await self._service.leave(session.act, session.seat, session.device, session.reason)

    async def _interrupt(self, session: Session) -> None:
        with suppress_refusals(session):
            await self._service.interrupt(session.act, session.seat, session.device, "line-lost")
            if not session.line.lost.is_set():  # she came back before her loss was written down
                await self._service.resume(session.act, session.seat, session.device)


@contextmanager
def suppress_refusals(session: Session) -> Iterator[None]:
    """Whoever is out already cannot leave again; anything else is a fault of ours, and harms only this session."""
    try:
        yield
    except (rooms_errors.Refused, rooms_errors.NotFound) as refusal:
        log.info("no such device any more", extra=session.ids | {"code": refusal.code})
    except rooms_errors.StoreDown:
        log.warning("a departure could not be noted: the store is away", extra=session.ids)


def _check_version(version: int) -> None:
    if version != PROTOCOL:
        raise Refused("wrong-version")
