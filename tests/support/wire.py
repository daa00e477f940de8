"""A client of docs/protocol.md over a real Socket.IO connection, which remembers everything it was told."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp
import msgspec
import socketio

from signaling import messages as wire
from tests.support.acts import Act

WAIT_S = 60.0
E = TypeVar("E", bound=wire.Event)
_envelopes: msgspec.json.Decoder[wire.Envelope] = msgspec.json.Decoder(wire.Envelope)


class Client:
    """`events` holds what came, in order, each with its number."""

    def __init__(self, url: str, token: Callable[[Act, str], str]) -> None:
        self._url = url
        self._token = token
        self._socket, self._http = self._fresh()
        self._came = asyncio.Condition()
        self._sent = 0
        self.events: list[wire.Envelope] = []

    @property
    def connected(self) -> bool:
        return bool(self._socket.connected)

    @property
    def last(self) -> int:
        """The highest event number seen."""
        return max((envelope.n for envelope in self.events), default=0)

    def told(self, kind: type[E]) -> list[E]:
        """Every event of a kind so far."""
        return [envelope.event for envelope in self.events if isinstance(envelope.event, kind)]

    # -- the socket ----------------------------------------------------------------------------------------------

    def _fresh(self) -> tuple[socketio.AsyncClient, aiohttp.ClientSession]:
        http = aiohttp.ClientSession()
        client = socketio.AsyncClient(reconnection=False, http_session=http)
        client.on("event", self._hear)
        return client, http

    async def connect(self, headers: dict[str, str] | None = None) -> None:
        await self._socket.connect(self._url, headers=headers or {}, transports=["websocket"], wait_timeout=WAIT_S)

    async def disconnect(self) -> None:
        writer = self._socket.eio.write_loop_task
        if writer is not None and self.told(wire.Left):  # the server closes, and python-engineio forgets to tell it
            writer.cancel()
            await self._socket.eio.wait()
        await self._socket.disconnect()
        await self._http.close()

    async def lose_line(self) -> None:
        """The connection is gone without a word, as when a cable is pulled; a new one can be made."""
        transport = self._socket.eio.ws
        await transport.close()
        await self._socket.eio.wait()
        await self._http.close()
        self._socket, self._http = self._fresh()

    async def send(self, text: object) -> None:
        await self._socket.emit("command", text)

    async def _hear(self, text: str) -> None:
        async with self._came:
            self.events.append(_envelopes.decode(text))
            self._came.notify_all()

    # -- the protocol --------------------------------------------------------------------------------------------

    async def join(self, act: Act, name: str, *, token: str = "", **fields: Any) -> wire.Welcome:
        """Joins the seat of somebody in the act."""
        self._sent = 1
        told = len(self.told(wire.Welcome))
        credential = token or self._token(act, name)
        await self.post(wire.Join(id=1, version=wire.PROTOCOL, token=credential, label="essai", **fields))
        return await self.hear(wire.Welcome, after=told)

    async def resume(self, welcome: wire.Welcome, *, last: int | None = None, fresh: bool = False) -> wire.Welcome:
        """Comes back to a session on a new connection."""
        told = len(self.told(wire.Welcome))
        seen = 0 if fresh else self.last if last is None else last
        self._sent = 1 if fresh else self._sent
        await self.post(
            wire.Resume(
                id=self._sent + 1,
                version=wire.PROTOCOL,
                session=welcome.session,
                secret=welcome.secret,
                last=seen,
                fresh=fresh,
            )
        )
        return await self.hear(wire.Welcome, after=told)

    async def post(self, command: wire.Command) -> None:
        await self.send(msgspec.json.encode(command).decode())

    async def ask(self, command: type[wire.Command], /, **fields: Any) -> Any:
        """Sends a command and returns its answer: done, refused, published or invited."""
        self._sent += 1
        number = self._sent
        await self.post(command(id=number, **fields))
        return await self.until(lambda event: getattr(event, "re", None) == number)

    async def hear(self, kind: type[E], where: Callable[[E], bool] = lambda event: True, *, after: int = 0) -> E:
        """The first event of a kind for which `where` holds, past or to come; `after` skips so many of the kind."""

        def matching() -> list[E]:
            return [event for event in self.told(kind)[after:] if where(event)]

        async with asyncio.timeout(WAIT_S), self._came:
            await self._came.wait_for(matching)
        return matching()[0]

    async def until(self, where: Callable[[wire.Event], bool]) -> wire.Event:
        return await self.hear(wire.Event, where)

    async def seat(self, seat: str, where: Callable[[wire.SeatState], bool]) -> wire.SeatState:
        """Waits until a seat was shown in a certain state."""
        changed = await self.hear(wire.SeatChanged, lambda event: event.seat.seat == seat and where(event.seat))
        return changed.seat
