"""Sound that is sent twice while somebody loses much of it who can read it so; the others hear it, too."""

import pytest

from media.events import Redundancy
from media.rtcp import packets as rtcp
from media.rtp import header
from tests.support.calls import MID_ID, Publisher, Subscriber
from tests.support.engines import World

RED = 63


@pytest.fixture
def anne(world: World) -> Publisher:
    anne = Publisher(world, "anne")
    anne.publish()
    return anne


def listener(world: World, anne: Publisher, name: str, *, knows_red: bool = True) -> Subscriber:
    listener = Subscriber(world, name)
    listener.knows_red = knows_red
    listener.subscribe(anne.tracks[0])
    world.run(1.0)
    assert listener.payloads(anne.tracks[0])
    return listener


def told(world: World) -> list[bool]:
    return [event.wanted for _, event in world.told(Redundancy) if isinstance(event, Redundancy)]


def formats(anne: Publisher) -> str:
    """Of her sound, as the relay answers when she offers once more."""
    sound = next(line for line in anne.offer().sdp.splitlines() if line.startswith("m=audio"))
    return sound.partition("SAVPF ")[2]


def loses(world: World, listener: Subscriber, anne: Publisher, share: float) -> None:
    block = rtcp.ReportBlock(listener.ssrc_of(anne.tracks[0]), round(share * 256), 0, 0, 0)
    listener.client.send_rtcp(rtcp.ReceiverReport(1, (block,)))
    world.run(1.0)


def says_twice(world: World, anne: Publisher) -> None:
    stream = anne.sound
    stream.sequence = (stream.sequence + 1) & 0xFFFF
    packet = header.build(
        b"\x6ftwice",
        payload_type=RED,
        sequence=stream.sequence,
        timestamp=stream.timestamp(world.now),
        ssrc=stream.ssrc,
        extensions={MID_ID: stream.mid.encode()},
    )
    anne.client.send_rtp(packet)
    world.run(0.1)


def test_a_listener_who_loses_much_gets_sound_twice_until_the_line_is_good(world: World, anne: Publisher) -> None:
    bruno = listener(world, anne, "bruno")
    loses(world, bruno, anne, 0.01)
    assert told(world) == []
    assert formats(anne) == "111 63"
    loses(world, bruno, anne, 0.05)
    assert told(world) == [True]
    assert formats(anne) == "63 111", "an answer names first what is to be sent"
    says_twice(world, anne)
    assert b"\x6ftwice" in bruno.payloads(anne.tracks[0])
    loses(world, bruno, anne, 0.0)
    world.run(25.0)
    assert told(world) == [True, False]
    assert formats(anne) == "111 63"


def test_who_cannot_read_it_gets_each_sound_once(world: World, anne: Publisher) -> None:
    bruno = listener(world, anne, "bruno")
    loses(world, bruno, anne, 0.10)
    carla = listener(world, anne, "carla", knows_red=False)
    says_twice(world, anne)
    assert b"\x6ftwice" in bruno.payloads(anne.tracks[0])
    assert b"twice" in carla.payloads(anne.tracks[0])
    assert told(world) == [True]


def test_nothing_is_sent_twice_for_somebody_who_could_not_read_it(world: World, anne: Publisher) -> None:
    listener(world, anne, "bruno")
    carla = listener(world, anne, "carla", knows_red=False)
    loses(world, carla, anne, 0.10)
    assert told(world) == []
