"""A stream of several layers: each subscriber gets the frames of her target, and notices nothing of the others."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from media.plane.interface import WHOLE, Plane, Target
from tests.support.descriptors import L1T2, L2T1, L2T1_KEY, Frame, descriptor
from tests.support.layered_source import (
    LARGE,
    LAYERED,
    LAYERED_IN,
    PUBLISHED,
    SMALL,
    LayeredSource,
    layered_route,
    picture,
    shown,
)
from tests.support.media_party import MediaParty


@pytest.fixture
def party(plane: Plane) -> Iterator[MediaParty]:
    with MediaParty(plane, 0) as party:
        plane.set_ingress(party.peer, (LAYERED_IN,), PUBLISHED)
        yield party


def aim(plane: Plane, subscriber: MediaParty, target: Target, *, wants: int = 0, rtx: bool = True) -> None:
    plane.set_route(LAYERED, layered_route(subscriber, target, wants=wants, rtx=rtx))


def begun(
    plane: Plane, party: MediaParty, subscriber: MediaParty, target: Target, layers: tuple[Frame, ...] = L2T1
) -> LayeredSource:
    """Its first picture, a key frame, is on its way to a subscriber."""
    aim(plane, subscriber, target)
    source = LayeredSource(party, layers)
    source.picture(key=True)
    return source


def steps(heads: list[int]) -> list[int]:
    return [(after - before) & 0xFFFF for before, after in pairwise(heads)]


def test_who_shows_it_small_gets_the_lower_layer_as_an_unbroken_stream(
    plane: Plane, party: MediaParty, subscriber: MediaParty
) -> None:
    aim(plane, subscriber, SMALL)
    source = LayeredSource(party)
    for number in range(6):
        source.picture(key=number == 0)
        plane.poll(0.03 * number)
    came = list(shown(subscriber))
    assert [name for name, _ in came] == [name for number in range(1, 7) for name in picture(number, "a")]
    assert set(steps([head.sequence for _, head in came])) == {1}
    assert [head.marker for _, head in came] == [False, True] * 6, "its picture ends where the lower layer does"


@pytest.mark.parametrize("target", [LARGE, WHOLE])
def test_who_shows_it_large_gets_all_of_it(
    plane: Plane, party: MediaParty, subscriber: MediaParty, target: Target
) -> None:
    source = begun(plane, party, subscriber, target)
    source.picture()
    plane.poll(0.0)
    came = list(shown(subscriber))
    assert [name for name, _ in came] == picture(1, "ab") + picture(2, "ab")
    assert [head.marker for _, head in came] == [False, False, False, True] * 2


def test_what_the_upper_layer_does_not_need_is_left_out(
    plane: Plane, party: MediaParty, subscriber: MediaParty
) -> None:
    """In L2T1_KEY the layers depend on each other in key frames only."""
    source = begun(plane, party, subscriber, LARGE, L2T1_KEY)
    source.picture()
    plane.poll(0.0)
    came = list(shown(subscriber))
    assert [name for name, _ in came] == picture(1, "ab") + picture(2, "b")
    assert set(steps([head.sequence for _, head in came])) == {1}


def test_it_goes_down_with_the_next_picture_and_up_with_the_next_key_frame(
    plane: Plane, party: MediaParty, subscriber: MediaParty
) -> None:
    source = begun(plane, party, subscriber, LARGE)
    plane.poll(0.0)
    aim(plane, subscriber, SMALL)
    source.picture()
    assert plane.poll(0.1).waiting == []
    aim(plane, subscriber, LARGE)
    source.picture()
    assert plane.poll(0.2).waiting == [LAYERED], "the upper frame refers to one that she has not got"
    source.picture(key=True)
    assert plane.poll(0.3).waiting == []
    source.picture()
    plane.poll(0.4)
    came = list(shown(subscriber))
    wanted = picture(1, "ab") + picture(2, "a") + picture(3, "a") + picture(4, "ab") + picture(5, "ab")
    assert [name for name, _ in came] == wanted
    assert set(steps([head.sequence for _, head in came])) == {1}


def test_layers_that_do_not_depend_on_each_other_wait_for_a_key_frame_also_down(
    plane: Plane, party: MediaParty, subscriber: MediaParty
) -> None:
    source = begun(plane, party, subscriber, LARGE, L2T1_KEY)
    source.picture()
    plane.poll(0.0)
    aim(plane, subscriber, SMALL)
    source.picture()
    assert plane.poll(0.1).waiting == [LAYERED]
    source.picture(key=True)
    plane.poll(0.2)
    wanted = picture(1, "ab") + picture(2, "b") + picture(3, "b") + picture(4, "a")
    assert [name for name, _ in shown(subscriber)] == wanted


def test_a_layer_that_is_no_longer_sent_is_not_waited_for(
    plane: Plane, party: MediaParty, subscriber: MediaParty
) -> None:
    source = begun(plane, party, subscriber, LARGE)
    source.picture(upper=False)
    assert plane.poll(0.0).waiting == []
    came = list(shown(subscriber))
    assert [name for name, _ in came] == picture(1, "ab") + picture(2, "a")
    assert came[-1][1].marker
    source.picture()
    plane.poll(0.1)
    assert [name for name, _ in shown(subscriber)] == picture(3, "ab"), "and gone back to once it can be decoded"


def test_what_was_lost_on_the_way_here_leaves_a_hole_until_it_comes(
    plane: Plane, party: MediaParty, subscriber: MediaParty
) -> None:
    source = begun(plane, party, subscriber, SMALL)
    source.picture(lost="2a1 2b0")
    source.picture()
    plane.poll(0.0)
    came = list(shown(subscriber))
    assert [name for name, _ in came] == [*picture(1, "a"), "2a0", *picture(3, "a")]
    assert steps([head.sequence for _, head in came]) == [1, 1, 3, 1]
    source.repair("2a1")
    source.repair("2b0")
    plane.poll(0.1)
    (repaired, late), (nothing, filler) = shown(subscriber)
    hole = came[2][1].sequence
    assert (repaired, (late.sequence - hole) & 0xFFFF, late.marker) == ("2a1", 1, True)
    assert (nothing, (filler.sequence - hole) & 0xFFFF, filler.marker) == ("-", 2, False), "nobody asks for it again"


@pytest.mark.parametrize("rtx", [True, False])
def test_what_the_subscriber_lost_is_sent_again_as_it_went_out(
    plane: Plane, party: MediaParty, subscriber: MediaParty, rtx: bool
) -> None:
    aim(plane, subscriber, SMALL, wants=7, rtx=rtx)
    route = layered_route(subscriber, SMALL).route
    source = LayeredSource(party)
    source.picture(key=True)
    plane.poll(0.0)
    plane.retransmit(route, [1], 0.0)  # without RTX the first request starts the keeping
    source.picture()
    source.picture()
    plane.poll(0.1)
    came = list(shown(subscriber))
    asked = [head.sequence for _, head in came[-4:]]
    assert plane.retransmit(route, [*asked, asked[-1] + 1], 0.2) == 4
    if not rtx:  # the very same datagrams, which SRTP lets nobody read twice
        assert len(subscriber.received_raw()) == 4
        return
    again = subscriber.received()
    assert [int.from_bytes(payload[:2]) for _, payload in again] == asked
    assert [payload[4:].decode() for _, payload in again] == picture(2, "a") + picture(3, "a")
    assert [head.marker for head, _ in again] == [False, True] * 2
    assert [head.extensions[7] for head, _ in again] == [head.extensions[7] for _, head in came[-4:]]


def test_descriptors_go_to_those_who_negotiated_them(plane: Plane, party: MediaParty, subscriber: MediaParty) -> None:
    with MediaParty(plane, 2) as other:
        plane.set_route(LAYERED, layered_route(subscriber, LARGE, wants=7))
        plane.set_route(LAYERED, layered_route(other, LARGE))
        source = LayeredSource(party)
        source.picture(key=True)
        source.picture()
        plane.poll(0.0)
        heads = [head for _, head in shown(subscriber)]
        assert [len(head.extensions[7]) for head in heads[4:]] == [4, 3, 3, 3]
        assert heads[0].extensions[7][:3] == bytes((0x80, 0xFF, 0xFD)), "as the publisher wrote it"
        assert [int.from_bytes(head.extensions[5]) for head in heads] == list(range(8))
        assert {tuple(head.extensions) for _, head in shown(other)} == {(5,)}


def test_fewer_pictures_a_second_are_a_target_as_well(plane: Plane, party: MediaParty, subscriber: MediaParty) -> None:
    source = begun(plane, party, subscriber, Target(0, 0), L1T2)
    plane.poll(0.0)
    assert [name for name, _ in shown(subscriber)] == picture(1, "a")
    aim(plane, subscriber, Target(0, 1))
    source.picture()
    plane.poll(0.1)
    assert [name for name, _ in shown(subscriber)], "the lower layer goes on"


def test_it_is_counted_what_each_layer_costs(plane: Plane, party: MediaParty, subscriber: MediaParty) -> None:
    for layers, upper in ((L2T1, 4), (L2T1_KEY, 2)):
        source = LayeredSource(party, layers)
        source.sequence = 100 if upper == 4 else 9_000
        before = plane.sources(party.peer)
        source.picture(key=True)
        source.picture()
        plane.poll(0.0)
        small, large = plane.sources(party.peer)[0].layers
        if before:
            small, large = small - before[0].layers[0], large - before[0].layers[1]
        assert (small, large) == (4 * 5, (4 + upper) * 5)


def test_it_is_counted_what_each_frame_rate_of_the_least_size_costs(plane: Plane, party: MediaParty) -> None:
    for number, kind in enumerate((0, 2, 1, 2)):  # key, upper, lower, upper
        said = descriptor(number, kind, attached=None if number else L1T2)
        fields = {"payload_type": 98, "ssrc": 40, "timestamp": number}
        party.send(b"\x28\x00frame", sequence=number, extensions={13: said}, **fields)
    plane.poll(0.0)
    (source,) = plane.sources(party.peer)
    assert (source.paces, source.layers) == ((2 * 7, 4 * 7), (4 * 7,))


def test_a_descriptor_that_is_none_is_passed_over(plane: Plane, party: MediaParty, subscriber: MediaParty) -> None:
    aim(plane, subscriber, SMALL, wants=7)
    fields = {"payload_type": 98, "ssrc": 40, "timestamp": 1}
    party.send(b"\x28\x00first", sequence=1, extensions={13: b"\xc0\0"}, **fields)
    party.send(b"\x28\x00again", sequence=2, extensions={13: b"\xc0\0\1\xff" + bytes(90)}, **fields)
    party.send(b"\x28\x00other", sequence=3, extensions={13: b"\xc0\0\1"}, **fields)
    plane.poll(0.0)
    assert [(name, 7 in head.extensions) for name, head in shown(subscriber)] == [
        ("first", False),
        ("again", False),
        ("other", True),
    ]
