"""What a subscriber sees of a publisher who jumps, changes or comes back: one unbroken stream."""

from media.plane.interface import Ingress, Plane, Route, TrackIndex
from tests.support.media_party import MediaParty
from tests.support.media_stage import (
    AUDIO,
    DELTA,
    KEY,
    PUBLISHED,
    SUBSCRIBED,
    VIDEO,
    VIDEO_IN,
    audio_route,
    numbers,
    send_audio,
    send_video,
    video_route,
)


def test_gaps_and_order_of_the_publisher_are_kept(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    for sequence in (65_534, 65_535, 65_537, 65_540, 65_538):
        send_video(publisher, sequence, KEY)
    plane.poll(0.0)
    first, *others = numbers(subscriber)
    assert [(number - first) & 0xFFFF for number in others] == [1, 3, 6, 4]


def test_a_hundred_thousand_packets_wrap_around_without_a_break(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    previous: int | None = None
    for start in range(0, 100_000, 500):
        for sequence in range(start, start + 500, 100):
            send_audio(publisher, sequence & 0xFFFF, timestamp=sequence)
        plane.poll(start / 1_000)
        for number in numbers(subscriber):
            assert previous is None or (number - previous) & 0xFFFF == 100
            previous = number


def test_another_ssrc_on_the_same_track_leaves_no_hole_and_time_moves_on(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    send_video(publisher, 100, KEY, timestamp=9_000)
    plane.poll(1.0)
    send_video(publisher, 40_000, DELTA, ssrc=60, timestamp=5)
    assert plane.poll(2.0).waiting == [VIDEO]
    send_video(publisher, 40_001, KEY, ssrc=60, timestamp=10)
    send_video(publisher, 40_002, DELTA, ssrc=60, timestamp=3_010)
    plane.poll(2.0)
    (first, _), (second, _), (third, _) = subscriber.received()
    assert [second.sequence - first.sequence, third.sequence - first.sequence] == [1, 2]
    assert second.timestamp - first.timestamp == 90_000
    assert third.timestamp - second.timestamp == 3_000


def test_an_ssrc_that_was_followed_by_another_cannot_take_the_track_back_and_forth(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    for sequence in range(6):
        send_video(publisher, sequence, KEY, ssrc=40 if sequence % 2 else 60)
        plane.poll(0.1 * sequence)
    assert plane.counters()["dropped_superseded"] == 2
    send_video(publisher, 9, KEY, ssrc=60)
    plane.poll(5.0)
    assert len(subscriber.received()) == 5


def test_a_great_jump_of_the_publisher_is_closed_up(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    for sequence in (1, 2, 9_000, 9_001):
        send_video(publisher, sequence, KEY)
        assert plane.poll(sequence).missing == []
    first, *others = numbers(subscriber)
    assert [number - first for number in others] == [1, 2, 3]


def test_a_route_moved_to_another_track_goes_on_under_its_ssrc(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    other = TrackIndex(7)
    with MediaParty(plane, 4) as second:
        section = Ingress(other, True, "v", frozenset(), frozenset(), VIDEO_IN.codecs)
        plane.set_ingress(second.peer, (section,), PUBLISHED)
        plane.set_route(VIDEO, video_route(subscriber))
        send_video(publisher, 10, KEY)
        plane.poll(0.0)
        plane.set_route(other, video_route(subscriber))
        send_video(publisher, 11, KEY)
        send_video(second, 500, DELTA)
        send_video(second, 501, KEY)
        plane.poll(0.1)
    first, following = numbers(subscriber)
    assert following == first + 1


def test_a_renegotiated_route_keeps_its_numbering_and_counters(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = video_route(subscriber)
    plane.set_route(VIDEO, route)
    send_video(publisher, 1, KEY)
    plane.poll(0.0)
    changed = Route(route.route, route.peer, route.ssrc, {96: 102}, None, {}, "5", SUBSCRIBED, PUBLISHED)
    plane.set_route(VIDEO, changed)
    send_video(publisher, 2)
    plane.poll(0.0)
    (first, _), (second, _) = subscriber.received()
    assert (second.sequence, second.payload_type) == (first.sequence + 1, 102)
    counters = plane.route(route.route)
    assert counters is not None
    assert (counters.packets, counters.octets) == (2, len(KEY) + len(DELTA))
