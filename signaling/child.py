"""One child process: started, configured, watched by its heartbeat, and started anew when it dies or falls silent."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from media.channel import Frames, frame

log = logging.getLogger(__name__)

START_S = 20.0  # imports on a busy machine
SILENCE_S = 2.0  # four heartbeats
STOP_S = 10.0  # to close peers, or to finish recordings
PAUSE_S = 0.2  # before it is started anew; doubled after each start that never got ready
LONGEST_PAUSE_S = 10.0
READ_BYTES = 65_536

E = TypeVar("E", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Program(Generic[E]):
    """What a child runs. `taps` are descriptors it inherits; `ready` is the event that says it obeys."""

    name: str
    module: str
    configure: msgspec.Struct
    stop: msgspec.Struct
    decoder: "msgspec.msgpack.Decoder[E]"
    ready: type[E]
    taps: tuple[int, ...] = ()

    def command_line(self, channel: int) -> list[str]:
        taps = [word for tap in self.taps for word in ("--tap-fd", str(tap))]
        return [sys.executable, "-m", self.module, "--channel-fd", str(channel), *taps]


@dataclass(eq=False)
class Child(Generic[E]):
    """Tells `heard` of every event, and `lost` when the process is gone with all it held."""

    program: Program[E]
    heard: Callable[[E], None]
    lost: Callable[[], None]
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _writer: asyncio.StreamWriter | None = None
    _pid: int | None = None
    _patience: asyncio.Timeout | None = None
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def pid(self) -> int | None:
        return self._pid

    def send(self, command: msgspec.Struct) -> bool:
        """False when there is nobody to obey."""
        if self._writer is None or self._writer.is_closing() or not self.ready.is_set():
            return False
        self._writer.write(frame(command))
        return True

    def stop(self) -> None:
        """Asks the process to end; `run` returns once it has."""
        self._stopped.set()
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(frame(self.program.stop))
        if self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time() + STOP_S)

    async def run(self) -> None:
        """Keeps one process alive until `stop`."""
        pause = PAUSE_S
        while not self._stopped.is_set():
            was_ready = await self._live_or_fail()
            pause = PAUSE_S if was_ready else min(2 * pause, LONGEST_PAUSE_S)
            if not self._stopped.is_set():
                log.warning("child ended, starting it anew", extra={"child": self.program.name, "pause_s": pause})
                await self._rest(pause)

    async def _rest(self, pause: float) -> None:
        try:
            async with asyncio.timeout(pause):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def _live_or_fail(self) -> bool:
        try:
            return await self._live()
        except OSError:
            log.exception("child cannot be started", extra={"child": self.program.name})
            return False

    async def _live(self) -> bool:
        """One life of the process; whether it ever got ready."""
        ours, theirs = socket.socketpair()
        with theirs:
            descriptors = (theirs.fileno(), *self.program.taps)
            words = self.program.command_line(theirs.fileno())
            process = await asyncio.create_subprocess_exec(
                *words, pass_fds=descriptors, stdin=asyncio.subprocess.DEVNULL
            )
        self._pid = process.pid
        reader, self._writer = await asyncio.open_connection(sock=ours)
        try:
            self._writer.write(frame(self.program.configure))
            await self._listen(reader)
        finally:
            was_ready = self.ready.is_set()
            self._writer.close()
            await self._reap(process)
            self._writer = None
            self._pid = None
            self.ready.clear()
            if was_ready:
                self.lost()
        return was_ready

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Hears events until the channel ends, or nothing has come for too long."""
        frames = Frames()
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(START_S) as self._patience:
                while data := await reader.read(READ_BYTES):
                    for body in frames.receive(data):
                        self._hear(self.program.decoder.decode(body))
                    if not self._stopped.is_set():
                        self._patience.reschedule(clock() + (SILENCE_S if self.ready.is_set() else START_S))
        except TimeoutError:
            log.error("child is silent", extra={"child": self.program.name, "child_pid": self._pid})
        except (ConnectionError, ValueError, msgspec.DecodeError):
            log.exception("channel to a child broke", extra={"child": self.program.name})
        finally:
            self._patience = None

    def _hear(self, event: E) -> None:
        if isinstance(event, self.program.ready):
            log.info("child is ready", extra={"child": self.program.name, "child_pid": self._pid})
            self.ready.set()
        self.heard(event)

    async def _reap(self, process: asyncio.subprocess.Process) -> None:
        """The process has ended when this returns; one that does not answer is killed, by its own id."""
        try:
            async with asyncio.timeout(STOP_S if self._stopped.is_set() else 0):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        except asyncio.CancelledError:
            process.kill()
            raise


def tap_pair(buffer_bytes: int) -> tuple[socket.socket, socket.socket]:
    """The worker's and the recorder's end of a bounded pair that keeps datagrams apart; neither end ever waits."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
        os.set_inheritable(end.fileno(), False)  # given to the two children by number, and to no other
    return ours, theirs
