"""Every child process of this node: media workers, and the recorder that their taps lead to."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec

from media import commands, events
from media.recorder import commands as recorder_commands
from media.recorder import events as recorder_events
from signaling.child import START_S, Child, Program, tap_pair
from signaling.tasks import group

SHORTEST_BEAT_S = 0.1  # two heartbeats may be read together
TAP_BYTES = 4_194_304  # asked of the kernel for each tap: about a second of ten pictures


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Of the media workers: worker i binds UDP port `port` + i (each a free one if 0)."""

    host: str
    port: int
    workers: int
    advertise: tuple[tuple[str, int], ...]  # written into candidates; port 0 stands for the worker's own, else + i
    tcp: bool = False
    plane: Literal["auto", "compiled", "pure"] = "auto"


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    root: Path  # folder of all recordings
    reserve_bytes: int = 1_073_741_824


@dataclass(slots=True)
class Load:
    """What a media worker carries, by its last two heartbeats."""

    peers: int = 0
    tracks: int = 0
    packets_s: float = 0.0  # sent
    lag_ms: float = 0.0  # of its event loop
    _packets: int = 0
    _at: float = -math.inf

    def hear(self, beat: events.Heartbeat, now: float) -> None:
        self.peers, self.tracks, self.lag_ms = beat.peers, beat.tracks, beat.loop_lag_ms
        self.packets_s = max(0, beat.packets_out - self._packets) / max(now - self._at, SHORTEST_BEAT_S)
        self._packets, self._at = beat.packets_out, now


class Listener(Protocol):
    """Who is told what the children report. Lost is lost with everything it held."""

    def worker_said(self, worker: int, event: events.Event) -> None: ...
    def worker_lost(self, worker: int) -> None: ...
    def recorder_said(self, event: recorder_events.Event) -> None: ...
    def recorder_lost(self) -> None: ...


class Workers:
    """`recorder` None: nothing can be recorded."""

    def __init__(self, media: WorkerSettings, recorder: RecorderSettings | None) -> None:
        self._media = media
        self._recording = recorder
        self._workers: list[Child[events.Event]] = []
        self._recorder: Child[recorder_events.Event] | None = None
        self._ports: dict[int, int] = {}
        self.loads = [Load() for _ in range(media.workers)]
        self.listener: Listener | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All are ready when it is entered, all have ended when it is left. Raises TimeoutError if one cannot start."""
        with ExitStack() as stack:
            pairs = [tap_pair(TAP_BYTES) for _ in range(self._media.workers if self._recording else 0)]
            for pair in pairs:
                for end in pair:
                    stack.enter_context(end)
            self._workers = [
                self._worker(i, pairs[i][0].fileno() if pairs else None) for i in range(self._media.workers)
            ]
            if self._recording is not None:
                self._recorder = self._recorder_of(self._recording, tuple(pair[1].fileno() for pair in pairs))
            async with group() as tasks:
                children: list[Child[Any]] = [*self._workers, *([self._recorder] if self._recorder else [])]
                for child in children:
                    tasks.create_task(child.run(), name=f"child/{child.program.name}")
                try:
                    async with asyncio.timeout(START_S):
                        for child in children:
                            await child.ready.wait()
                    yield
                finally:
                    for child in children:
                        child.stop()

    # -- what others ask -----------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether at least one media worker obeys commands now (`/readyz`)."""
        return bool(self.obeying)

    @property
    def obeying(self) -> list[int]:
        """The media workers that obey now."""
        return [number for number, child in enumerate(self._workers) if child.ready.is_set()]

    @property
    def ports(self) -> tuple[int, ...]:
        """UDP ports of the workers that are ready."""
        return tuple(self._ports[number] for number in self.obeying if number in self._ports)

    @property
    def pids(self) -> tuple[int | None, ...]:
        """Process ids of the media workers, for whoever watches them."""
        return tuple(child.pid for child in self._workers)

    @property
    def recorder_pid(self) -> int | None:
        return None if self._recorder is None else self._recorder.pid

    def send(self, worker: int, command: commands.Command) -> bool:
        """False when that worker does not obey now; it will be told everything again once it does."""
        return self._workers[worker].send(command)

    def record(self, command: recorder_commands.Command) -> bool:
        """False when there is no recorder that obeys now."""
        return self._recorder is not None and self._recorder.send(command)

    # -- children ------------------------------------------------------------------------------------------------

    def _worker(self, number: int, tap: int | None) -> Child[events.Event]:
        settings = self._media
        program: Program[events.Event] = Program(
            name=f"media-{number}",
            module="signaling.worker",
            configure=commands.Configure(
                host=settings.host,
                port=settings.port + number if settings.port else 0,
                advertise=tuple((host, port + number if port else 0) for host, port in settings.advertise),
                tcp=settings.tcp,
                plane=settings.plane,
            ),
            stop=commands.Stop(),
            decoder=msgspec.msgpack.Decoder(events.AnyEvent),
            ready=events.Ready,
            taps=() if tap is None else (tap,),
            spared=True,
        )
        return Child(program, partial(self._worker_said, number), partial(self._worker_lost, number))

    def _worker_said(self, number: int, event: events.Event) -> None:
        if isinstance(event, events.Ready):
            self._ports[number] = event.port
        elif isinstance(event, events.Heartbeat):
            self.loads[number].hear(event, asyncio.get_running_loop().time())
        if self.listener is not None:
            self.listener.worker_said(number, event)

    def _worker_lost(self, number: int) -> None:
        self.loads[number] = Load()
        if self.listener is not None:
            self.listener.worker_lost(number)

    def _recorder_of(self, settings: RecorderSettings, taps: tuple[int, ...]) -> Child[recorder_events.Event]:
        program: Program[recorder_events.Event] = Program(
            name="recorder",
            module="signaling.recorder",
            configure=recorder_commands.Configure(root=str(settings.root), reserve_bytes=settings.reserve_bytes),
            stop=recorder_commands.Stop(),
            decoder=msgspec.msgpack.Decoder(recorder_events.AnyEvent),
            ready=recorder_events.Ready,
            taps=taps,
            beat_s=recorder_events.HEARTBEAT_S,
            spared=True,
        )
        return Child(program, self._recorder_said, self._recorder_lost)

    def _recorder_said(self, event: recorder_events.Event) -> None:
        if self.listener is not None:
            self.listener.recorder_said(event)

    def _recorder_lost(self) -> None:
        if self.listener is not None:
            self.listener.recorder_lost()
