"""The acts in memory, and the one way in which any of them changes: decide, append, apply, publish.

Each act has a slot with a lock of its own, held from the decision to the publication, so that an act takes one
command at a time and two acts never wait for each other. A lock and not a mailbox: the caller gets the answer or the
refusal as a return or an exception, in the order of asking, and there is no task to start, to watch and to end.

While the store is away, facts that lessen rights are applied at once and spooled; all others are refused. Reading
waits for no writing: an act in memory is looked at as it was last published, and the store has a way of its own for it.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from rooms.act import BEFORE_OPEN
from rooms.errors import Conflict, JournalBroken, NotFound, StoreDown
from rooms.facts import Fact, TextErased, decode, encode, lessens
from rooms.ids import ActId, TextId
from rooms.portrait import portrait
from rooms.ports import Draft, Journal, Row, Spool, Spooled, Text
from rooms.roles import SYSTEM
from rooms.room import Room
from rooms.sequel import next_deadline, settle
from rooms.views import ActView

log = logging.getLogger(__name__)

ATTEMPTS = 5  # to decide again after another owner was faster
STORE_PATIENCE_S = 2.0  # a busy machine is not an absent store
HASTE_S = 0.8  # but what takes a right back holds within a second: it can be spooled
STORE_RETRY_S = 1.0  # how long a store that did not answer is left alone
MAX_SLOTS = 2000  # acts in memory; those that are over go first

T = TypeVar("T")
Publish = Callable[[ActId, tuple[Fact, ...], ActView], None]
Decide = Callable[[Room], tuple[Fact, ...]]
Way = Literal["write", "read"]


@dataclass(slots=True)
class Slot:
    """One act in memory.

    `pending`: applied and spooled, not yet in the journal. `unsettled`: a sequel had to wait for the store. `stale`: a
    command was cancelled while it appended, so the journal may know more. `until`: when whoever holds the act must be
    done with the store, for somebody in haste waits (the loop's time); `limit`: of what is asked of the store now.
    """

    act: ActId
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    room: Room | None = None
    view: ActView | None = None  # of the room, as it was last published
    texts: dict[TextId, str] = field(default_factory=dict)
    pending: list[Spooled] = field(default_factory=list)
    published: int = 0
    unsettled: bool = False
    stale: bool = False
    until: float = math.inf
    limit: asyncio.Timeout | None = None

    def hurry(self, until: float) -> None:
        """Cuts short whoever waits for the store."""
        self.until = min(self.until, until)
        if self.limit is not None and not self.limit.expired():
            self.limit.reschedule(min(self.limit.when() or until, until))


@dataclass(frozen=True, slots=True)
class Change:
    """What a command did: the room after it, how others see it, and the facts, those that followed included."""

    room: Room
    view: ActView
    facts: tuple[Fact, ...]


class Ledger:
    """`clock`: seconds since the epoch; it must not jump, or deadlines do. `publish` must not wait."""

    def __init__(self, journal: Journal, spool: Spool, clock: Callable[[], float], publish: Publish) -> None:
        self._journal = journal
        self._spool = spool
        self._clock = clock
        self._publish = publish
        self._slots: dict[ActId, Slot] = {}
        self._away_until: dict[Way, float] = {"write": 0.0, "read": 0.0}

    async def recover(self) -> None:
        """Puts into the journal what an earlier process could only spool. Raises `StoreDown`."""
        waiting: dict[ActId, list[Spooled]] = {}
        for spooled in await self._spool.waiting():
            waiting.setdefault(spooled.act, []).append(spooled)
        for act, pending in waiting.items():
            slot = self._slots[act] = Slot(act, pending=pending)
            try:
                await self._load(slot)
                await self._flush(slot)
            except (NotFound, JournalBroken):
                log.exception("spooled facts stay in the spool", extra={"act": act, "facts": len(pending)})
                self._slots.pop(act, None)

    async def create(self, act: ActId, drafts: Sequence[Draft], texts: Sequence[Text]) -> Change:
        """Begins an act with these facts. Raises `Conflict` when its number is taken, `StoreDown`."""
        await self.reach(self._journal.append(act, 0, drafts, texts), "write")
        room = Room.replay(act, iter([(draft.fact, draft.at, draft.by) for draft in drafts]))
        self._forget_some()
        slot = self._slots[act] = Slot(act, room=room, texts={text.text: text.value for text in texts})
        return self._announce(slot, room, tuple(draft.fact for draft in drafts))

    async def look(self, act: ActId) -> Change:
        """The act as it is, without changing it. Raises `NotFound`, `StoreDown`."""
        slot = self._slot(act)
        room = slot.room
        if room is None or slot.stale:
            async with slot.lock:
                room = await self._room(slot)
        return Change(room, slot.view or portrait(room, slot.texts), ())

    async def texts(self, act: ActId) -> Mapping[TextId, str]:
        """The texts of an act that are still there. Raises `NotFound`, `StoreDown`."""
        await self.look(act)
        return self._slots[act].texts

    def text(self, act: ActId, text: TextId) -> str:
        """One text of an act in memory; empty when it was erased."""
        slot = self._slots.get(act)
        return slot.texts.get(text, "") if slot is not None else ""

    async def change(
        self, act: ActId, by: str, decide: Decide, texts: Sequence[Text] = (), *, hasty: bool = False
    ) -> Change:
        """Decides, appends, applies, publishes. Raises what `decide` raises, `NotFound`, `StoreDown`.

        `hasty`: takes a right back, and so holds within a second whatever the store does.
        """
        slot = self._slot(act)
        async with self._held(slot, hasty=hasty):
            for _ in range(ATTEMPTS):
                room = await self._room(slot)
                facts = decide(room)
                try:
                    return await self._keep(slot, room, facts, by, texts)
                except Conflict:
                    await self._load(slot)
                except asyncio.CancelledError:
                    slot.stale = True
                    raise
        raise StoreDown("another owner keeps writing this act")

    @asynccontextmanager
    async def _held(self, slot: Slot, *, hasty: bool) -> AsyncIterator[None]:
        """The act, for one command. Half of the haste is for whoever was before."""
        arrived = asyncio.get_running_loop().time()
        if hasty:
            slot.hurry(arrived + HASTE_S / 2)
        async with slot.lock:
            slot.until = arrived + HASTE_S if hasty else slot.until
            try:
                yield
            finally:
                slot.until = math.inf if hasty else slot.until

    def due(self, now: float) -> list[ActId]:
        """Acts in which time, or the store's return, changes something now."""
        return [slot.act for slot in self._slots.values() if self._is_due(slot, now)]

    def deadline(self, act: ActId) -> float | None:
        slot = self._slots.get(act)
        return next_deadline(slot.room) if slot is not None and slot.room is not None else None

    def _is_due(self, slot: Slot, now: float) -> bool:
        if slot.room is None:
            return False
        deadline = next_deadline(slot.room)
        return bool(slot.pending) or slot.unsettled or slot.stale or (deadline is not None and deadline <= now)

    # One command

    async def _keep(self, slot: Slot, room: Room, facts: tuple[Fact, ...], by: str, texts: Sequence[Text]) -> Change:
        now = self._clock()
        drafts = [Draft(fact, now, by) for fact in facts]
        decided = _applied(room, drafts)
        after, sequel = settle(decided, now)
        try:
            await self._flush(slot)
            if facts or sequel:
                await self._append(slot, room, [*drafts, *_by_system(sequel, now)], texts)
            slot.unsettled = False
        except StoreDown:
            if not all(lessens(fact) for fact in facts):
                raise
            after, sequel = settle(decided, now, wanted=lessens)
            slot.unsettled = True
            return await self._put_by(slot, after, [*drafts, *_by_system(sequel, now)], texts)
        slot.texts.update({text.text: text.value for text in texts})
        return self._announce(slot, after, (*facts, *sequel))

    async def _append(self, slot: Slot, room: Room, drafts: Sequence[Draft], texts: Sequence[Text]) -> None:
        patience = HASTE_S if all(lessens(draft.fact) for draft in drafts) else STORE_PATIENCE_S
        await self.reach(self._journal.append(slot.act, room.version, drafts, texts), "write", patience, slot)

    async def _put_by(self, slot: Slot, after: Room, drafts: Sequence[Draft], texts: Sequence[Text]) -> Change:
        """Applies first, then writes the spool: whoever takes a right back need not wait even for the disk."""
        spooled = [Spooled(slot.act, draft) for draft in drafts]
        if spooled and texts:
            spooled[0] = Spooled(slot.act, drafts[0], tuple(texts))
        slot.pending.extend(spooled)
        slot.texts.update({text.text: text.value for text in texts})
        change = self._announce(slot, after, tuple(draft.fact for draft in drafts))
        await self._spool.put(spooled)
        if spooled:
            log.warning("facts spooled, the journal is away", extra={"act": slot.act, "facts": len(spooled)})
        return change

    async def _flush(self, slot: Slot) -> None:
        """Appends what was spooled, before anything newer."""
        if not slot.pending or slot.room is None:
            return
        stored = slot.room.version - len(slot.pending)
        texts = [text for spooled in slot.pending for text in spooled.texts]
        drafts = [spooled.draft for spooled in slot.pending]
        await self.reach(self._journal.append(slot.act, stored, drafts, texts), "write", slot=slot)
        slot.pending = []
        await self._spool.done(slot.act)

    def _announce(self, slot: Slot, room: Room, facts: tuple[Fact, ...]) -> Change:
        before = (slot.room, slot.view) if slot.room is not None and slot.view is not None else None
        for fact in facts:
            if isinstance(fact, TextErased):
                slot.texts.pop(fact.text, None)
                before = None
        slot.room, slot.view = room, portrait(room, slot.texts, before)
        slot.published = room.version
        if facts:
            self._publish(slot.act, facts, slot.view)
        return Change(room, slot.view, facts)

    # Memory and store

    def _slot(self, act: ActId) -> Slot:
        slot = self._slots.get(act)
        if slot is None:
            self._forget_some()
            slot = self._slots[act] = Slot(act)
        return slot

    def _forget_some(self) -> None:
        if len(self._slots) < MAX_SLOTS:
            return
        idle = [slot for slot in self._slots.values() if not slot.lock.locked() and not slot.pending]
        for slot in [slot for slot in idle if _over(slot.room)][: MAX_SLOTS // 10]:
            del self._slots[slot.act]

    async def _room(self, slot: Slot) -> Room:
        if slot.room is None:
            return await self._load(slot)
        try:
            return await self._load(slot) if slot.stale else slot.room
        except StoreDown:
            return slot.room  # what lessens rights must hold all the same

    async def _load(self, slot: Slot) -> Room:
        """Replays the journal. Facts that this process did not publish, because another appended them, it does now."""
        if slot.stale:
            await self.reach(self._journal.settled(), "write", slot=slot)
        rows = await self.reach(self._journal.rows(slot.act), slot=slot)
        if not rows:
            self._slots.pop(slot.act, None)
            raise NotFound("no-such-act")
        texts = await self.reach(self._journal.texts(slot.act), slot=slot)
        await self._leave_out_kept(slot, rows)
        texts += [text for spooled in slot.pending for text in spooled.texts]
        slot.texts = {text.text: text.value for text in texts}
        entries = [(decode(row.body), row.at, row.by) for row in rows]
        known = slot.published - len(slot.pending) if slot.room is not None else len(entries)
        room = _applied(Room.replay(slot.act, iter(entries)), [spooled.draft for spooled in slot.pending])
        slot.stale = False
        return self._announce(slot, room, tuple(fact for fact, _, _ in entries[known:])).room

    async def _leave_out_kept(self, slot: Slot, rows: Sequence[Row]) -> None:
        """An append that seemed to fail may have succeeded: nothing is appended twice."""
        if not slot.pending:
            return
        kept = {(row.at, row.by, row.body) for row in rows}
        slot.pending = [s for s in slot.pending if (s.draft.at, s.draft.by, encode(s.draft.fact)) not in kept]
        if not slot.pending:
            await self._spool.done(slot.act)

    async def reach(
        self,
        answer: Coroutine[None, None, T],
        way: Way = "read",
        patience: float = STORE_PATIENCE_S,
        slot: Slot | None = None,
    ) -> T:
        """Waits for the store for a bounded time; one that did not answer is not asked this way again for a while."""
        if self._clock() < self._away_until[way]:
            answer.close()
            raise StoreDown("did not answer a moment ago")
        slot = slot or Slot(ActId(""))  # nobody's: nobody hurries it
        end = min(asyncio.get_running_loop().time() + patience, slot.until)
        try:
            async with asyncio.timeout_at(end) as slot.limit:
                return await answer
        except (TimeoutError, StoreDown) as error:
            self._away_until[way] = self._clock() + STORE_RETRY_S
            raise StoreDown(str(error)) from error
        finally:
            slot.limit = None


def _applied(room: Room, drafts: Sequence[Draft]) -> Room:
    for draft in drafts:
        room = room.apply(draft.fact, draft.at, draft.by)
    return room


def _by_system(facts: Sequence[Fact], at: float) -> list[Draft]:
    return [Draft(fact, at, SYSTEM.mark) for fact in facts]


def _over(room: Room | None) -> bool:
    return room is None or not (room.open or room.life.state in BEFORE_OPEN)
