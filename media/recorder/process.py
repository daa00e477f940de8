"""The recorder process: its channel, its threads, its heartbeat."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from media.beat import next_beat
from media.recorder.commands import AnyCommand, Configure, Stop
from media.recorder.events import HEARTBEAT_S, AnyEvent, Fault, Finished, Heartbeat, Ready
from media.recorder.intake import Intake, Writer, read_taps
from media.recorder.muxer import remux
from media.recorder.ports import Archive, Shelf
from media.recorder.recorder import Closed, Recorder, fault_code
from media.watchdog import Watchdog

log = logging.getLogger(__name__)

SYNC_S = 1.0  # a loss of power costs what was written since
CRASHED = "recorder-killed"  # the reason that a recovered recording's manifest tells


class NotConfigured(ValueError):
    """The channel did not begin with `Configure`."""


@dataclass(slots=True)
class RecorderProcess:
    """Runs from `Configure` to `Stop`, SIGTERM or the end of the channel, and finishes every recording first."""

    archive: Archive
    settings: Configure
    taps: Sequence[socket.socket]
    send: Callable[[AnyEvent], None]
    watchdog: Watchdog
    _intake: Intake = field(init=False)
    _recorder: Recorder = field(init=False)
    _complete: asyncio.Queue[Closed | None] = field(default_factory=asyncio.Queue)  # what waits for its finish

    def __post_init__(self) -> None:
        loop = asyncio.get_running_loop()

        def report(event: AnyEvent) -> None:
            loop.call_soon_threadsafe(self.send, event)

        def closed(complete: Closed) -> None:
            loop.call_soon_threadsafe(self._complete.put_nowait, complete)

        settings = self.settings
        self._intake = Intake(settings.queue_packets)
        self._recorder = Recorder(self.archive, settings.reserve_bytes, settings.patience_s, report, closed)

    async def run(self, commands: AsyncIterator[AnyCommand]) -> None:
        await self._recover()
        over, end = socket.socketpair()
        with over, end:
            await self._work(commands, over, end)

    async def _work(self, commands: AsyncIterator[AnyCommand], over: socket.socket, end: socket.socket) -> None:
        async with asyncio.TaskGroup() as tasks:
            beats = [
                tasks.create_task(self._beat(), name="recorder/heartbeat"),
                tasks.create_task(self._sync(), name="recorder/sync"),
            ]
            finisher = tasks.create_task(self._finish_complete(), name="recorder/finish")
            reader = tasks.create_task(asyncio.to_thread(read_taps, self.taps, self._intake, end), name="recorder/taps")
            writer = tasks.create_task(
                asyncio.to_thread(Writer(self._intake, self._recorder).run), name="recorder/writer"
            )
            orders = tasks.create_task(self._obey(commands), name="recorder/commands")
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, orders.cancel)
            try:
                await asyncio.wait([orders])
            finally:
                self._intake.close()  # threads cannot be cancelled: they end by themselves
                over.close()
            await reader
            await writer
            self._complete.put_nowait(None)
            await finisher
            for beat in beats:
                beat.cancel()

    async def _recover(self) -> None:
        unfinished: Sequence[Shelf] = await asyncio.to_thread(self.archive.unfinished)
        for shelf in unfinished:
            self._complete.put_nowait(Closed(shelf, CRASHED))
        self.send(Ready(tuple(shelf.recording for shelf in unfinished)))

    async def _obey(self, commands: AsyncIterator[AnyCommand]) -> None:
        async for command in commands:
            match command:
                case Stop():
                    return
                case Configure():
                    raise NotConfigured("configured twice")
                case _:
                    self._intake.put(command)

    async def _finish_complete(self) -> None:
        """One recording after the other: finishing reads and writes every byte again, and the live ones come first."""
        while (closed := await self._complete.get()) is not None:
            recording = closed.shelf.recording
            try:
                outcome = await asyncio.to_thread(closed.shelf.finish, remux, closed.reason)
            except OSError as error:
                log.exception("recording not finished, the next start tries again", extra={"recording": recording})
                self.send(Fault(recording, fault_code(error)))
            else:
                whole = outcome.track_count, outcome.duration_s, outcome.bytes, outcome.recovered
                self.send(Finished(recording, *whole))

    async def _sync(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(next_beat(loop.time(), SYNC_S) - loop.time())
            if not self._recorder.recordings:
                continue
            try:
                await asyncio.to_thread(self.archive.sync)
            except OSError:
                log.exception("files could not be synchronised")

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            lag = loop.time() - due
            self.watchdog.alive()
            self.send(self._heartbeat(lag))
            due = next_beat(loop.time(), HEARTBEAT_S)
            await asyncio.sleep(due - loop.time())

    def _heartbeat(self, lag_s: float) -> Heartbeat:
        recorder = self._recorder
        dropped = dict(recorder.dropped + self._intake.dropped)
        return Heartbeat(round(lag_s * 1000, 1), len(recorder.recordings), len(self._intake), recorder.packets, dropped)
