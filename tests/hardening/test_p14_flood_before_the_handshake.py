"""P14: a million datagrams before the handshake: memory grows by 20 MB at most. VISITE_FULL=1 sends all of them."""

import asyncio
import os
from pathlib import Path

from tests.support.dialer import Dialer
from tests.support.scale import scaled
from tests.support.worker import WorkerProcess, running_worker

DATAGRAMS = scaled(40_000, 1_000_000)
BURST = 200
MOST_BYTES = 20 * 1024 * 1024


def resident_bytes(worker: WorkerProcess) -> int:
    pages = Path(f"/proc/{worker.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def flood(dialer: Dialer, first_byte: int) -> None:
    """Datagrams of a datagram's size, in bursts that the socket's queue holds."""
    body = bytes([first_byte]) + os.urandom(1199)
    for _ in range(DATAGRAMS // 4 // BURST):
        for _ in range(BURST):
            dialer.send(body)
        await asyncio.sleep(0.002)


async def test_a_flood_before_the_handshake_stays_in_bounds() -> None:
    async with running_worker() as worker, Dialer(worker, "stranger") as stranger, Dialer(worker, "known") as known:
        await known.publish()
        known.check()
        await flood(known, 22)  # what Python and the kernel keep after the first time
        before = resident_bytes(worker)
        for dialer in (stranger, known):
            for first_byte in (0, 22, 128):
                await flood(dialer, first_byte)
        assert resident_bytes(worker) - before < MOST_BYTES
        async with Dialer(worker, "honest") as honest:
            await honest.publish()
            assert await honest.connect() < 5.0
