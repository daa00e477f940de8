"""A call of two on a real worker while a third participant, who has keys as well, floods it with what is no media."""

import asyncio
import random
import socket
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from media.events import Disconnected, Heartbeat
from media.rtp import header
from tests.support.dialer import Dialer
from tests.support.worker import PlaneChoice, WorkerProcess, running_worker

SOUND_S = 0.020
TURN_S = 0.005  # between two bursts of the flood
CHECK_S = 5.0
SETTLE_S = 0.5
SSRC, LIARS_SSRC = 7, 8
KINDS = 600  # different datagrams of the flood


@dataclass(frozen=True, slots=True)
class Figures:
    """`lag_ms`: 99 of 100 beats of the worker's loop were less late. `ended`: connections of those three."""

    bad: int
    sent: int
    heard: int
    lag_ms: float
    ended: int
    refused: int  # bad datagrams that the worker counted

    @property
    def lost_share(self) -> float:
        return 1 - self.heard / self.sent


async def flooded(seconds: float, a_second: int, plane: PlaneChoice = "auto") -> Figures:
    """Half of the flood comes from the third participant's address, half from one that nobody has validated."""
    async with (
        running_worker(plane=plane) as worker,
        Dialer(worker, "anne") as anne,
        Dialer(worker, "bruno") as bruno,
        Dialer(worker, "liar") as liar,
    ):
        await anne.publish()
        await liar.publish()
        await bruno.view(anne)
        for dialer in (anne, bruno, liar):
            await dialer.connect()
        beats = worker.count(Heartbeat)
        bad, sent = await _flood(liar, worker, seconds, a_second, (anne, bruno))
        await asyncio.sleep(SETTLE_S)
        heard = {header.parse(packet).sequence for packet in bruno.media}
        return _figures(worker, beats, bad, sent, len(heard))


async def _flood(
    liar: Dialer, worker: WorkerProcess, seconds: float, a_second: int, callers: tuple[Dialer, Dialer]
) -> tuple[int, int]:
    """How many bad datagrams and how many packets of the call went out."""
    loop, lies = asyncio.get_running_loop(), list(bad_datagrams(liar))
    begun, bad, sent, checked = loop.time(), 0, 0, 0.0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.connect(("127.0.0.1", worker.port))
        while (now := loop.time()) - begun < seconds:
            while bad < (now - begun) * a_second:
                (liar.socket if bad % 2 else stranger).send(lies[bad % len(lies)])
                bad += 1
            while sent < (now - begun) / SOUND_S:
                sent += 1
                callers[0].send(callers[0].protect(_sound(SSRC, sent)))
            if now >= checked + CHECK_S:
                checked = now
                for dialer in (*callers, liar):
                    dialer.check()
            await asyncio.sleep(TURN_S)
    return bad, sent


def _sound(ssrc: int, number: int) -> bytes:
    return header.build(
        b"sound",
        payload_type=111,
        sequence=number & 0xFFFF,
        timestamp=960 * number & 0xFFFFFFFF,
        ssrc=ssrc,
        extensions={4: b"0"},
    )


def bad_datagrams(liar: Dialer) -> Iterator[bytes]:
    """Forged and replayed packets, cut ones, headers that lie, under her own, another's and any SSRC."""
    chance = random.Random(4)
    replayed = [liar.protect(_sound(LIARS_SSRC, number)) for number in range(50)]
    for number in range(KINDS):
        ssrc = chance.choice((SSRC, LIARS_SSRC, chance.getrandbits(32)))
        forged = _sound(ssrc, number) + chance.randbytes(chance.randrange(16, 1_000))
        match number % 5:
            case 0:
                yield forged
            case 1:
                yield replayed[number % 50]
            case 2:
                yield forged[: chance.randrange(2, 28)]
            case 3:
                yield bytes((chance.choice((0x90, 0x9F, 0xBF)),)) + forged[1:12] + b"\xbe\xde\xff\xff" + forged[12:]
            case _:
                yield b"\x80" + bytes((chance.choice((200, 201, 205, 206)),)) + chance.randbytes(60)


def _figures(worker: WorkerProcess, before: int, bad: int, sent: int, heard: int) -> Figures:
    beats = [event for event in worker.events if isinstance(event, Heartbeat)]
    lags = [beat.loop_lag_ms for beat in beats[before:]]
    return Figures(
        bad=bad,
        sent=sent,
        heard=heard,
        lag_ms=statistics.quantiles(lags, n=100)[-1] if len(lags) > 1 else max(lags, default=0.0),
        ended=worker.count(Disconnected),
        refused=sum(beats[-1].dropped.values()) - sum(beats[max(0, before - 1)].dropped.values()),
    )
