"""Simulcast in whole calls: who gets which layer, how a picture moves between them, and what is not sent at all."""

import socket
from itertools import pairwise

import pytest

from media.commands import Show, ShownTrack, Tap
from media.recorder import tap
from media.relay import Relay
from media.rtp.codecs import vp8
from media.worker import RecorderTap
from tests.support.calls import FRAME_S, Subscriber
from tests.support.engines import Received, World
from tests.support.layered_calls import LayeredPublisher

LARGE, SMALL, HIDDEN = (1280, 720), (200, 112), (0, 0)


@pytest.fixture
def anne(world: World) -> LayeredPublisher:
    publisher = LayeredPublisher(world, "anne")
    publisher.publish()
    return publisher


def show(person: Subscriber, publisher: LayeredPublisher, size: tuple[int, int]) -> None:
    person.world.obey(Show(person.client.peer, (ShownTrack(publisher.track, *size),)))


def watching(world: World, name: str, publisher: LayeredPublisher, size: tuple[int, int] = LARGE) -> Subscriber:
    person = Subscriber(world, name)
    person.subscribe(publisher.track)
    show(person, publisher, size)
    return person


def received(person: Subscriber, publisher: LayeredPublisher) -> list[Received]:
    return person.client.of(person.ssrc_of(publisher.track))


def layer_of(packet: Received) -> str:
    return packet.payload.split(b"layer ")[1][:1].decode()


def layers_since(person: Subscriber, publisher: LayeredPublisher, time: float) -> set[str]:
    return {layer_of(packet) for packet in received(person, publisher) if packet.time >= time}


def assert_unbroken(packets: list[Received]) -> None:
    """Numbers, time and picture numbers as one encoder would have made them."""
    for before, after in pairwise(packets):
        assert (after.sequence - before.sequence) & 0xFFFF == 1
        pictures = vp8.picture(before.payload), vp8.picture(after.payload)
        assert pictures[0] is not None
        assert pictures[1] is not None
        same = before.timestamp == after.timestamp
        assert (pictures[1].number - pictures[0].number) & 0x7FFF == (0 if same else 1)
        assert 0 <= (after.timestamp - before.timestamp) & 0xFFFFFFFF < 90_000


def test_the_layers_are_agreed_on_best_first(world: World) -> None:
    answer = LayeredPublisher(world, "anne").publish()
    assert "a=simulcast:recv f;h;q\r\n" in answer


def test_two_who_show_different_sizes_get_different_layers(world: World, anne: LayeredPublisher) -> None:
    bruno, carla = watching(world, "bruno", anne), watching(world, "carla", anne, SMALL)
    world.run(4.0)
    settled = world.now - 2.0
    assert layers_since(bruno, anne, settled) == {"f"}
    assert layers_since(carla, anne, settled) == {"q"}
    assert set(anne.wanted) == {"f", "q"}


def test_a_picture_that_grows_and_shrinks_changes_its_layer_without_a_break(
    world: World, anne: LayeredPublisher
) -> None:
    bruno = watching(world, "bruno", anne, SMALL)
    watching(world, "carla", anne)
    world.run(3.0)
    for size, layer in ((LARGE, "f"), (SMALL, "q"), ((640, 360), "h"), (LARGE, "f")):
        show(bruno, anne, size)
        asked = world.now
        world.run(1.5)
        moved = next(packet.time for packet in bruno.client.media if packet.time > asked and layer_of(packet) == layer)
        assert moved - asked < 1.0
        assert layers_since(bruno, anne, world.now - 0.3) == {layer}
    packets = received(bruno, anne)
    assert_unbroken(packets)
    assert max(after.time - before.time for before, after in pairwise(packets)) < 4 * FRAME_S


def test_time_stays_that_of_the_publishers_clock_over_moves(world: World, anne: LayeredPublisher) -> None:
    """So sound and picture stay in step: whichever layer it is, a frame's time is when it was taken."""
    bruno = watching(world, "bruno", anne, SMALL)
    watching(world, "carla", anne)
    world.run(3.0)
    for size in (LARGE, SMALL) * 3:
        show(bruno, anne, size)
        world.run(1.3)
    taken = [(int(packet.payload.split(b"frame ")[1].split()[0]), packet.timestamp) for packet in received(bruno, anne)]
    first_frame, first_ticks = taken[0]
    for frame, ticks in taken:
        elapsed = (ticks - first_ticks) & 0xFFFFFFFF
        assert elapsed / 90_000 == pytest.approx((frame - first_frame) * FRAME_S, abs=0.006)


def test_of_a_hidden_picture_nothing_is_sent_and_shown_again_it_comes_at_once(
    world: World, anne: LayeredPublisher
) -> None:
    bruno = watching(world, "bruno", anne)
    world.run(3.0)
    show(bruno, anne, HIDDEN)
    hidden = world.now
    world.run(3.0)
    assert layers_since(bruno, anne, hidden + 0.05) == set()
    show(bruno, anne, LARGE)
    shown = world.now
    world.run(2.0)
    after = [packet for packet in received(bruno, anne) if packet.time >= shown]
    assert after[0].time - shown < 0.5
    assert b"key 1" in after[0].payload
    assert {layer_of(packet) for packet in after if packet.time > shown + 1.5} == {"f"}


def test_who_hides_all_pictures_still_hears_that_her_line_carries(world: World, anne: LayeredPublisher) -> None:
    """Silence of a second and a half means to a client that its network changed."""
    bruno = watching(world, "bruno", anne)
    world.run(3.0)
    show(bruno, anne, HIDDEN)
    hidden = world.now
    world.run(5.0)
    reports = [time for time, _ in bruno.client.rtcp if time >= hidden]
    assert max(after - before for before, after in pairwise([hidden, *reports, world.now])) < 1.1


def test_a_layer_that_nobody_needs_is_paused_and_comes_back_when_somebody_does(
    world: World, anne: LayeredPublisher
) -> None:
    bruno = watching(world, "bruno", anne)
    world.run(5.0)
    assert anne.wanted == ("f",), "two people: one layer"
    show(bruno, anne, SMALL)
    world.run(4.0)
    assert anne.wanted == ("q",)
    assert layers_since(bruno, anne, world.now - 1.0) == {"q"}
    show(bruno, anne, LARGE)
    world.run(2.0)
    assert layers_since(bruno, anne, world.now - 0.5) == {"f"}
    assert_unbroken(received(bruno, anne))


def test_alone_a_publisher_sends_its_least_layer_and_is_not_silent(world: World, anne: LayeredPublisher) -> None:
    world.run(8.0)
    assert anne.wanted == ("q",)
    assert anne.world.now - anne.said[-1][0] > 4.0, "it is said once"
    bruno = watching(world, "bruno", anne)
    world.run(2.0)
    assert layers_since(bruno, anne, world.now - 0.5) == {"f"}


def test_when_the_layer_one_gets_stops_the_next_takes_its_place(world: World, anne: LayeredPublisher) -> None:
    bruno, _ = watching(world, "bruno", anne), watching(world, "carla", anne, (640, 360))
    world.run(4.0)
    anne.broken = {"f"}
    world.run(4.0)
    assert layers_since(bruno, anne, world.now - 0.5) == {"h"}
    anne.broken = set()
    world.run(3.0)
    assert layers_since(bruno, anne, world.now - 0.5) == {"f"}
    assert_unbroken_numbers(received(bruno, anne))


def test_the_recorder_gets_the_best_layer_and_the_next_when_that_stops(world: World) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)
    world.plane.close()
    world.plane = world.plane_kind("127.0.0.1", tap=ours)
    world.relay = Relay(world.settings, world.plane, world.keys, RecorderTap(ours))
    anne = LayeredPublisher(world, "anne")
    anne.publish()
    world.run(5.0)
    assert anne.wanted == ("q",)
    world.obey(Tap(anne.track, 7))
    world.run(3.0)
    assert anne.wanted == ("f",), "nobody else is there"
    assert taken(theirs) == {"f"}, "a file keeps the size it began with"
    anne.broken, anne.wanted = {"f"}, ("f", "h", "q")
    world.run(4.0)
    taken(theirs)
    world.run(0.5)
    assert taken(theirs) == {"h"}
    world.obey(Tap(anne.track, None))
    taken(theirs)
    world.run(0.5)
    assert taken(theirs) == set()
    ours.close()
    theirs.close()


def taken(recorder: socket.socket) -> set[str]:
    """Layers of the packets that wait at the recorder's end."""
    layers: set[str] = set()
    while True:
        try:
            one = tap.unpack(recorder.recv(tap.MAX_DATAGRAM))
        except BlockingIOError:
            return layers
        if isinstance(one, tap.TappedPacket):
            layers.add(one.packet.split(b"layer ")[1][:1].decode())


def assert_unbroken_numbers(packets: list[Received]) -> None:
    assert all((after.sequence - before.sequence) & 0xFFFF == 1 for before, after in pairwise(packets))
