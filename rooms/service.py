"""The consultation's one door: every use case, what happens at start, and what time brings.

Every method raises `Refused`, `NotFound` or `StoreDown` (rooms/errors.py), and then nothing has changed. The right that
each needs is a `Verb` of rooms/roles.py.
"""

import logging
from collections.abc import Callable

from rooms import lobby
from rooms.act import BEFORE_OPEN, ROOM_OPEN
from rooms.errors import JournalBroken, NotFound, StoreDown
from rooms.facts import Fact, RecordingStopped
from rooms.ids import ActId
from rooms.ledger import Ledger, Publish
from rooms.meeting import Meeting
from rooms.office import Office
from rooms.ports import Directory, Journal, Search, Spool
from rooms.roles import SYSTEM
from rooms.room import Room

log = logging.getLogger(__name__)


class RoomService(Office, Meeting):
    """`clock` gives seconds since the epoch and must not jump: the root anchors a monotonic clock once.

    `publish` is called after each change, in order within an act, and must not wait. `recording_allowed`: whether this
    installation records at all.
    """

    def __init__(
        self,
        journal: Journal,
        spool: Spool,
        *,
        clock: Callable[[], float],
        publish: Publish,
        directory: Directory | None = None,
        recording_allowed: bool = True,
    ) -> None:
        super().__init__(Ledger(journal, spool, clock, publish), journal, directory, clock)
        self.recording_allowed = recording_allowed

    async def start(self) -> None:
        """Takes up every act that is not over.

        Whoever was in a room has lost her line, and keeps her seat; what was recorded ended with the server.
        """
        await self._ledger.recover()
        unfinished = await self._journal.find(Search(states=BEFORE_OPEN | ROOM_OPEN, limit=None))
        for act in unfinished:
            try:
                await self._ledger.change(act, SYSTEM.mark, _after_restart)
            except JournalBroken:
                log.exception("act not taken up, its journal is broken", extra={"act": act})

    async def tick(self, now: float) -> None:
        """Does what is due by `now` in every act. To be called once a second; no more than one at a time."""
        for act in self._ledger.due(now):
            await self.on_time(act)

    async def on_time(self, act: ActId) -> None:
        """Does what time has brought in one act; what the store does not let happen now comes later."""
        try:
            await self._ledger.change(act, SYSTEM.mark, lambda room: ())
        except (StoreDown, NotFound) as error:
            log.warning("act not moved on", extra={"act": act, "code": error.code})
        except JournalBroken:
            log.exception("act not moved on, its journal is broken", extra={"act": act})

    def next_deadline(self, act: ActId) -> float | None:
        """When time alone changes something in this act next, or None."""
        return self._ledger.deadline(act)


def _after_restart(room: Room) -> tuple[Fact, ...]:
    recording = room.recording.recording
    stopped = () if recording is None else (RecordingStopped(recording=recording, reason="server-restart"),)
    lost = (
        fact
        for seat in room.seats.values()
        for device in (*seat.companions, *seat.mains)
        for fact in lobby.interrupt(seat, device.device, "server-restart")
    )
    return (*stopped, *lost)
