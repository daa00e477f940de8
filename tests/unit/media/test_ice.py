"""ICE-lite: who is believed, where a peer is, and what a stranger gets (nothing)."""

from media import ice, stun
from tests.support.checks import binding_request

HOME, CAFE, ELSEWHERE = ("192.0.2.1", 5000), ("192.0.2.2", 5000), ("2001:db8::3", 5000)


def check(
    agents: ice.Agents, credentials: ice.Credentials, source: stun.Address, nominates: bool = False, now: float = 0.0
) -> ice.Check | None:
    return agents.receive(binding_request(credentials.ufrag, credentials.password, nominates=nominates), source, now)


def test_credentials_are_longer_than_the_rfc_asks() -> None:
    drawn = {ice.Credentials.fresh() for _ in range(100)}
    assert len(drawn) == 100
    for credentials in drawn:
        assert len(credentials.ufrag) * 4 >= 24
        assert len(credentials.password) * 6 >= 128


def test_the_first_check_already_gives_an_address() -> None:
    agents = ice.Agents()
    agent = agents.add()
    answered = check(agents, agent.local, HOME)
    assert answered is not None
    assert answered.moved
    assert answered.answer is not None
    assert agents.at(HOME) is agent
    assert agent.address == HOME


def test_the_latest_nomination_decides_where_to_send() -> None:
    agents = ice.Agents()
    agent = agents.add()
    check(agents, agent.local, HOME)
    also = check(agents, agent.local, CAFE)
    assert agent.address == HOME
    assert also is not None
    assert (also.moved, also.found) == (False, CAFE), "it may speak from there before it is sent anything there"
    check(agents, agent.local, CAFE, nominates=True)
    assert agent.address == CAFE
    assert agents.at(HOME) is agent, "what is under way from there is still the peer's"


def test_a_peer_speaks_from_a_bounded_number_of_addresses() -> None:
    agents = ice.Agents()
    agent = agents.add()
    for port in range(1000, 1050):
        check(agents, agent.local, ("192.0.2.1", port), nominates=port == 1000)
    assert agent.address == ("192.0.2.1", 1000)
    assert len(agent.validated) <= ice.MAX_VALIDATED + 1
    assert agents.at(("192.0.2.1", 1000)) is agent
    assert agents.at(("192.0.2.1", 1010)) is None


def test_a_restart_moves_on_the_first_check_of_the_new_session() -> None:
    agents = ice.Agents()
    agent = agents.add()
    before = agent.local
    check(agents, before, HOME, nominates=True)
    agents.restart(agent)
    assert agent.local != before
    check(agents, before, HOME, nominates=True, now=1.0)
    assert agent.last_check == 1.0, "checks of the session before count as consent until the client has moved"
    check(agents, agent.local, CAFE, now=2.0)
    assert agent.address == CAFE
    check(agents, before, HOME, nominates=True, now=3.0)
    assert agent.address == CAFE


def test_strangers_get_silence_and_make_no_state() -> None:
    agents = ice.Agents()
    agent = agents.add()
    wrong = ice.Credentials.fresh()
    assert check(agents, wrong, ELSEWHERE) is None
    assert check(agents, ice.Credentials(agent.local.ufrag, wrong.password), ELSEWHERE) is None
    assert agents.receive(b"\x00\x01", ELSEWHERE, 0.0) is None
    assert agents.at(ELSEWHERE) is None
    assert agent.address is None
    assert agents.refused == {"unknown-ufrag": 1, "wrong-password": 1, "malformed": 1}


def test_an_answer_is_never_longer_than_its_request() -> None:
    agents = ice.Agents()
    agent = agents.add()
    short = [(stun.USERNAME, f"{agent.local.ufrag}:c".encode())]
    request = stun.build(stun.BINDING_REQUEST, bytes(12), short, agent.local.password.encode())
    answered = agents.receive(request, ELSEWHERE, 0.0)
    assert answered is not None
    assert answered.answer is None or len(answered.answer) <= len(request)


def test_a_peer_cannot_take_the_address_of_another() -> None:
    agents = ice.Agents()
    honest, thief = agents.add(), agents.add()
    check(agents, honest.local, HOME, nominates=True)
    assert check(agents, thief.local, HOME, nominates=True, now=1.0) is None
    assert agents.at(HOME) is honest
    assert check(agents, thief.local, HOME, nominates=True, now=20.0) is not None, "a line that was given to another"
    assert agents.at(HOME) is thief


def test_a_removed_agent_is_a_stranger() -> None:
    agents = ice.Agents()
    agent = agents.add()
    check(agents, agent.local, HOME)
    agents.restart(agent)
    agents.remove(agent)
    assert check(agents, agent.local, HOME) is None
    assert agents.at(HOME) is None
