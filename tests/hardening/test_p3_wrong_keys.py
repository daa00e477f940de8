"""P3: RTP with the right SSRC but no key (ASVS 17.2.3): nothing forwarded, recorded, or sent to the injector."""

import socket
from collections.abc import Iterator
from functools import partial

import pytest
from pylibsrtp import Policy, Session

from media.commands import Tap
from media.recorder import tap
from media.rtp import header
from tests.support.calls import Publisher, Subscriber
from tests.support.engines import World
from tests.support.planes import PlaneKind

FORGED = b"\x10\x00forged"


@pytest.fixture
def recorder() -> Iterator[tuple[socket.socket, socket.socket]]:
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    yield pair
    for end in pair:
        end.close()


@pytest.fixture
def world(plane_kind: PlaneKind, recorder: tuple[socket.socket, socket.socket]) -> Iterator[World]:
    world = World(plane_kind=partial(plane_kind, tap=recorder[0]))
    yield world
    world.close()


def forgeries(publisher: Publisher, count: int) -> list[bytes]:
    """Packets that continue the publisher's stream under a key of the injector's own."""
    key = Policy(bytes(28), Policy.SSRC_ANY_OUTBOUND, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    session, stream = Session(key), publisher.picture
    numbers = [(stream.sequence + ahead) & 0xFFFF for ahead in range(count)]
    return [
        session.protect(header.build(FORGED, payload_type=96, sequence=number, timestamp=1, ssrc=stream.ssrc))
        for number in numbers
    ]


@pytest.mark.parametrize("from_his_address", [True, False])
def test_what_is_not_protected_with_the_key_goes_nowhere(
    world: World, recorder: tuple[socket.socket, socket.socket], from_his_address: bool
) -> None:
    anne, bruno = Publisher(world, "anne"), Subscriber(world, "bruno")
    anne.publish()
    bruno.subscribe(*anne.tracks)
    world.obey(Tap(anne.tracks[1], 1))
    world.run(1.0)
    injector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender = anne.client.socket if from_his_address else injector
    for datagram in forgeries(anne, 500):
        sender.sendto(datagram, ("127.0.0.1", world.plane.port))
    world.run(2.0)
    assert not [packet for packet in bruno.client.media if FORGED in packet.payload]
    recorded = [tap.unpack(datagram) for datagram in drained(recorder[1])]
    packets = [one.packet for one in recorded if isinstance(one, tap.TappedPacket)]
    assert packets
    assert not [packet for packet in packets if FORGED in packet]
    assert drained(injector) == []
    injector.close()
    numbers = [int(payload.split()[1]) for payload in bruno.payloads(anne.tracks[1])]
    assert max(numbers) > anne.frames - 5, "the stream itself goes on"


def drained(one: socket.socket) -> list[bytes]:
    one.setblocking(False)
    datagrams = []
    while True:
        try:
            datagrams.append(one.recv(2048))
        except BlockingIOError:
            return datagrams
