"""Lost packets asked for, repeated and told apart, through a whole plane."""

from media.plane.interface import Plane, RouteIndex
from tests.support.media_party import MediaParty
from tests.support.media_stage import DELTA, KEY, VIDEO, numbers, send_repair, send_video, video_route


def test_a_lost_packet_is_asked_for_and_its_repair_takes_its_place(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    for sequence in (1, 2, 4):
        send_video(publisher, sequence, KEY)
    plane.poll(0.0)
    assert plane.poll(0.02).missing == [(VIDEO, 40, [3])]
    send_repair(publisher, 900, original=3)
    plane.poll(0.05)
    assert plane.poll(9.0).missing == []
    first, *others = subscriber.received()
    assert [head.sequence - first[0].sequence for head, _ in others] == [1, 3, 2]
    repaired = others[-1]
    assert (repaired[0].payload_type, repaired[1], repaired[0].timestamp) == (100, DELTA, 270)


def test_repeats_of_old_media_go_no_farther(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    send_repair(publisher, 1, original=5)
    send_video(publisher, 5, KEY)
    for sequence in range(2, 10):
        send_repair(publisher, sequence, original=5)
    send_repair(publisher, 10, original=30_000)
    plane.poll(0.0)
    assert len(subscriber.received()) == 1
    assert plane.counters()["dropped_duplicate"] == 10


def test_padding_alone_is_dropped_as_a_repair_and_keeps_its_number_as_media(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    send_video(publisher, 1, KEY)
    send_video(publisher, 900, b"", payload_type=97, ssrc=41, padding=200)
    send_video(publisher, 2, b"", padding=200)
    send_video(publisher, 3)
    plane.poll(0.0)
    read = subscriber.received()
    assert [payload for _, payload in read] == [KEY, b"", DELTA]
    assert read[2][0].sequence - read[0][0].sequence == 2
    assert plane.counters()["dropped_padding"] == 1


def test_a_subscriber_with_rtx_gets_a_packet_again_under_its_repair_ssrc(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    send_video(publisher, 1, KEY, marker=True)
    plane.poll(0.0)
    (lost,) = numbers(subscriber)
    assert plane.retransmit(RouteIndex(0), [lost, lost + 1, lost - 1], now=0.1) == 1
    ((head, payload),) = subscriber.received()
    assert (head.ssrc, head.payload_type, head.timestamp, head.marker) == (7_001, 101, 90, True)
    assert payload == lost.to_bytes(2) + KEY
    assert head.extensions == {5: b"\x00\x01", 9: b"0"}


def test_a_subscriber_without_rtx_gets_the_very_bytes_again_once_it_has_asked(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber, rtx=False))
    send_video(publisher, 1, KEY)
    plane.poll(0.0)
    (first,) = numbers(subscriber)
    assert plane.retransmit(RouteIndex(0), [first], now=0.0) == 0
    send_video(publisher, 2)
    plane.poll(0.0)
    (datagram,) = subscriber.received_raw()
    assert plane.retransmit(RouteIndex(0), [first + 1], now=0.0) == 1
    assert subscriber.received_raw() == [datagram]


def test_greed_for_repeats_is_bounded(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    send_video(publisher, 1, KEY)
    plane.poll(0.0)
    (lost,) = numbers(subscriber)
    asked = sum(plane.retransmit(RouteIndex(0), [lost] * 300, now=1.0) for _ in range(10))
    assert asked == 512
    assert plane.counters()["dropped_repairs"] == 3_000 - 512


def test_a_repeat_of_an_unknown_route_is_none(plane: Plane) -> None:
    assert plane.retransmit(RouteIndex(99), [1, 2], now=0.0) == 0
