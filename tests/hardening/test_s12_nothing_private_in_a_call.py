"""S12, the live part: a whole call with canaries in every field leaves none of them in any log line."""

import io
import logging
from collections.abc import Iterator

import pytest

from rooms.views import Kind, Role
from signaling import messages as wire
from tests.support.logs import captured
from tests.support.node import node
from tests.support.simple_peer import loopback_candidates

__all__ = ["loopback_candidates"]
CANARY = "Canari"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that our own houses log from debug on, and libraries from info on."""
    with captured(logging.INFO) as stream:
        yield stream


async def test_a_call_leaves_no_name_address_description_or_token_in_the_log(log: io.StringIO) -> None:
    sdp = f"v=0\r\no=- 1 1 IN IP4 192.0.2.77\r\ns={CANARY}\r\n"
    tokens = []
    async with node(workers=1) as here:
        act = await here.consultation.open_act(Kind.MTG)
        for name in (f"{CANARY} Anne", f"{CANARY} Bruno", f"{CANARY} Chloe"):
            await act.seat(name, Role.EXPERT)
            tokens.append(here.token(act, name))
        anne, bruno, chloe = act.seats
        async with here.client() as a, here.client() as b, here.client() as c:
            welcome = await a.join(act, anne, token=tokens[0])
            await b.join(act, bruno, token=tokens[1])
            number = (await a.hear(wire.PathChanged, lambda event: event.path.path == "direct")).path.number
            await a.ask(wire.Signal, number=number, kind="candidate", body=f"candidate:1 1 udp 1 192.0.2.77 9 {CANARY}")
            await c.join(act, chloe, token=tokens[2])
            await a.hear(wire.PathChanged, lambda event: event.path.path == "relay")
            await a.ask(wire.Chat, text=f"{CANARY} dit")
            await a.ask(wire.Invite, role="family", name=f"{CANARY} Fille")
            refused = await a.ask(wire.Publish, sdp=sdp, sources=())
            assert isinstance(refused, wire.Refused)
            await a.ask(wire.AnswerSubscribe, number=1, sdp=sdp)
            await a.ask(wire.Consent, purpose="photo", value="refused", how=f"{CANARY} ne veut pas")
            await a.ask(wire.TurnAway, seat=act.seats[bruno], reason=CANARY)
            await a.lose_line()
            await a.connect()
            again = await a.resume(welcome)
            tokens += [welcome.secret, again.secret]
            await c.send(f'{{"type":"{CANARY}","id":1}}')
            await c.hear(wire.Left)
            await a.ask(wire.Remove, seat=act.seats[bruno], reason=CANARY)
            await a.post(wire.EndAct(id=90, reason=CANARY))
            await a.hear(wire.Left)
    written = log.getvalue()
    assert "session began" in written
    assert CANARY not in written
    assert "192.0.2.77" not in written
    assert [token for token in tokens if token in written] == []
