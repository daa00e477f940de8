"""A consultation in memory with a clock that the test moves: acts, seats and callers in a few words."""

from dataclasses import dataclass, field

from rooms.facts import Fact, type_of
from rooms.ids import ActId, DeviceId, SeatId
from rooms.plan import ActPlan
from rooms.ports import Directory, Journal, Spool
from rooms.roles import AdminCaller, SeatCaller
from rooms.service import RoomService
from rooms.storage.chain import Chain
from rooms.storage.memory import MemoryJournal, MemorySpool
from rooms.views import ActView, ConsentValue, DeviceKind, Joined, Kind, Presence, Purpose, Role, SeatView, Urgency

ADMIN = AdminCaller("tests")
MORNING = 1_790_000_000.0  # a moment in 2026


@dataclass(slots=True)
class Clock:
    now: float = MORNING

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Consultation:
    """`published`: what others were told, oldest first."""

    clock: Clock = field(default_factory=Clock)
    journal: Journal = field(default_factory=lambda: MemoryJournal(Chain(b"k" * 32)))
    spool: Spool = field(default_factory=MemorySpool)
    published: list[tuple[ActId, tuple[Fact, ...], ActView]] = field(default_factory=list)
    directory: Directory | None = None
    service: RoomService = field(init=False)

    def __post_init__(self) -> None:
        self.service = self.serve()

    def serve(self) -> RoomService:
        """One more process over the same journal."""
        return RoomService(self.journal, self.spool, clock=self.clock, publish=self._publish, directory=self.directory)

    def _publish(self, act: ActId, facts: tuple[Fact, ...], view: ActView) -> None:
        self.published.append((act, facts, view))

    def switch_store(self, *, down: bool) -> None:
        """Takes the store away, or gives it back."""
        assert isinstance(self.journal, MemoryJournal)
        self.journal.down = down

    async def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        await self.service.tick(self.clock.now)

    async def open_act(self, kind: Kind = Kind.TLC, urgency: Urgency = Urgency.SCHEDULED) -> "Act":
        view = await self.service.create_act(ADMIN, ActPlan(kind, "Douleur au bras", urgency=urgency, start="now"))
        return Act(self, view.act)

    async def call(self) -> "Act":
        """An open act with an expert, a requester and the patient in the room."""
        act = await self.open_act()
        for name, role in (("expert", Role.EXPERT), ("requester", Role.REQUESTER), ("patient", Role.PATIENT)):
            await act.seat(name, role)
            await act.join(name)
        await act.admit("patient")
        return act


@dataclass(slots=True)
class Act:
    """One act and its people by name: "expert" sits on a seat and has the device "expert-1"."""

    consultation: Consultation
    act: ActId
    seats: dict[str, SeatId] = field(default_factory=dict)

    @property
    def service(self) -> RoomService:
        return self.consultation.service

    async def seat(self, name: str, role: Role) -> SeatId:
        self.seats[name] = (await self.service.invite(ADMIN, self.act, role, name.title())).seat
        return self.seats[name]

    def caller(self, name: str) -> SeatCaller:
        return SeatCaller(self.act, self.seats[name])

    async def join(self, name: str, device: str = "", kind: DeviceKind = DeviceKind.MAIN) -> Joined:
        return await self.service.join(self.act, self.seats[name], device_of(name, device), kind, "essai")

    async def leave(self, name: str, device: str = "") -> None:
        await self.service.leave(self.act, self.seats[name], device_of(name, device), "left")

    async def interrupt(self, name: str, device: str = "") -> None:
        await self.service.interrupt(self.act, self.seats[name], device_of(name, device), "lost")

    async def resume(self, name: str, device: str = "") -> Joined:
        return await self.service.resume(self.act, self.seats[name], device_of(name, device))

    async def media(self, *names: str) -> None:
        for name in names:
            await self.service.media_up(self.act, device_of(name, ""))

    async def admit(self, name: str, by: str = "expert") -> None:
        await self.service.admit(self.caller(by), self.act, self.seats[name])

    async def says(
        self, name: str, value: ConsentValue, purpose: Purpose = Purpose.RECORDING, of: str | None = None
    ) -> None:
        """Her own word, or that of another seat."""
        await self.service.consent(self.caller(name), self.act, purpose, value, self.seats[of or name])

    async def agree(self, *names: str) -> None:
        for name in names:
            await self.says(name, ConsentValue.OBTAINED)

    async def record(self, *others: str) -> None:
        await self.service.ask_recording(self.caller("expert"), self.act)
        await self.agree(*others)

    async def view(self) -> ActView:
        return await self.service.act(ADMIN, self.act)

    async def of(self, name: str) -> SeatView:
        view = await self.view()
        return next(seat for seat in view.seats if seat.seat == self.seats[name])

    async def presence(self, name: str) -> Presence:
        return (await self.of(name)).presence

    async def state(self) -> str:
        return (await self.view()).state

    async def facts(self) -> list[str]:
        """Types of everything journaled, in order."""
        return [row.type for row in await self.consultation.journal.rows(self.act)]

    def told(self) -> list[str]:
        """Types of everything published about this act, in order."""
        return [type_of(fact) for act, facts, _ in self.consultation.published if act == self.act for fact in facts]


def device_of(name: str, device: str) -> DeviceId:
    return DeviceId(device or f"{name}-1")
