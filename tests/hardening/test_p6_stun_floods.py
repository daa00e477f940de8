"""P6: STUN floods and forged sources: silence without a valid username and integrity; never more bytes out than in."""

import os
import random
import socket

from media import ice, stun
from tests.support.calls import Publisher
from tests.support.checks import binding_request
from tests.support.engines import World
from tests.support.scale import scaled

FLOOD = scaled(2_000, 200_000)


def forged_requests(credentials: ice.Credentials, count: int) -> list[bytes]:
    """What somebody may try who knows the user fragment but not the password, or neither."""
    chosen = random.Random(6)
    stranger = ice.Credentials.fresh()
    kinds = [
        lambda: binding_request(credentials.ufrag, stranger.password, nominates=True),
        lambda: binding_request(stranger.ufrag, stranger.password),
        lambda: stun.build(stun.BINDING_REQUEST, os.urandom(12), [], b"nobody"),
        lambda: b"\x00\x01\x00\x00\x21\x12\xa4\x42" + os.urandom(12),
        lambda: stun.build(stun.BINDING_SUCCESS, os.urandom(12), [], credentials.password.encode()),
    ]
    return [chosen.choice(kinds)() for _ in range(count)]


def test_a_flood_of_forged_checks_gets_not_one_byte_and_moves_nobody() -> None:
    world = World()
    anne = Publisher(world, "anne")
    answer = anne.publish().sdp
    world.run(1.0)
    ufrag, password = (answer.split(f"a=ice-{name}:")[1].split()[0] for name in ("ufrag", "pwd"))
    flooder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    flooder.setblocking(False)
    for number, datagram in enumerate(forged_requests(ice.Credentials(ufrag, password), FLOOD)):
        flooder.sendto(datagram, ("127.0.0.1", world.plane.port))
        if number % 100 == 99:
            world.run(0.01)
            assert unanswered(flooder)
    frames = anne.frames
    world.run(1.0)
    assert anne.frames - frames >= 29
    assert sum(n for name, n in world.relay.counters().items() if name.startswith("dropped_stun")) == FLOOD
    flooder.close()
    world.close()


def test_valid_checks_from_anywhere_never_make_us_send_more_than_we_got() -> None:
    agents = ice.Agents()
    agent = agents.add()
    attributes = [(stun.USERNAME, f"{agent.local.ufrag}:x".encode())]
    for source in (("192.0.2.1", 1), ("2001:db8::1", 1)):
        for padding in range(0, 64, 4):
            request = stun.build(
                stun.BINDING_REQUEST,
                os.urandom(12),
                [*attributes, (0x8022, bytes(padding))],
                agent.local.password.encode(),
            )
            check = agents.receive(request, source, 0.0)
            assert check is not None
            assert len(check.answer or b"") <= len(request)


def unanswered(flooder: socket.socket) -> bool:
    try:
        flooder.recv(2048)
    except BlockingIOError:
        return True
    return False
