"""The worker as a process: it says when it is ready, that it lives, and it never outlives who commands it."""

import asyncio
import socket
import sys
import time

import pytest

from media.channel import frame
from media.commands import AnyCommand, Configure, Describe, Mute
from media.events import Connected, Described, Disconnected, Heartbeat
from media.ids import TrackId
from tests.support.dialer import Dialer
from tests.support.scale import patient
from tests.support.worker import PATIENCE_S, running_worker


async def test_it_beats_twice_a_second_and_tells_its_size() -> None:
    started = time.monotonic()
    async with running_worker() as worker, Dialer(worker, "anne") as anne:
        await anne.publish()
        await anne.connect()
        beat = await worker.wait_for(Heartbeat, lambda beat: beat.peers == 1)
        assert beat.tracks == 1
        assert beat.loop_lag_ms >= 0
        before = worker.count(Heartbeat)
        async with asyncio.timeout(patient(2.0)):
            while worker.count(Heartbeat) < before + 3:
                await asyncio.sleep(0.05)
        assert worker.count(Heartbeat) <= 2 + 2 * (time.monotonic() - started)


async def test_a_peer_that_hangs_up_is_gone_at_once() -> None:
    async with running_worker() as worker:
        async with Dialer(worker, "anne") as anne:
            await anne.publish()
            await anne.connect()
            await worker.wait_for(Connected)
        gone = await worker.wait_for(Disconnected)
        assert gone.reason == "dtls-closed"
        await worker.send(Describe(5))
        described = await worker.wait_for(Described)
        assert described.state["peers"] == {}


async def launched(*commands: AnyCommand) -> tuple[asyncio.subprocess.Process, socket.socket]:
    ours, theirs = socket.socketpair()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media.worker", "--channel-fd", str(theirs.fileno()), pass_fds=[theirs.fileno()],
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    theirs.close()
    for command in commands:
        ours.sendall(frame(command))
    return process, ours


async def test_a_command_that_it_stumbles_over_ends_nothing() -> None:
    async with running_worker() as worker, Dialer(worker, "anne") as anne:
        await anne.publish()
        await worker.send(Configure("127.0.0.1", 0, ()))  # allowed as the first one only
        await worker.send(Describe(5))
        described = await worker.wait_for(Described)
        assert described.state["rooms"] == {"room": 1}


@pytest.mark.parametrize("unread", [True, False])
async def test_it_ends_by_itself_when_the_channel_closes(unread: bool) -> None:
    process, channel = await launched(Configure("127.0.0.1", 0, (("127.0.0.1", 0),)))
    channel.setblocking(False)
    async with asyncio.timeout(PATIENCE_S):
        assert await asyncio.get_running_loop().sock_recv(channel, 1)
        if unread:
            channel.setblocking(True)
            channel.sendall(frame(Mute(TrackId("t"), True)))
        channel.close()
        _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"Traceback" not in said


async def test_it_refuses_to_begin_without_settings() -> None:
    process, channel = await launched(Mute(TrackId("t"), True))
    async with asyncio.timeout(PATIENCE_S):
        _, said = await process.communicate()
    channel.close()
    assert process.returncode != 0
    assert b"Configure" in said
