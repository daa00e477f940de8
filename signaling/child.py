"""One child process: started, configured, watched by its heartbeat, and started anew when it dies or falls silent."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from media.channel import Frames, frame
from signaling.life import Life

log = logging.getLogger(__name__)

START_S = 20.0  # imports on a busy machine
BEAT_S = 0.5
TICK = 1.4  # heartbeats of waiting; silence is counted in these: our own delay blames no child
LOOK_S = 0.1  # the same once a heartbeat is missing: its watchdog may have something to tell
SILENCE_S = 2.0  # four heartbeats, or three that come more seldom
STOP_S = 10.0  # to close peers, or to finish recordings
PAUSE_S = 0.2  # before it is started anew; doubled after each start that never got ready
LONGEST_PAUSE_S = 10.0
SPARE_AFTER_S = 60.0  # since it is ready: it costs as much as a minute of a call, when people are just arriving
SPARE_AGAIN_S = 3.0  # the same for one that took over: what killed the one before may come again
READ_BYTES = 65_536

E = TypeVar("E", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Program(Generic[E]):
    """What a child runs. `taps` are descriptors it inherits; `ready` is the event that says it obeys.

    `spared`: a second process waits to take over at once, for one that starts in the middle of calls, on a machine
    that is busy with them, takes seconds.
    """

    name: str
    module: str
    configure: msgspec.Struct
    stop: msgspec.Struct
    decoder: "msgspec.msgpack.Decoder[E]"
    ready: type[E]
    taps: tuple[int, ...] = ()
    beat_s: float = BEAT_S  # from one heartbeat to the next
    spared: bool = False


@dataclass(eq=False)
class Child(Generic[E]):
    """Tells `heard` of every event, and `lost` when the process is gone with all it held."""

    program: Program[E]
    heard: Callable[[E], None]
    lost: Callable[[], None]
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _ready_at: float = 0.0
    _took_over: bool = False
    _writer: asyncio.StreamWriter | None = None
    _pid: int | None = None
    _spare: Life | None = None
    _stop_by: float | None = None
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
        self._stop_by = asyncio.get_running_loop().time() + STOP_S

    async def run(self) -> None:
        """Keeps one process alive until `stop`."""
        pause = PAUSE_S
        try:
            while not self._stopped.is_set():
                was_ready = await self._live_or_fail()
                pause = PAUSE_S if was_ready else min(2 * pause, LONGEST_PAUSE_S)
                if not self._stopped.is_set():
                    log.warning("child ended, another takes over", extra={"child": self.program.name})
                    await self._rest(0.0 if self._spare else pause)
        finally:
            if self._spare is not None:
                await self._spare.dismiss(STOP_S)

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
        life, self._spare = self._spare or await self._begin(), None
        self._pid = life.process.pid
        reader, self._writer = await asyncio.open_connection(sock=life.channel)
        try:
            self._writer.write(frame(self.program.configure))
            await self._listen(reader, life)
        finally:
            was_ready = self.ready.is_set()
            self._writer.close()
            await life.end(STOP_S if self._stopped.is_set() else 0.0)
            self._log_stacks(life)
            life.forget()
            self._writer = None
            self._pid = None
            self.ready.clear()
            if was_ready:
                self._took_over = True
                self.lost()
        return was_ready

    async def _begin(self) -> Life:
        return await Life.begin(self.program.module, self.program.taps)

    async def _listen(self, reader: asyncio.StreamReader, life: Life) -> None:
        """Hears events until the channel ends, or nothing has come for too long."""
        frames, quiet_s, patience_s = Frames(), 0.0, TICK * self.program.beat_s
        try:
            while (data := await _read(reader, tick := LOOK_S if quiet_s else patience_s)) != b"":
                quiet_s = quiet_s + tick if data is None else 0.0
                for body in frames.receive(data or b""):
                    self._hear(self.program.decoder.decode(body))
                self._log_stacks(life)
                if self._is_late(quiet_s):
                    log.error("child is silent", extra={"child": self.program.name, "child_pid": self._pid})
                    return
                await self._keep_spare()
        except (ConnectionError, ValueError, msgspec.DecodeError):
            log.exception("channel to a child broke", extra={"child": self.program.name})

    def _is_late(self, quiet_s: float) -> bool:
        if self._stop_by is not None:
            return asyncio.get_running_loop().time() > self._stop_by
        return quiet_s > (max(SILENCE_S, 3 * self.program.beat_s) if self.ready.is_set() else START_S)

    async def _keep_spare(self) -> None:
        pause = SPARE_AGAIN_S if self._took_over else SPARE_AFTER_S
        settled = self.ready.is_set() and asyncio.get_running_loop().time() > self._ready_at + pause
        if not (self.program.spared and settled) or self._stopped.is_set():
            return
        if self._spare is not None and not self._spare.lasts:
            spare, self._spare = self._spare, None
            await spare.dismiss(0.0)
        if self._spare is None:
            self._spare = await self._begin()

    def _log_stacks(self, life: Life) -> None:
        """Of a loop that stands still, or of a crash; each once."""
        if stacks := life.stacks():
            log.warning("child stands still or crashed", extra={"child": self.program.name, "stack": stacks})

    def _hear(self, event: E) -> None:
        if isinstance(event, self.program.ready):
            log.info("child is ready", extra={"child": self.program.name, "child_pid": self._pid})
            self._ready_at = asyncio.get_running_loop().time()
            self.ready.set()
        self.heard(event)


async def _read(reader: asyncio.StreamReader, tick_s: float) -> bytes | None:
    """What has come; nothing at the end of the channel, None when it was quiet for a tick."""
    try:
        async with asyncio.timeout(tick_s):
            return await reader.read(READ_BYTES)
    except TimeoutError:
        return None


def tap_pair(buffer_bytes: int) -> tuple[socket.socket, socket.socket]:
    """The worker's and the recorder's end of a bounded pair that keeps datagrams apart; neither end ever waits."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
        os.set_inheritable(end.fileno(), False)  # given to the two children by number, and to no other
    return ours, theirs
