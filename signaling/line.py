"""One socket from its first byte to its end. A session may have several in its life, one at a time."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from signaling.errors import PeerFault
from signaling.limits import COMMAND_BURST, COMMANDS_PER_S, INBOX_COMMANDS, TokenBucket
from signaling.messages import MAX_MESSAGE, AnyCommand, Left
from signaling.outbox import encoded

Inbox = asyncio.Queue[AnyCommand | PeerFault]
_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


class Wire(Protocol):
    """What a line needs of the transport. `send` and `cut` do not wait; `run` does their work until the end."""

    def send(self, text: str) -> None: ...
    def cut(self) -> None:
        """Ends the socket after what was sent before."""

    async def run(self) -> None: ...


@dataclass(eq=False, slots=True)
class Line:
    """Parses what comes and puts it into an inbox; the first fault is the last thing it takes."""

    id: str
    wire: Wire
    inbox: Inbox = field(default_factory=lambda: asyncio.Queue(INBOX_COMMANDS))
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    _pace: TokenBucket = field(default_factory=lambda: TokenBucket(COMMANDS_PER_S, COMMAND_BURST))
    _faulty: bool = False

    def may_speak(self, now: float) -> bool:
        """Whether one more packet of the client is read at all. `now` is monotonic."""
        if self._faulty or self.lost.is_set():
            return False
        if self._pace.take(now):
            return True
        self.fault("flood")
        return False

    def receive(self, text: object) -> None:
        """One message of the client."""
        if self.inbox.full():
            self.fault("flood")
        if self._faulty or self.lost.is_set():
            return
        try:
            self.inbox.put_nowait(parsed(text))
        except PeerFault as fault:
            self.fault(fault.code)

    def fault(self, code: str) -> None:
        """The client broke the protocol: whoever reads the inbox learns of it, and of nothing after it."""
        if self._faulty:
            return
        self._faulty = True
        while self.inbox.full():
            self.inbox.get_nowait()
        self.inbox.put_nowait(PeerFault(code))

    def send(self, text: str) -> None:
        if not self.lost.is_set():
            self.wire.send(text)

    def close(self, reason: str | None = None) -> None:
        """Cuts the socket, with a last word to a client that has no session."""
        if self.lost.is_set():
            return
        if reason is not None:
            self.wire.send(encoded(0, Left(reason=reason)))
        self.wire.cut()
        self.lost.set()


def parsed(text: object) -> AnyCommand:
    """One message of a client. Raises PeerFault."""
    if not isinstance(text, str):
        raise PeerFault("malformed")
    if len(text) > MAX_MESSAGE:
        raise PeerFault("too-large")
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise PeerFault("malformed") from None  # the cause quotes what was sent
