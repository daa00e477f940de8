"""The only file that knows python-socketio: parses, enqueues, emits.

Every packet passes `_guarded_message` before Socket.IO reads it, so that a flood costs no parsing, and a socket that
never gets as far as Socket.IO's own handshake is timed like any other.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import socketio
from aiohttp import web

from signaling.limits import UNREAD_PACKETS
from signaling.line import Line
from signaling.messages import MAX_MESSAGE
from signaling.sessions import Sessions

log = logging.getLogger(__name__)

PING_S = 5  # a line that died without a word is noticed after two of these at most
RETRY_AFTER_S = 2  # for whoever finds too many sockets before her
FLUSH_S = 1.0  # for the last word to a client that is cut off
MAX_PACKET = 2 * MAX_MESSAGE  # the transport cuts what is larger; up to here a client is told that it was too large

PATH = "/socket.io/"

Environ = dict[str, Any]


class Gateway:
    """`origins`: values of a browser's Origin header that are let in, as "https://host[:port]", beside its own host."""

    def __init__(self, sessions: Sessions, origins: frozenset[str] = frozenset()) -> None:
        self._sessions = sessions
        self._origins = origins
        self._sockets: dict[str, Socket] = {}  # by Engine.IO's id
        self._server = socketio.AsyncServer(
            async_mode="aiohttp",
            async_handlers=False,
            max_http_buffer_size=MAX_PACKET,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            cors_allowed_origins=[],  # checked here, for every socket and before anything else
            logger=_errors_only(),
            engineio_logger=_errors_only(),
        )
        self._server.on("command", self._command)
        engine = self._server.eio
        self._read_packet: Callable[[str, str], Awaitable[None]] = engine.handlers["message"]
        self._connect: Callable[[str, Environ], Awaitable[None]] = engine.handlers["connect"]
        self._disconnect: Callable[[str, str], Awaitable[None]] = engine.handlers["disconnect"]
        engine.on("connect", self._guarded_connect)
        engine.on("message", self._guarded_message)
        engine.on("disconnect", self._noted_disconnect)

    def attach(self, app: web.Application) -> None:
        """Serves /socket.io on the application. Clients are told before it shuts down."""
        for method in ("GET", "POST"):
            app.router.add_route(method, PATH, self._serve)
        app.on_shutdown.append(self._hang_up)
        app.on_cleanup.append(self._shut_down)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """One request of the transport; that of a WebSocket lasts as long as its socket."""
        if "sid" not in request.query and self._sessions.full:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": str(RETRY_AFTER_S)})
        try:
            response: web.StreamResponse = await self._server.handle_request(request)
        except KeyError:
            raise web.HTTPBadRequest from None  # python-engineio's word for a socket that has ended
        finally:
            if SOCKET in request:
                request[SOCKET].ended.set()
        return response

    async def _hang_up(self, app: web.Application) -> None:
        """The web server waits for its requests to end, and a socket is one."""
        self._sessions.stop()

    async def _shut_down(self, app: web.Application) -> None:
        await self._server.shutdown()

    # -- Engine.IO's events --------------------------------------------------------------------------------------

    async def _guarded_connect(self, sid: str, environ: Environ) -> bool | None:
        """False refuses the socket with status 401."""
        if not self._origin_allowed(environ):
            return False
        request: web.Request = environ["aiohttp.request"]
        socket = request[SOCKET] = Socket(self._server, sid, request)
        if not self._sessions.open_line(socket.line):
            return False
        self._sockets[sid] = socket
        await self._connect(sid, environ)
        return None

    async def _guarded_message(self, sid: str, packet: object) -> None:
        socket = self._sockets.get(sid)
        if socket is None or socket.line.lost.is_set():
            return None
        now = asyncio.get_running_loop().time()
        if not isinstance(packet, str) or len(packet) > MAX_MESSAGE:
            return socket.line.fault("too-large" if isinstance(packet, str) else "malformed")
        if not socket.line.may_speak(now):
            return None
        try:
            await self._read_packet(sid, packet)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            socket.line.fault("malformed")  # what Socket.IO's parser raises for packets that are none

    async def _noted_disconnect(self, sid: str, reason: str) -> None:
        socket = self._sockets.pop(sid, None)
        if socket is not None:
            socket.line.lost.set()
            socket.cut()
        await self._disconnect(sid, reason)

    # -- Socket.IO's event ---------------------------------------------------------------------------------------

    def _command(self, sid: str, text: object = None, *rest: object) -> None:
        socket = self._sockets.get(self._server.manager.eio_sid_from_sid(sid, "/") or "")
        if socket is not None:
            socket.line.receive(text if not rest else None)

    def _origin_allowed(self, environ: Environ) -> bool:
        """Programs send no Origin, and no socket is authenticated by a cookie, so its absence gives nothing away."""
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return True
        return origin in self._origins or urlsplit(origin).netloc == environ.get("HTTP_HOST")


class Socket:
    """The transport of one line: what is sent waits in a queue, which one task empties."""

    def __init__(self, server: socketio.AsyncServer, sid: str, request: web.Request) -> None:
        self.line = Line(secrets.token_urlsafe(6), self)
        self._server = server
        self._sid = sid
        self._request = request
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self.ended = asyncio.Event()  # the request that opened it was answered

    def send(self, text: str) -> None:
        self._outgoing.put_nowait(text)

    def cut(self) -> None:
        self._outgoing.put_nowait(None)

    async def run(self) -> None:
        """Emits until the socket is cut, or has gone by itself."""
        while (text := await self._outgoing.get()) is not None:
            to = self._server.manager.sid_from_eio_sid(self._sid, "/")
            if to is not None:
                await self._server.emit("event", text, to=to)
            if self._unread() > UNREAD_PACKETS:
                self.line.close()
        await self._end()

    def _unread(self) -> int:
        """Packets that python-engineio holds for a client that does not read; its queue has no bound of its own."""
        transport = self._server.eio.sockets.get(self._sid)
        return 0 if transport is None else int(transport.queue.qsize())

    async def _end(self) -> None:
        """Lets the last word out, then closes the connection, which would else be read until the client closes it."""
        transport = self._server.eio.sockets.get(self._sid)
        if transport is None:
            return
        try:
            async with asyncio.timeout(FLUSH_S):
                await self._server.eio.disconnect(self._sid)
                transport.queue.put_nowait(None)  # python-engineio's own sign to its writer, which then closes
                await self.ended.wait()
        except TimeoutError:
            log.info("a socket had to be closed by force", extra={"line": self.line.id})
        if self._request.transport is not None and self._is_websocket:
            self._request.transport.abort()

    @property
    def _is_websocket(self) -> bool:
        """Otherwise the connection carries other requests, and an ended socket's are refused one by one."""
        return self._request.headers.get("Upgrade", "").lower() == "websocket"


SOCKET = web.RequestKey("socket", Socket)  # under it a request keeps the socket that it opened


def _errors_only() -> logging.Logger:
    """At lower levels python-socketio's lines quote what clients send."""
    logger = logging.getLogger("socketio")
    logger.setLevel(logging.ERROR)
    return logger
