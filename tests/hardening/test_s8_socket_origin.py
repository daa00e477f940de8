"""S8, the socket: another site's page gets no socket, and a cookie opens nothing."""

import pytest
import socketio

from rooms.views import Kind, Role
from signaling import messages as wire
from tests.support.node import node

ALLOWED = "https://visite.example"


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "", "https://visite.example.evil.example"])
async def test_another_sites_page_gets_no_socket(origin: str) -> None:
    async with node(origins=frozenset({ALLOWED})) as here:
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with here.client(Origin=origin):
                pass


@pytest.mark.parametrize("own", [True, False])
async def test_our_own_pages_get_one(own: bool) -> None:
    async with node(origins=frozenset({ALLOWED})) as here, here.client(Origin=here.url if own else ALLOWED) as client:
        assert client.connected


async def test_a_cookie_opens_no_session() -> None:
    async with node() as here:
        act = await here.consultation.open_act(Kind.MTG)
        await act.seat("anne", Role.EXPERT)
        async with here.client(Cookie=f"visite={here.token(act, 'anne')}") as client:
            await client.post(wire.Join(id=1, version=1, token="-"))
            assert (await client.hear(wire.Refused)).code == "token-invalid"
