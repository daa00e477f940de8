"""Many people who join at the same moment, over sockets that are spoken by hand: client libraries would cost more."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import msgspec

from signaling import messages as wire

EVENT = "42"  # Engine.IO's message, Socket.IO's event


@dataclass(frozen=True, slots=True)
class Outcome:
    """`what`: "welcome", a code that the server refused with, a status of HTTP, or the kind of an error."""

    what: str
    took_s: float


async def rush(url: str, tokens: Sequence[str], over_s: float, patience_s: float) -> list[Outcome]:
    """Everybody joins, spread over `over_s`; nobody leaves before all have an answer."""
    done, loop = asyncio.Event(), asyncio.get_running_loop()
    answers: list[asyncio.Future[Outcome]] = [loop.create_future() for _ in tokens]
    async with (
        aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as http,
        asyncio.TaskGroup() as tasks,
    ):
        for number, (token, answer) in enumerate(zip(tokens, answers, strict=True)):
            tasks.create_task(_join(http, token, over_s * number / len(tokens), patience_s, answer, done))
        outcomes = [await answer for answer in answers]
        done.set()
    return outcomes


async def _join(
    http: aiohttp.ClientSession,
    token: str,
    delay_s: float,
    patience_s: float,
    answer: "asyncio.Future[Outcome]",
    done: asyncio.Event,
) -> None:
    await asyncio.sleep(delay_s)
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with (
            asyncio.timeout(patience_s) as patience,
            http.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket,
        ):
            answer.set_result(Outcome(await _answer(socket, token), clock() - began))
            patience.reschedule(None)
            await done.wait()
    except aiohttp.WSServerHandshakeError as error:
        answer.set_result(Outcome(f"http-{error.status}", clock() - began))
    except (aiohttp.ClientError, OSError) as error:
        answer.set_result(Outcome(type(error).__name__, clock() - began))


async def _answer(socket: aiohttp.ClientWebSocketResponse, token: str) -> str:
    await socket.receive_str()
    await socket.send_str("40")
    await socket.receive_str()
    join = msgspec.json.encode(wire.Join(id=1, version=wire.PROTOCOL, token=token)).decode()
    await socket.send_str(EVENT + json.dumps(["command", join]))
    while True:
        packet = await socket.receive()
        if packet.type is not aiohttp.WSMsgType.TEXT:
            return f"closed-{packet.data}"
        if not packet.data.startswith(EVENT):
            continue
        event = json.loads(json.loads(packet.data[len(EVENT) :])[1])["event"]
        if event["type"] in {"welcome", "refused", "left"}:
            return str(event.get("code") or event.get("reason") or event["type"])


def summary(outcomes: Sequence[Outcome]) -> str:
    """How many met with what, and how long they waited for it."""
    took = sorted(outcome.took_s for outcome in outcomes)
    counts = Counter(outcome.what for outcome in outcomes)
    told = ", ".join(f"{what} {count}" for what, count in counts.most_common())
    return f"{told}; p50 {took[len(took) // 2]:.2f} s, p95 {took[len(took) * 95 // 100]:.2f} s, worst {took[-1]:.2f} s"
