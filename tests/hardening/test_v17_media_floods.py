"""ASVS 17.2.5 and 17.2.7: a participant who floods with valid media drowns neither the others nor the recorder."""

import socket
from collections.abc import Iterator
from functools import partial

import pytest

from media.commands import Tap
from media.plane.endpoint import PACKETS_PER_S
from media.recorder import tap
from media.rtp import header
from tests.support.calls import MID_ID, Publisher, Subscriber
from tests.support.engines import STEP_S, World
from tests.support.planes import PlaneKind

FLOOD_S, A_STEP = 2.0, 40  # packets, so 20,000 a second
RECORDED_A_STEP = 20  # what a recorder reads meanwhile


class Recorder:
    """Reads as fast as one does, and no faster."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ours.setblocking(False)
        self.packets: list[tap.TappedPacket] = []

    def step(self, _: float) -> None:
        for _ in range(RECORDED_A_STEP):
            try:
                one = tap.unpack(self.ours.recv(4_096))
            except BlockingIOError:
                return
            if isinstance(one, tap.TappedPacket):
                self.packets.append(one)

    def numbers(self, stream: int) -> list[int]:
        return [header.parse(one.packet).sequence for one in self.packets if one.stream == stream]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.ours.close()
    recorder.theirs.close()


@pytest.fixture
def world(plane_kind: PlaneKind, recorder: Recorder) -> Iterator[World]:
    world = World(plane_kind=partial(plane_kind, tap=recorder.theirs))
    world.every_step.append(recorder.step)
    yield world
    world.close()


def test_a_flood_of_valid_media_costs_the_others_and_the_recording_nothing(world: World, recorder: Recorder) -> None:
    anne, flooder, bruno = Publisher(world, "anne"), Publisher(world, "flooder"), Subscriber(world, "bruno")
    anne.publish()
    flooder.publish()
    bruno.subscribe(*anne.tracks, *flooder.tracks)
    for stream, publisher in ((1, anne), (2, flooder)):
        world.obey(Tap(publisher.tracks[1], stream))
    world.run(1.0)
    world.every_step.append(partial(flood, flooder))
    world.run(FLOOD_S)
    world.every_step.pop()
    world.run(0.5)
    sent = FLOOD_S * A_STEP / STEP_S
    assert world.relay.counters()["dropped_too_many_packets"] >= sent - (FLOOD_S + 1) * PACKETS_PER_S
    seen = [payload.split() for payload in bruno.payloads(anne.tracks[1])]
    places = [int(words[1]) * 4 + int(words[3]) for words in seen]
    assert places == list(range(places[0], places[0] + len(places)))
    assert places[-1] // 4 >= anne.frames - 3
    recorded = recorder.numbers(1)
    assert recorded == list(range(recorded[0], recorded[0] + len(recorded)))
    assert recorded[-1] >= anne.picture.sequence - 20


def flood(flooder: Publisher, _: float) -> None:
    for _ in range(A_STEP):
        flooder.picture.sequence = flooder.picture.sequence + 1 & 0xFFFF
        packet = header.build(
            bytes(100),
            payload_type=96,
            sequence=flooder.picture.sequence,
            timestamp=0,
            ssrc=flooder.picture.ssrc,
            extensions={MID_ID: b"1"},
        )
        flooder.client.send_rtp(packet)
