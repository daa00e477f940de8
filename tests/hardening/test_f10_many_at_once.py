"""F10: many people join at the same moment: each gets in, or is told by a code or a status to come again."""

import asyncio

import aiohttp
import pytest

from rooms.views import Kind, Role
from signaling.errors import Refused
from signaling.limits import Turnstile
from signaling.sessions import SessionSettings
from tests.support.node import node
from tests.support.rush import rush
from tests.support.scale import scaled

PATIENCE_S = 60.0


async def test_everybody_gets_in_or_is_told_to_come_again() -> None:
    async with node() as here:
        tokens = []
        for _ in range(4):
            act = await here.consultation.open_act(Kind.MTG)
            for number in range(scaled(15, 250)):
                await act.seat(f"{number}", Role.EXPERT)
                tokens.append(here.token(act, f"{number}"))
        answers = [outcome.what for outcome in await rush(here.url, tokens, 0.3, PATIENCE_S)]
        assert set(answers) <= {"welcome", "server-busy", "http-503"}
        assert answers.count("welcome") >= scaled(20, 60)


async def test_who_waits_too_long_for_her_turn_is_refused_and_those_before_her_are_not() -> None:
    entrance = Turnstile(width=2, patience_s=0.05)
    leave = asyncio.Event()
    inside = 0

    async def enter() -> None:
        nonlocal inside
        async with entrance.passing():
            inside += 1
            await leave.wait()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(enter())
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="server-busy"):
            await enter()
        assert inside == 2
        leave.set()
    await enter()
    assert inside == 3


async def test_a_full_house_says_when_to_come_again() -> None:
    async with node(SessionSettings(idle_sockets=1)) as here, aiohttp.ClientSession(here.url) as http:
        address = "/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(address) as first:
            await first.receive_str()
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(address)
            assert refused.value.status == 503
            assert refused.value.headers is not None
            assert int(refused.value.headers["Retry-After"]) > 0
