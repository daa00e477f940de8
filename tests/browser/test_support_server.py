"""The command that users run becomes ready, knows its administrator, and ends in good order."""

import pytest

from tests.support.server import HttpRefused, Server


async def test_an_administrator_plans_an_act_and_invites(server: Server) -> None:
    act = await server.create_act(kind="MTG", title="Two people")
    anne = await server.invite(act, "expert", "Anne Martin")
    assert anne.url.startswith(f"{server.url}/join#t=")
    assert [entry["type"] for entry in await server.timeline(act)]
    assert "Anne Martin" not in server.log()


async def test_without_a_token_nothing_is_told(server: Server) -> None:
    with pytest.raises(HttpRefused) as refusal:
        await server.request("GET", "/api/v1/acts", token="")
    assert refusal.value.status == 401


async def test_the_server_ends_in_good_order_when_asked(own_server: Server) -> None:
    assert await own_server.process.stop() == 0
