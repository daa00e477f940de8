"""Virtual participants over time: rooms are opened, people join at a rate, stay, and go; the acts are ended."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from media.dtls import DtlsSecurity
from signaling.load.door import Door, Refusal, Seat
from signaling.load.participant import Participant, Switchboard
from signaling.load.processes import cpu_s, dropped, family
from signaling.load.tally import Tally

PROGRESS_S = 10.0
PATIENCE_S = 45.0  # with the last ones' requests, checks and handshakes, each of which has a bound of its own
LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked for; publishers and subscribers are those of each room."""

    rooms: int
    publishers: int
    subscribers: int
    mutual: bool  # publishers take one another, as in a meeting
    seconds: float
    join_rate: float  # participants a second
    video_kbps: int  # 0: sound only
    tells_arrivals: bool  # subscribers give feedback as browsers do

    @property
    def connections(self) -> int:
        ways = 2 if self.mutual and self.publishers > 1 else 1
        return self.rooms * (ways * self.publishers + self.subscribers)


@dataclass(frozen=True, slots=True)
class Mark:
    """Counters at one moment; the difference of two is what happened between."""

    time: float
    sent: int
    received: int
    received_bytes: int
    own_cpu_s: float
    server_cpu_s: float


@dataclass(slots=True)
class Room:
    act: str
    publishers: list[Seat] = field(default_factory=list)


class Crowd:
    """One run. `tally` counts; `marks` are two when everybody had come before it ended: then, and at the end."""

    def __init__(self, door: Door, shape: Shape, say: Callable[[str], None], server_pid: int | None = None) -> None:
        self.tally = Tally()
        self.marks: list[Mark] = []
        self._door = door
        self._shape = shape
        self._say = say
        self._server_pid = server_pid
        self._rooms: list[Room] = []
        self._board = Switchboard()
        self._stopped = False
        self._running: asyncio.Timeout | None = None

    async def run(self) -> None:
        """Until the time is over or `stop`. Raises Refusal if an act cannot be opened."""
        try:
            await self._open_rooms()
            async with asyncio.timeout(0 if self._stopped else None) as self._running:
                await self._live()
        except TimeoutError:
            self._say("stopped")
        finally:
            self._running = None
            await self._end_acts()

    def stop(self) -> None:
        """Everybody leaves now."""
        self._stopped = True
        if self._running is not None:
            self._running.reschedule(asyncio.get_running_loop().time())

    async def _open_rooms(self) -> None:
        """Whoever publishes is invited here, too: viewers name the seats. A request that is under way is waited for:
        an act whose answer nobody reads could not be ended."""
        for number in range(self._shape.rooms):
            if self._stopped:
                return
            room = Room(await self._door.open_act(f"visite load {number + 1}/{self._shape.rooms}"))
            self._rooms.append(room)
            for index in range(self._shape.publishers):
                room.publishers.append(await self._door.seat(room.act, f"Publisher {index + 1}"))

    async def _live(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            people = [tasks.create_task(self._tell_progress(), name="progress")]
            try:
                await self._let_in(tasks, people)
                await self._until_there()
                self.marks.append(self._mark())
                await asyncio.sleep(self._shape.seconds)
            finally:
                if self.marks:
                    self.marks.append(self._mark())
                self.tally.dropped = dropped({wire.inode for wire in self._board.wires.values()})
                self._board.hang_up()
                for task in people:
                    task.cancel()

    async def _let_in(self, tasks: asyncio.TaskGroup, people: list[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        security, begun = DtlsSecurity(tasks, self._board, "client"), loop.time()
        for number, coming in enumerate(self._comings(security), start=1):
            people.append(tasks.create_task(coming, name=f"participant {number}"))
            await asyncio.sleep(begun + number / self._shape.join_rate - loop.time())

    async def _until_there(self) -> None:
        """Whoever is not connected by then has failed."""
        deadline = time.monotonic() + PATIENCE_S
        while (missing := self._shape.connections - self.tally.connected.count - self.tally.failures) > 0:
            if time.monotonic() > deadline:
                self.tally.failed["unfinished"] += missing
                return
            await asyncio.sleep(LOOK_S)

    def _comings(self, security: DtlsSecurity) -> Iterator[Coroutine[Any, Any, None]]:
        for room in self._rooms:
            for seat in room.publishers:
                yield self._publisher(security, room, seat)
            for index in range(self._shape.subscribers):
                yield self._subscriber(security, room, f"Subscriber {index + 1}")

    def _participant(self, security: DtlsSecurity, seat: Seat) -> Participant:
        return Participant(self._door, security, self._board, self.tally, seat, self._shape.tells_arrivals)

    async def _publisher(self, security: DtlsSecurity, room: Room, seat: Seat) -> None:
        participant = self._participant(security, seat)
        kbps, others = self._shape.video_kbps, [other for other in room.publishers if other != seat]
        async with asyncio.TaskGroup() as ways:
            ways.create_task(participant.publish(kbps), name=f"{seat.seat}/out")
            if self._shape.mutual and others:
                ways.create_task(participant.view(others, kbps), name=f"{seat.seat}/in")

    async def _subscriber(self, security: DtlsSecurity, room: Room, name: str) -> None:
        try:
            seat = await self._door.seat(room.act, name)
        except Refusal as refusal:
            self.tally.refuse(refusal)
            return
        participant = self._participant(security, seat)
        await participant.view(room.publishers, self._shape.video_kbps)

    async def _end_acts(self) -> None:
        """An act that cannot be ended is counted: somebody has to end it by hand."""
        for room in self._rooms:
            try:
                await self._door.end(room.act)
            except Refusal as refusal:
                self.tally.refuse(refusal)

    async def _tell_progress(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            tally = self.tally
            self._say(
                f"{tally.connected.count} connections, {tally.received} packets received, {tally.lost} lost,"
                f" {tally.failures} failures"
            )

    def _mark(self) -> Mark:
        server_s = cpu_s(family(self._server_pid)) if self._server_pid is not None else 0.0
        tally = self.tally
        return Mark(time.monotonic(), tally.sent, tally.received, tally.received_bytes, time.process_time(), server_s)
