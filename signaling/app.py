"""The composition root: builds every part of the server top to bottom, and closes it in reverse."""

import asyncio
import errno
import logging
import os
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiohttp import web

from media.beat import next_beat
from recordings.catalogue import Recordings
from rooms.service import RoomService
from signaling.api.directory import establishment_names
from signaling.api.edge import MAX_BODY, attach
from signaling.api.headers import add_headers
from signaling.api.pages import Pages
from signaling.api.problems import problems
from signaling.api.services import Services
from signaling.api.table import ROUTES
from signaling.bridge import Bridge
from signaling.config import MediaSettings, Settings, SignalingSettings
from signaling.drain import Drain
from signaling.gateway import Gateway
from signaling.keys import read_or_make, read_shared
from signaling.links import Address, Links
from signaling.login import Login
from signaling.news import News
from signaling.sessions import Sessions, SessionSettings
from signaling.stores import opened
from signaling.tasks import group
from signaling.tokens import Tokens
from signaling.turn import Turn
from signaling.workers import RecorderSettings, Workers, WorkerSettings

log = logging.getLogger(__name__)

CLIENT = Path(__file__).resolve().parents[1] / "web-client" / "dist"
TICK_S = 1.0  # how late a deadline of an act may be noticed
CLOSE_S = 5.0  # how long answers under way may take when the server stops


class Ticking(Protocol):
    """What time moves: the rooms."""

    async def tick(self, now: float) -> None: ...


class CannotStart(Exception):
    """Something outside of Visite is in the way: a port that is taken, a certificate that cannot be read."""


async def serve(settings: Settings) -> None:
    """Runs until it is told to end. Raises CannotStart."""
    stop = stop_requested()
    async with running(settings) as services:
        log.info("ready", extra={"address": services.links.address.base, "media_ports": services.workers.ports})
        await stop.asked.wait()
        await services.drain.run(settings.signaling.drain_s, stop.now)
        log.info("stopping")


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Services]:
    """The whole server, ready for requests. Raises CannotStart, BadKey."""
    async with AsyncExitStack() as stack:
        own = settings.signaling
        listener = stack.enter_context(listen(own.host, own.port))
        check_media_ports(settings.media)
        address, tls = Address.of(own, listener.getsockname()[1]), tls_of(settings)
        tokens = tokens_of(settings)
        links = links_of(own, tokens, address)
        store = await stack.enter_async_context(opened(settings, serving=True))
        news, clock = News(), steady_clock()
        rooms = RoomService(
            store.journal,
            store.spool,
            clock=clock,
            publish=news.publish,
            directory=store.directory,
            recording_allowed=settings.recordings.enabled,
        )
        await rooms.start()
        workers = workers_of(settings)
        try:
            await stack.enter_async_context(workers.running())
        except TimeoutError:
            raise CannotStart("media: no worker became ready; the lines above say what it ran into") from None
        bridge = Bridge(rooms, workers, settings.media.video_codecs)
        drain = Drain([bridge.callers])
        await stack.enter_async_context(bridge.running())
        sessions = Sessions(
            rooms,
            bridge,
            tokens,
            links.join,
            establishments=lambda: establishment_names(store.directory),
            clock=clock,
            drain=drain,
            turn=turn_of(settings),
            settings=session_settings(own),
        )
        await stack.enter_async_context(sessions.running())
        news.listeners += [sessions.published, bridge.published]  # a way is told before its media
        await stack.enter_async_context(ticking(rooms, clock))
        recordings = stack.enter_context(closing(Recordings(settings.recordings_dir)))
        login = Login(tokens, store.sign_ins, time.time, own.sign_in_hours * 3600)
        services = Services(rooms, store.directory, bridge, workers, recordings, tokens, links, login, own, drain)
        web_app = application(services, sessions)
        await stack.enter_async_context(listening(web_app, listener, tls))
        yield services


def application(services: Services, sessions: Sessions) -> web.Application:
    """Routes, socket and pages; the pages come last, for they answer whatever is left."""
    address = services.links.address
    app = web.Application(middlewares=[problems], client_max_size=MAX_BODY)
    app.on_response_prepare.append(add_headers(address))

    async def say_goodbye(_: web.Application) -> None:
        sessions.stop()

    app.on_shutdown.append(say_goodbye)  # before aiohttp waits for the sockets to close
    attach(app, ROUTES, services)
    Gateway(sessions, address.origins).attach(app)
    Pages(CLIENT).attach(app)
    return app


def tokens_of(settings: Settings) -> Tokens:
    """Raises BadKey."""
    return Tokens(read_or_make(settings.data_dir / "keys" / "tokens.key"))


def workers_of(settings: Settings) -> Workers:
    media, kept = settings.media, settings.recordings
    recorder = RecorderSettings(settings.recordings_dir, kept.reserve_bytes) if kept.enabled else None
    return Workers(
        WorkerSettings(media.host, media.port, media.processes, media.candidates, media.tcp, media.plane), recorder
    )


def turn_of(settings: Settings) -> Turn:
    """Raises BadKey."""
    own = settings.turn
    return Turn(own.urls, read_shared(settings.path(own.secret)), time.time) if own.urls else Turn()


def links_of(settings: SignalingSettings, tokens: Tokens, address: Address) -> Links:
    return Links(address, tokens, time.time, settings.invitation_hours * 3600, settings.sign_in_link_minutes * 60)


def session_settings(settings: SignalingSettings) -> SessionSettings:
    return SessionSettings(settings.first_command_s, settings.grace_s, settings.keep_s, settings.idle_sockets)


def listen(host: str, port: int) -> socket.socket:
    """The bound socket: a port that is taken shows before anything else is started. Raises CannotStart."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        key = f"signaling.{blamed(error)}"
        raise CannotStart(f"{key}: cannot listen on {host} port {port}: {error.strerror}") from None


def check_media_ports(settings: MediaSettings) -> None:
    """A taken port would show only when a worker's patience is over. Raises CannotStart."""
    kinds = {"UDP": socket.SOCK_DGRAM} | ({"TCP": socket.SOCK_STREAM} if settings.tcp else {})
    for port in range(settings.port, settings.port + settings.workers) if settings.port else (0,):
        for name, kind in kinds.items():
            check_port(settings.host, port, name, kind)


def check_port(host: str, port: int, name: str, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind is socket.SOCK_STREAM)  # as workers listen
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"media.{blamed(error)}: cannot use {host} {name} port {port}: {error.strerror}"
            ) from None


def blamed(error: OSError) -> str:
    """The setting because of which an address could not be bound."""
    return "host" if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL else "port"


def make_folders(settings: Settings) -> None:
    """Makes the folders that settings name, for their owner only. Raises CannotStart for one that cannot be written."""
    folders = {"signaling.data_dir": settings.data_dir, "rooms.database": settings.database.parent}
    if settings.recordings.enabled:
        folders["recordings.directory"] = settings.recordings_dir
    for key, folder in folders.items():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(f"{key}: cannot make {folder}: {error.strerror}") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise CannotStart(f"{key}: cannot write in {folder}")


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """Raises CannotStart when certificate or key cannot be read."""
    own = settings.signaling
    if not own.tls_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.path(own.tls_certificate), settings.path(own.tls_key))
    except OSError as error:  # ssl.SSLError is one
        raise CannotStart(f"signaling.tls_certificate: {error.strerror or error}") from None
    return context


@asynccontextmanager
async def listening(app: web.Application, listener: socket.socket, tls: ssl.SSLContext | None) -> AsyncIterator[None]:
    # aiohttp's own access log would hold addresses of persons; routes tell what they served (api/edge.py).
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, ssl_context=tls).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def ticking(rooms: Ticking, clock: Callable[[], float]) -> AsyncIterator[None]:
    """While entered, what time alone brings about in an act comes about."""

    loop = asyncio.get_running_loop()

    async def tick() -> None:
        while True:
            await asyncio.sleep(next_beat(loop.time(), TICK_S) - loop.time())
            try:
                await rooms.tick(clock())
            except Exception:
                log.exception("a tick failed")  # ours to mend; calls go on meanwhile

    async with group() as tasks:
        ticker = tasks.create_task(tick(), name="ticker")
        try:
            yield
        finally:
            ticker.cancel()


def steady_clock() -> Callable[[], float]:
    """Seconds since the epoch, that go on evenly when somebody sets the machine's clock."""
    start = time.time() - time.monotonic()
    return lambda: start + time.monotonic()


@dataclass(frozen=True, slots=True)
class Stop:
    """`asked`: the server is to end once no call runs any more; `now`: it is to end well, whatever runs."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    now: asyncio.Event = field(default_factory=asyncio.Event)


def stop_requested() -> Stop:
    """SIGTERM asks; SIGINT, or the second signal, means now; one more ends the process as if nobody listened."""
    loop, stop = asyncio.get_running_loop(), Stop()

    def heard(number: int) -> None:
        if number == signal.SIGINT or stop.asked.is_set():
            stop.now.set()
            for each in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(each)
        stop.asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heard, number)
    return stop
