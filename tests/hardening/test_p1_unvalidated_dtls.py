"""P1: DTLS from an address that no connectivity check has validated (ASVS 17.2.6).

0 of the calls may fail, and joining may not become 200 ms slower at the 95th percentile. VISITE_FULL=1: 1,000 calls.
"""

import asyncio
import os
import random
import socket
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from media.events import Connected
from tests.support.dialer import Dialer
from tests.support.scale import scaled
from tests.support.worker import WorkerProcess, running_worker

CALLS = scaled(30, 1000)
ALERT = bytes([21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40])  # fatal: handshake_failure
HELLO = bytes([22, 254, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 1]) + os.urandom(99)


async def join_times(worker: WorkerProcess, name: str) -> list[float]:
    times = []
    for number in range(CALLS):
        async with Dialer(worker, f"{name}-{number}") as dialer:
            await dialer.publish()
            times.append(await dialer.connect())
    return times


@asynccontextmanager
async def strangers(worker: WorkerProcess) -> AsyncIterator[list[socket.socket]]:
    """Sends hellos and alerts from addresses of its own, about 2,000 a second, while the block lasts."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(20)]
    chosen = random.Random(1)

    async def speak() -> None:
        while True:
            for stranger in sockets:
                stranger.sendto(chosen.choice((ALERT, HELLO)), ("127.0.0.1", worker.port))
            await asyncio.sleep(0.010)

    async with asyncio.TaskGroup() as tasks:
        speaking = tasks.create_task(speak(), name="strangers")
        yield sockets
        speaking.cancel()
    for stranger in sockets:
        stranger.close()


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


async def test_strangers_who_speak_dtls_neither_break_nor_slow_a_call() -> None:
    async with running_worker() as worker:
        undisturbed = await join_times(worker, "calm")
        async with strangers(worker) as sockets:
            disturbed = await join_times(worker, "storm")
            for stranger in sockets:
                stranger.setblocking(False)
                try:
                    answered = stranger.recv(2048)
                except BlockingIOError:
                    continue
                raise AssertionError(f"a stranger got {len(answered)} bytes")
        assert worker.count(Connected) == 2 * CALLS
    assert p95(disturbed) - p95(undisturbed) < 0.200
