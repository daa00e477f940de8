"""A real media worker process on a free port, commanded as the server commands it."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, TypeVar

import msgspec

from media.channel import Frames, frame
from media.commands import AnyCommand, Configure, Publish, Stop, View
from media.events import Answered, AnyEvent, Event, Failed, Ready

EventT = TypeVar("EventT", bound=Event)
FoundT = TypeVar("FoundT")
PlaneChoice = Literal["auto", "compiled", "pure"]
PATIENCE_S = 60.0  # with a machine that does much else
_events: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)


def own_address() -> str:
    """An address of this machine that is not loopback: Firefox never checks candidates on 127.0.0.1.

    Nothing is sent: connecting a datagram socket only asks the routing table. Raises OSError where there is no network.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("192.0.2.1", 9))
        return str(asking.getsockname()[0])


class WorkerProcess:
    """Keeps every event, so that a test can wait for one that has already come."""

    def __init__(self, process: asyncio.subprocess.Process, channel: socket.socket) -> None:
        self.process = process
        self.port = 0
        self.events: list[AnyEvent] = []
        self._channel = channel
        self._changed = asyncio.Condition()
        self._number = 0

    def next_number(self) -> int:
        """A fresh `re`."""
        self._number += 1
        return self._number

    async def send(self, command: AnyCommand) -> None:
        await asyncio.get_running_loop().sock_sendall(self._channel, frame(command))

    async def wait_for(
        self, kind: type[EventT], accept: Callable[[EventT], bool] = lambda _: True, patience_s: float = PATIENCE_S
    ) -> EventT:
        """The first event of `kind` that is accepted, past or future."""
        return await self._until(
            lambda: next((event for event in self.events if isinstance(event, kind) and accept(event)), None),
            patience_s,
        )

    async def outcome(self, command: Publish | View) -> Answered | Failed:
        """Gives the command and waits for what it is answered by."""
        await self.send(command)
        return await self._until(
            lambda: next((e for e in self.events if isinstance(e, Answered | Failed) and e.re == command.re), None),
            PATIENCE_S,
        )

    async def _until(self, find: Callable[[], FoundT | None], patience_s: float) -> FoundT:
        async with asyncio.timeout(patience_s), self._changed:
            await self._changed.wait_for(lambda: find() is not None)
        found = find()
        assert found is not None
        return found

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    async def listen(self) -> None:
        """Takes events in until the channel closes."""
        frames = Frames()
        while data := await asyncio.get_running_loop().sock_recv(self._channel, 65_536):
            async with self._changed:
                self.events += [_events.decode(body) for body in frames.receive(data)]
                self._changed.notify_all()


@asynccontextmanager
async def running_worker(
    tap: socket.socket | None = None,
    address: str = "127.0.0.1",
    *,
    tcp: bool = False,
    advertise: str = "",
    plane: PlaneChoice = "auto",
) -> AsyncIterator[WorkerProcess]:
    """Starts a worker and stops it in the end; its exit code must be 0."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    descriptors = [theirs.fileno(), *([tap.fileno()] if tap is not None else [])]
    arguments = ["--channel-fd", str(theirs.fileno()), *(["--tap-fd", str(tap.fileno())] if tap is not None else [])]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media.worker", *arguments, pass_fds=descriptors
    )
    theirs.close()
    worker = WorkerProcess(process, ours)
    try:
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(worker.listen(), name="worker events")
            await worker.send(Configure(address, 0, ((advertise or address, 0),), tcp=tcp, plane=plane))
            worker.port = (await worker.wait_for(Ready)).port
            yield worker
            await worker.send(Stop())
            async with asyncio.timeout(PATIENCE_S):
                assert await process.wait() == 0
            listening.cancel()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        ours.close()
