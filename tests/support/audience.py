"""People who only view, by WHEP, without decoding: `visite load`'s participants, for what many others receive.

async with audience(server, act, [anne.seat], 3) as tally:
    ...
assert tally.lost == 0
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from media.dtls import DtlsSecurity
from signaling.load.door import Door, Seat
from signaling.load.participant import Participant, Switchboard
from signaling.load.tally import Tally
from tests.support.server import Act, Server

CONNECT_S = 20.0


@asynccontextmanager
async def audience(server: Server, act: Act, seats: Sequence[str], people: int) -> AsyncIterator[Tally]:
    """So many viewers of sound and picture of these seats, connected; what they receive is counted."""
    tally, board, door = Tally(), Switchboard(), Door(server.http, server.admin)
    shown = [Seat(act.id, seat, "") for seat in seats]
    async with asyncio.TaskGroup() as tasks:
        security = DtlsSecurity(tasks, board, "client")
        viewers = []
        for number in range(people):
            seat = await door.seat(act.id, f"Viewer {number + 1}")
            viewer = Participant(door, security, board, tally, seat)
            viewers.append(tasks.create_task(viewer.view(shown, kbps=1), name=f"viewer {number}"))
        try:
            async with asyncio.timeout(CONNECT_S):
                while tally.connected.count < people and not tally.failures:
                    await asyncio.sleep(0.05)
            assert not tally.failures, (tally.refused, tally.failed)
            yield tally
        finally:
            board.hang_up()
            for task in viewers:
                task.cancel()
