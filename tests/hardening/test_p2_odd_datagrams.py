"""P2: datagrams of length 0, 1, or too long, from known and unknown addresses: nothing closes, a counter rises."""

import os
import socket

import pytest

from media.events import Disconnected
from tests.support.calls import Publisher, Subscriber
from tests.support.engines import World

ODD = [b"", b"\x00", b"\x16", b"\x80", b"\xff", b"\x16" * 19, os.urandom(3000), bytes(60_000), b"\x80" + bytes(1999)]


def dropped(world: World) -> int:
    return sum(count for name, count in world.relay.counters().items() if name.startswith("dropped_"))


@pytest.mark.parametrize("known", [True, False])
def test_odd_datagrams_close_nothing_and_are_counted(world: World, known: bool) -> None:
    anne, bruno = Publisher(world, "anne"), Subscriber(world, "bruno")
    anne.publish()
    bruno.subscribe(*anne.tracks)
    world.run(2.0)
    before, media = dropped(world), len(bruno.client.media)
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender = anne.client.socket if known else stranger
    for datagram in ODD:
        sender.sendto(datagram, ("127.0.0.1", world.plane.port))
    world.run(2.0)
    stranger.close()
    assert not world.told(Disconnected)
    assert len(bruno.client.media) - media > 150
    assert dropped(world) - before >= len(ODD) - 2, "DTLS of a known address goes to its line"
