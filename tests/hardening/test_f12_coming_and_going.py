"""F12: whoever has come with media and gone again leaves nothing behind, in the server or in its worker."""

import asyncio
import inspect
from dataclasses import dataclass
from pathlib import Path

import pytest

from rooms.plan import ActChange
from rooms.views import Kind, Role
from signaling import messages as wire
from tests.support.acts import ADMIN, Act
from tests.support.clinic import soon
from tests.support.node import Node, node
from tests.support.scale import scaled
from tests.support.simple_peer import SimplePeer, loopback_candidates

__all__ = ["loopback_candidates"]
pytestmark = pytest.mark.usefixtures("loopback_candidates")

PATIENCE_S = 60.0
SERVER = ("/signaling/", "/rooms/", "engineio/async_socket.py", "engineio/async_server.py")


@dataclass(frozen=True, slots=True)
class Kept:
    """What lives: the server's tasks, descriptors of this process and of the worker, its peers and tracks."""

    tasks: int
    descriptors: int
    worker_descriptors: int
    peers: int
    tracks: int


def kept(here: Node) -> Kept:
    (pid,), (load,) = here.workers.pids, here.workers.loads
    own, its = (len(list(Path(f"/proc/{process}/fd").iterdir())) for process in ("self", pid))
    tasks = [task for task in asyncio.all_tasks() if is_the_servers(task)]
    return Kept(len(tasks), own, its, load.peers, load.tracks)


def is_the_servers(task: "asyncio.Task[object]") -> bool:
    """Not those of the client libraries that this test stands on, which end late."""
    work = task.get_coro()
    return inspect.iscoroutine(work) and any(part in work.cr_code.co_filename for part in SERVER)


async def come_and_go(here: Node, act: Act, bruno: SimplePeer) -> None:
    """Anne joins, sends until Bruno hears her, and leaves."""
    async with here.client() as client, asyncio.TaskGroup() as tasks:
        await client.join(act, "anne")
        anne = SimplePeer(client, tasks)
        await anne.publish()
        await bruno.sees(act.seats["anne"], "microphone")
        await client.ask(wire.Leave)
        await anne.close()
    await bruno.sees_nobody()  # aiortc loses streams whose sections are used anew before it has caught up


async def test_after_many_comings_and_goings_all_is_as_it_was() -> None:
    async with node(workers=1) as here:
        act = await here.consultation.open_act(Kind.MTG)
        for name in ("anne", "bruno"):
            await act.seat(name, Role.EXPERT)
        await act.service.change_act(ADMIN, act.act, ActChange(direct=False))
        async with here.client() as client, asyncio.TaskGroup() as tasks:
            await client.join(act, "bruno")
            bruno = SimplePeer(client, tasks)
            following = tasks.create_task(bruno.follow())
            await come_and_go(here, act, bruno)
            await soon(lambda: alone(here), "only Bruno is left", PATIENCE_S)
            before = kept(here)
            for _ in range(scaled(20, 200)):
                await come_and_go(here, act, bruno)
            await soon(lambda: same(here, before), f"all is as before: {before}", PATIENCE_S)
            assert here.sessions.count == 1
            following.cancel()
            await bruno.close()


async def alone(here: Node) -> bool:
    (load,) = here.workers.loads
    return (load.peers, load.tracks) == (1, 0)


async def same(here: Node, before: Kept) -> bool:
    return kept(here) == before
