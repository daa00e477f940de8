"""One connected client, over as many sockets as it needs."""

import asyncio
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rooms.ids import ActId, DeviceId, SeatId
from rooms.roles import SeatCaller
from signaling.errors import PeerFault, problem
from signaling.limits import INBOX_COMMANDS
from signaling.line import Inbox, Line
from signaling.messages import AnyCommand, AnyEvent, Join, Leave, Left, Refused, Resume, Snapshot, Welcome
from signaling.outbox import Answers, Outbox, encoded
from signaling.scene import Outcome, changes

log = logging.getLogger(__name__)

Handler = Callable[["Session", AnyCommand], Awaitable[AnyEvent]]
USED_SECRETS = 32  # remembered, so that one used again is known as such
OPEN_SECRETS = 8  # given since the client last spoke; more greetings are not lost in a row


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a session waits for a line that is lost: before others are told, and before it ends."""

    grace_s: float
    keep_s: float


@dataclass(slots=True)
class Secrets:
    """The rotating secret by which a client comes back; only hashes are kept.

    Those before stay good until the client has spoken after getting the new one: a line may be cut while `welcome` is
    on its way, and again while the next one is.
    """

    _good: list[bytes] = field(default_factory=list)  # oldest first; the client had the first one for sure
    _used: list[bytes] = field(default_factory=list)

    def renew(self) -> str:
        """The next secret."""
        secret = secrets.token_urlsafe(24)
        self._good = [*self._good[:1], *self._good[1:][2 - OPEN_SECRETS :], _hash(secret)]
        return secret

    def prove(self) -> None:
        """The client has the newest secret: those before are worthless from now on."""
        *before, newest = self._good
        self._good, self._used = [newest], [*self._used, *before][-USED_SECRETS:]

    def accept(self, secret: str) -> bool:
        """Whether this secret opens the session."""
        given = _hash(secret)
        return any(hmac.compare_digest(given, known) for known in self._good)

    def knows_as_used(self, secret: str) -> bool:
        return _hash(secret) in self._used


@dataclass(eq=False)
class Session:
    """Handles its client's commands in order, one at a time, and tells it what happens; ends with `left`."""

    id: str
    act: ActId
    seat: SeatId
    device: DeviceId
    line: Line
    patience: Patience
    interrupt: Callable[["Session"], Awaitable[None]]
    inbox: Inbox = field(default_factory=lambda: asyncio.Queue(INBOX_COMMANDS))
    secrets: Secrets = field(default_factory=Secrets)
    outcome: Outcome | None = None  # how far the client was told to be in
    shown: Snapshot | None = None  # what the client was shown last
    reason: str = ""  # why it ended
    _outbox: Outbox = field(default_factory=Outbox)
    _answers: Answers = field(default_factory=Answers)
    _held: list[AnyEvent] | None = None
    _backlog: int = 0  # commands in the inbox that came over an earlier line, and so prove no secret
    _attached: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def caller(self) -> SeatCaller:
        return SeatCaller(self.act, self.seat)

    @property
    def ended(self) -> bool:
        return self._over.is_set()

    async def run(self, handler: Handler) -> None:
        """Lives until `end`; nothing that one client does harms another."""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._handle_inbox(handler), name=f"session/{self.id}/inbox")
            watching = tasks.create_task(self._watch_line(), name=f"session/{self.id}/line")
            await self._over.wait()
            watching.cancel()
            await reading

    # -- what the client is told ---------------------------------------------------------------------------------

    def tell(self, event: AnyEvent) -> None:
        """Sends an event, or keeps it for a client whose line is cut."""
        if self.ended:
            return
        if self._held is not None:
            self._held.append(event)
            return
        self.line.send(self._outbox.put(event, time.monotonic()))

    def mention(self, text: str) -> None:
        """Sends an encoded event that is worth nothing a moment later: kept for nobody."""
        if self.shown is not None and not self.ended:
            self.line.send(text)

    def tell_all(self, events: Iterable[AnyEvent]) -> None:
        for event in events:
            self.tell(event)

    def show(self, now: Snapshot) -> None:
        """Tells what has changed since the client was last shown the act."""
        if self.shown is not None:
            self.tell_all(changes(self.shown, now))
        self.shown = now

    def end(self, reason: str) -> None:
        """The client's last event; its socket closes after it."""
        if self.ended:
            return
        self._held = None
        self.tell(Left(reason=reason))
        self.reason = reason
        self._over.set()
        self.line.close()
        while not self.inbox.empty():
            self.inbox.get_nowait()
        self.inbox.put_nowait(PeerFault(reason))  # wakes the reader, which then sees that it is over

    # -- lines ---------------------------------------------------------------------------------------------------

    def enter(self, line: Line, welcome: Welcome) -> None:
        """Takes the first line, with the commands that came over it already."""
        self._attach(line)
        line.send(encoded(0, welcome))

    def come_back(self, line: Line, last: int, fresh: bool, welcome: Callable[[bool], Welcome]) -> None:
        """Takes a new line. `welcome(resumed)` greets: with a snapshot when events were lost, or after a reload."""
        missed = None if fresh else self._outbox.after(last, time.monotonic())
        if fresh:
            self._begin_anew()
        if missed is None and self._held is not None:
            self._held = []  # older than the snapshot
        if not self.line.lost.is_set():
            self.line.close()
        self._backlog = self.inbox.qsize()
        self._attach(line)
        line.send(encoded(0, welcome(missed is not None)))
        for text in missed or ():
            line.send(text)

    def _begin_anew(self) -> None:
        """A page loaded anew counts its commands from the beginning; what the page before asked for goes with it."""
        self._answers = Answers()
        while not self.inbox.empty():
            self.inbox.get_nowait()

    def _attach(self, line: Line) -> None:
        waiting = [line.inbox.get_nowait() for _ in range(line.inbox.qsize())]
        for command in waiting[: self.inbox.maxsize - self.inbox.qsize()]:
            self.inbox.put_nowait(command)
        line.inbox = self.inbox
        self.line = line
        self._attached.set()

    async def _watch_line(self) -> None:
        while True:
            line = self.line
            await line.lost.wait()
            if line is not self.line:
                continue
            self._attached.clear()
            if await self._back_within(self.patience.grace_s):
                continue
            await self.interrupt(self)
            if not await self._back_within(self.patience.keep_s - self.patience.grace_s):
                self.end("gone")
                return

    async def _back_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._attached.wait()
        except TimeoutError:
            return False
        return True

    # -- commands ------------------------------------------------------------------------------------------------

    async def _handle_inbox(self, handler: Handler) -> None:
        while not self.ended:
            command = await self.inbox.get()
            if isinstance(command, PeerFault):
                self.end(command.code)
            else:
                self._note_proof()
                await self._handle(command, handler)

    def _note_proof(self) -> None:
        """Whoever speaks over the newest line was greeted there, and has the secret of that greeting."""
        if self._backlog:
            self._backlog -= 1
        else:
            self.secrets.prove()

    async def _handle(self, command: AnyCommand, handler: Handler) -> None:
        answers = self._answers
        if command.id <= answers.newest:
            again = answers.to(command.id)
            self.tell_all([again] if again is not None else [])
            return
        with self._answered_first(command):
            try:
                if isinstance(command, Join | Resume):
                    raise PeerFault("already-joined")
                answer = await handler(self, command)
            except PeerFault as fault:
                self.end(fault.code)
                return
            except Exception as error:
                told = problem(error)
                log.info("command refused", extra=self.ids | {"command": type(command).__name__, "code": told.code})
                answer = Refused(re=command.id, code=told.code, detail=told.detail)
            if answers is self._answers:  # or else the page that asked is gone, and the next one counts anew
                self._answer(command.id, answer)
        if isinstance(command, Leave):
            self.end("left")

    def _answer(self, number: int, answer: AnyEvent) -> None:
        held, self._held = self._held, None
        self._answers.remember(number, answer)
        self.tell(answer)
        self.tell_all(held or ())

    @contextmanager
    def _answered_first(self, command: AnyCommand) -> Iterator[None]:
        """While a command is handled, events wait: what it caused comes after its answer."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            self.tell_all(held or ())

    @property
    def ids(self) -> dict[str, str]:
        """For log lines."""
        return {"act": self.act, "seat": self.seat, "device": self.device, "session": self.id}


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
