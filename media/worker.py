"""The process around a relay: `python -m media.worker --channel-fd N [--tap-fd M]`.

Commands come and events go as frames over the channel, a stream socket inherited from whoever started the process;
when it closes, the worker ends. Everything that decides is in `relay.py`; here are the loop, the timers and the tasks.
A server starts `signaling.worker`, which is the same process with the server's logs.
"""

import argparse
import asyncio
import logging
import signal
import socket
import sys
import time
from contextlib import ExitStack
from typing import Literal

import msgspec

from media.beat import next_beat
from media.channel import Frames, frame
from media.commands import AnyCommand, Configure, Stop
from media.dtls import DtlsSecurity
from media.events import Heartbeat, Ready
from media.express import ExpressSelector
from media.ids import PeerId
from media.plane.choice import open_plane
from media.plane.interface import Plane
from media.ports import KeyingMaterial
from media.recorder import tap as recorder_tap
from media.relay import Relay
from media.tcp.lines import Lines, paired, reached_at
from media.watchdog import Watchdog

log = logging.getLogger(__name__)

HEARTBEAT_S = 0.5
LATEST_S = 60.0  # a timer that far ahead is set anew before it matters
READ_BYTES = 65_536
LAST_WORDS_S = 1.0


class RecorderTap:
    """Sender reports onto the recorder's socket, beside the packets that the plane copies there."""

    def __init__(self, tap: socket.socket) -> None:
        self._tap = tap
        self.dropped = 0

    def sender_report(self, stream: int, arrival: float, ntp: int, timestamp: int) -> None:
        try:
            self._tap.send(recorder_tap.pack_report(stream, arrival, ntp, timestamp), socket.MSG_DONTWAIT)
        except OSError:
            self.dropped += 1  # the recorder is behind or gone; whoever started it sees that


class Worker:
    """One relay on one event loop. Whatever happens runs to its end, then events go out and the timer is set."""

    def __init__(
        self,
        channel: socket.socket,
        tap: socket.socket | None,
        settings: Configure,
        selector: ExpressSelector,
        watchdog: Watchdog,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._selector = selector
        self._watchdog = watchdog
        self._channel = channel
        self._settings = settings
        self._plane, self._listener = _ports(settings, tap)
        self._lines = Lines(reached_at(settings.host, self._plane.port))
        self._tap = RecorderTap(tap) if tap is not None else None
        self._relay: Relay | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = 0.0
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._stopped = asyncio.Event()

    async def run(self, frames: Frames, commands: list[bytes]) -> None:
        """Serves until `Stop` or the end of the channel; `commands` came together with the settings."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._relay = Relay(self._settings, self._plane, DtlsSecurity(tasks, self), self._tap)
                self._watchdog.alive()
                self._tell(Ready(self._plane.port))
                self._obey(commands)
                self._selector.carry(self._plane.fileno(), self._take)
                writing = tasks.create_task(self._write_events(), name="events")
                serving = [
                    tasks.create_task(self._read_commands(frames), name="commands"),
                    tasks.create_task(self._beat(), name="heartbeat"),
                ]
                if self._listener is not None:
                    serving.append(tasks.create_task(self._lines.run(self._listener), name="tcp"))
                await self._stopped.wait()
                for task in serving:
                    task.cancel()
                await self._end(writing)
        finally:
            self._selector.release()
            self._plane.close()

    # ── what the secure lines tell (media.ports.SecurityListener)

    def secured(self, peer: PeerId, keys: KeyingMaterial) -> None:
        now = time.monotonic()
        self._core.secured(peer, keys, now)
        self._settle(now)

    def insecure(self, peer: PeerId, reason: Literal["dtls-closed", "dtls-failed"]) -> None:
        now = time.monotonic()
        self._core.insecure(peer, reason, now)
        self._settle(now)

    # ── the crank

    @property
    def _core(self) -> Relay:
        if self._relay is None:
            raise RuntimeError("the relay is made before anything can happen")
        return self._relay

    def _take(self) -> bool:
        """A turn on the selector's behalf: a bug in it ends neither the loop nor the other calls."""
        try:
            return self._turn()
        except Exception:
            log.exception("a turn of the plane failed")
            return True

    def _turn(self) -> bool:
        """The socket has datagrams. Returns whether anything but forwarding came of them."""
        now = time.monotonic()
        poll = self._plane.poll(now)
        self._core.receive(poll, now)
        return self._settle(now) or bool(poll.datagrams)

    def _on_time(self) -> None:
        self._timer = None
        now = time.monotonic()
        self._core.receive(self._plane.poll(now), now)  # feedback that is due tells of all that came
        self._core.on_time(now)
        self._settle(now)

    def _settle(self, now: float) -> bool:
        """Events out, timer set; returns whether there was anything to do."""
        events = self._core.events()
        for event in events:
            self._tell(event)
        deadline = self._core.next_deadline()
        if self._timer is not None:
            if deadline >= self._armed_for:
                return bool(events)  # it rings too early rather than being set for every packet
            self._timer.cancel()
        self._armed_for = min(deadline, now + LATEST_S)
        self._timer = self._loop.call_later(max(0.0, self._armed_for - now), self._on_time)
        return True

    def _obey(self, bodies: list[bytes]) -> None:
        """Commands carry what clients wrote: one that we stumble over ends neither the loop nor the other calls."""
        for body in bodies:
            command = _commands.decode(body)
            now = time.monotonic()
            try:
                self._core.obey(command, now)
            except Exception:
                log.exception("a command failed", extra={"command": type(command).__name__})
            self._settle(now)
            if isinstance(command, Stop):
                self._stopped.set()

    # ── the channel

    async def _read_commands(self, frames: Frames) -> None:
        try:
            while data := await self._loop.sock_recv(self._channel, READ_BYTES):
                self._obey(list(frames.receive(data)))
        except ConnectionError:
            log.info("the channel broke")
        self._stopped.set()  # whoever commanded is gone

    async def _write_events(self) -> None:
        try:
            while data := await self._outgoing.get():
                await self._loop.sock_sendall(self._channel, data)
        except ConnectionError:
            self._stopped.set()

    async def _beat(self) -> None:
        due = next_beat(self._loop.time(), HEARTBEAT_S)
        while True:
            await asyncio.sleep(due - self._loop.time())
            self._watchdog.alive()
            lag = max(0.0, self._loop.time() - due)
            self._tell(self._heartbeat(lag))
            due = next_beat(max(due, self._loop.time()), HEARTBEAT_S)

    def _heartbeat(self, lag: float) -> Heartbeat:
        peers, tracks = self._core.size()
        counters = self._core.counters()
        dropped = {name.removeprefix("dropped_"): n for name, n in counters.items() if name.startswith("dropped_")}
        dropped |= self._lines.dropped
        if self._tap is not None:
            dropped["tap_reports"] = self._tap.dropped
        return Heartbeat(
            lag * 1000, peers, tracks, counters.get("packets_in", 0), counters.get("packets_out", 0), dropped
        )

    def _tell(self, event: msgspec.Struct) -> None:
        self._outgoing.put_nowait(frame(event))

    async def _end(self, writing: asyncio.Task[None]) -> None:
        """Peers first, so that each is told; then the events of that, as long as somebody reads them."""
        now = time.monotonic()
        self._core.stop(now)
        self._settle(now)
        if self._timer is not None:
            self._timer.cancel()
        self._outgoing.put_nowait(b"")
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await writing
        except TimeoutError:
            log.info("nobody reads the last events")


def _ports(settings: Configure, tap: socket.socket | None) -> tuple[Plane, socket.socket | None]:
    """The plane, and what listens for lines on the TCP port of its number. Raises OSError."""

    def plane(port: int) -> Plane:
        return open_plane(settings.plane, settings.host, port, settings.queue_bytes, tap)

    return paired(settings.host, settings.port, plane) if settings.tcp else (plane(settings.port), None)


_commands: msgspec.msgpack.Decoder[AnyCommand] = msgspec.msgpack.Decoder(AnyCommand)


async def _serve(
    channel: socket.socket, tap: socket.socket | None, selector: ExpressSelector, watchdog: Watchdog
) -> None:
    loop = asyncio.get_running_loop()
    channel.setblocking(False)
    frames = Frames()
    commands: list[bytes] = []
    while not commands:
        data = await loop.sock_recv(channel, READ_BYTES)
        if not data:
            return
        commands = list(frames.receive(data))
    settings = _commands.decode(commands[0])
    if not isinstance(settings, Configure):
        raise ValueError("the first command must be Configure")
    await Worker(channel, tap, settings, selector, watchdog).run(frames, commands[1:])


def run(channel_fd: int, tap_fd: int | None, trace_fd: int) -> None:
    """Runs a worker on inherited descriptors; `trace_fd` takes the stacks of a worker that hangs."""
    with ExitStack() as stack:
        channel = stack.enter_context(socket.socket(fileno=channel_fd))
        tap = None if tap_fd is None else stack.enter_context(socket.socket(fileno=tap_fd))
        watchdog = stack.enter_context(Watchdog(trace_fd))
        selector = ExpressSelector()
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
            runner.run(_serve(channel, tap, selector, watchdog))


def main() -> None:
    """A worker by itself, without a server."""
    parser = argparse.ArgumentParser(
        prog="media.worker", description="Forwards packets for the process that starts it."
    )
    parser.add_argument("--channel-fd", type=int, required=True, help="stream socket for commands and events")
    parser.add_argument("--tap-fd", type=int, help="SOCK_SEQPACKET socket of the recorder")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the whole group; our parent says when
    run(options.channel_fd, options.tap_fd, sys.stderr.fileno())


if __name__ == "__main__":
    main()
