"""The plane as its caller sees it: real sockets on the loopback interface, real SRTP, time as an argument."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from media.plane.endpoint import MAX_SOURCES_EVER
from media.plane.interface import Codec, Extensions, Ingress, PeerIndex, Plane, Profile, Route, RouteIndex, TrackIndex
from media.plane.pure import DATAGRAMS_A_TURN, PurePlane
from media.recorder import tap
from media.rtp import header
from tests.support.media_party import MediaParty

VIDEO, AUDIO = TrackIndex(0), TrackIndex(1)
KEY, DELTA = b"\x10\x00key", b"\x10\x01delta"
PUBLISHED = Extensions(mid=4, transport_cc=3, audio_level=1, abs_send_time=2)
SUBSCRIBED = Extensions(mid=9, transport_cc=5, audio_level=6)
VIDEO_IN = Ingress(VIDEO, True, "v", frozenset(), frozenset(), (Codec("vp8", 96, 97, 90_000),))
AUDIO_IN = Ingress(AUDIO, False, "a", frozenset({50}), frozenset(), (Codec("opus", 111, None, 48_000),))


@pytest.fixture
def plane() -> Iterator[PurePlane]:
    plane = PurePlane("127.0.0.1")
    yield plane
    plane.close()


@pytest.fixture
def publisher(plane: PurePlane) -> Iterator[MediaParty]:
    with MediaParty(plane, 0) as party:
        plane.set_ingress(party.peer, (VIDEO_IN, AUDIO_IN), PUBLISHED)
        yield party


@pytest.fixture
def subscriber(plane: PurePlane) -> Iterator[MediaParty]:
    with MediaParty(plane, 1) as party:
        yield party


def video_route(subscriber: MediaParty, *, rtx: bool = True, number: int = 0, ssrc: int = 7_000) -> Route:
    rtx_ssrc, rtx_types = (ssrc + 1, {100: 101}) if rtx else (None, {})
    index, types = RouteIndex(number), {96: 100}
    return Route(index, subscriber.peer, ssrc, types, rtx_ssrc, rtx_types, "0", SUBSCRIBED, PUBLISHED)


def audio_route(subscriber: MediaParty) -> Route:
    return Route(RouteIndex(9), subscriber.peer, 8_000, {111: 63}, None, {}, "1", SUBSCRIBED, PUBLISHED)


def send_video(publisher: MediaParty, sequence: int, payload: bytes = DELTA, **fields: object) -> None:
    fields = {"timestamp": 90 * sequence, "ssrc": 40, "payload_type": 96, "extensions": {4: b"v"}} | fields
    publisher.send(payload, sequence=sequence & 0xFFFF, **fields)


def send_repair(publisher: MediaParty, sequence: int, original: int, payload: bytes = DELTA) -> None:
    send_video(publisher, sequence, original.to_bytes(2) + payload, payload_type=97, ssrc=41, timestamp=90 * original)


def send_audio(publisher: MediaParty, sequence: int, **fields: object) -> None:
    fields = {"timestamp": 960 * sequence, "ssrc": 50, "payload_type": 111} | fields
    publisher.send(b"sound", sequence=sequence, **fields)


def numbers(subscriber: MediaParty) -> list[int]:
    return [head.sequence for head, _ in subscriber.received()]


# What a subscriber gets


def test_everything_of_a_packet_that_is_the_subscribers_is_rewritten(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    send_video(publisher, 500, KEY, marker=True, extensions={4: b"v", 3: b"\x00\x07", 13: b"private"})
    plane.poll(0.0)
    ((head, payload),) = subscriber.received()
    assert (head.ssrc, head.payload_type, head.marker, head.timestamp) == (7_000, 100, True, 45_000)
    assert head.sequence < 32_768
    assert head.extensions == {5: b"\x00\x00", 9: b"0"}
    assert payload == KEY


@pytest.mark.parametrize("profile", list(Profile))
def test_every_profile_is_forwarded(profile: Profile, plane: PurePlane, subscriber: MediaParty) -> None:
    with MediaParty(plane, 5, profile) as publisher:
        plane.set_ingress(publisher.peer, (AUDIO_IN,), PUBLISHED)
        plane.set_routes(AUDIO, (audio_route(subscriber),))
        send_audio(publisher, 1)
        plane.poll(0.0)
        assert [payload for _, payload in subscriber.received()] == [b"sound"]


def test_the_audio_level_travels_on_and_what_was_not_negotiated_does_not(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    send_audio(publisher, 1, extensions={1: b"\x85", 2: b"abc"})
    send_audio(publisher, 2)
    plane.poll(0.0)
    first, second = (head.extensions for head, _ in subscriber.received())
    assert first == {5: b"\x00\x00", 6: b"\x85", 9: b"1"}
    assert second == {5: b"\x00\x01", 9: b"1"}


def test_the_absolute_send_time_travels_on_where_both_negotiated_it(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    ids = Extensions(abs_send_time=8)
    plane.set_routes(AUDIO, (Route(RouteIndex(1), subscriber.peer, 1, {111: 63}, None, {}, "", ids, PUBLISHED),))
    send_audio(publisher, 1, extensions={2: b"abc"})
    plane.poll(0.0)
    assert [head.extensions for head, _ in subscriber.received()] == [{8: b"abc"}]


def test_a_subscriber_without_extensions_gets_a_bare_header(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = Route(RouteIndex(1), subscriber.peer, 1, {111: 63}, None, {}, "m", Extensions(), PUBLISHED)
    plane.set_routes(AUDIO, (route,))
    send_audio(publisher, 1, extensions={1: b"\x85"})
    plane.poll(0.0)
    assert [(head.payload_start, payload) for head, payload in subscriber.received()] == [(12, b"sound")]


def test_one_connection_counts_its_transport_numbers_across_tracks(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    for sequence in range(3):
        send_video(publisher, sequence, KEY)
        send_audio(publisher, sequence)
        plane.poll(0.0)
    counted = [int.from_bytes(head.extensions[5]) for head, _ in subscriber.received()]
    assert counted == list(range(6))


def test_packets_of_one_frame_come_whole_though_their_sizes_were_made_equal(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    payloads = [KEY + bytes(size) for size in (900, 901, 899, 901, 300)]
    for sequence, payload in enumerate(payloads):
        send_video(publisher, sequence, payload)
    plane.poll(0.0)
    assert [payload for _, payload in subscriber.received()] == payloads


def test_where_the_kernel_cuts_no_datagrams_each_is_sent_by_itself(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.plane.port._UDP_SEGMENT", 9_999)
    plane.set_routes(VIDEO, (video_route(subscriber),))
    for sequence in range(5):
        send_video(publisher, sequence, KEY)
    plane.poll(0.0)
    assert len(subscriber.received()) == 5


# Beginning


def test_a_picture_begins_with_a_key_frame_and_the_turn_says_who_waits(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    send_video(publisher, 1)
    assert plane.poll(0.0).waiting == [VIDEO]
    for sequence, payload in ((2, DELTA), (3, KEY), (4, DELTA)):
        send_video(publisher, sequence, payload)
    assert plane.poll(0.0).waiting == []
    assert [payload for _, payload in subscriber.received()] == [KEY, DELTA]


def test_sound_begins_at_once(plane: PurePlane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    send_audio(publisher, 77)
    plane.poll(0.0)
    assert len(subscriber.received()) == 1


def test_a_packet_from_before_the_key_frame_is_not_sent_when_it_comes_late(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    for sequence, payload in ((10, KEY), (9, DELTA), (11, DELTA)):
        send_video(publisher, sequence, payload)
        plane.poll(0.0)
    first, second = numbers(subscriber)
    assert second == first + 1


def test_a_track_says_once_that_it_has_started(plane: PurePlane, publisher: MediaParty) -> None:
    send_audio(publisher, 1)
    assert plane.poll(0.0).started == [(AUDIO, 111)]
    send_audio(publisher, 2)
    assert plane.poll(0.0).started == []


def test_a_subscriber_without_keys_or_address_begins_when_it_has_both(plane: PurePlane, publisher: MediaParty) -> None:
    with MediaParty(plane, 3, joins=False) as late:
        plane.set_routes(AUDIO, (audio_route(late),))
        plane.bind(late.peer, late.address)
        send_audio(publisher, 1)
        plane.poll(0.0)
        plane.add_peer(late.peer, late.keys)
        send_audio(publisher, 2)
        plane.poll(0.0)
        assert len(late.received()) == 1


# Numbering


def test_gaps_and_order_of_the_publisher_are_kept(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    for sequence in (65_534, 65_535, 65_537, 65_540, 65_538):
        send_video(publisher, sequence, KEY)
    plane.poll(0.0)
    first, *others = numbers(subscriber)
    assert [(number - first) & 0xFFFF for number in others] == [1, 3, 6, 4]


def test_a_hundred_thousand_packets_wrap_around_without_a_break(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    previous: int | None = None
    for start in range(0, 100_000, 500):
        for sequence in range(start, start + 500, 100):
            send_audio(publisher, sequence & 0xFFFF, timestamp=sequence)
        plane.poll(start / 1_000)
        for number in numbers(subscriber):
            assert previous is None or (number - previous) & 0xFFFF == 100
            previous = number


def test_another_ssrc_on_the_same_track_leaves_no_hole_and_time_moves_on(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
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
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    for sequence in range(6):
        send_video(publisher, sequence, KEY, ssrc=40 if sequence % 2 else 60)
        plane.poll(0.1 * sequence)
    assert plane.counters()["dropped_superseded"] == 2
    send_video(publisher, 9, KEY, ssrc=60)
    plane.poll(5.0)
    assert len(subscriber.received()) == 5


def test_a_great_jump_of_the_publisher_is_closed_up(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    for sequence in (1, 2, 9_000, 9_001):
        send_video(publisher, sequence, KEY)
        assert plane.poll(sequence).missing == []
    first, *others = numbers(subscriber)
    assert [number - first for number in others] == [1, 2, 3]


def test_a_route_moved_to_another_track_goes_on_under_its_ssrc(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    other = TrackIndex(7)
    with MediaParty(plane, 4) as second:
        section = Ingress(other, True, "v", frozenset(), frozenset(), VIDEO_IN.codecs)
        plane.set_ingress(second.peer, (section,), PUBLISHED)
        plane.set_routes(VIDEO, (video_route(subscriber),))
        send_video(publisher, 10, KEY)
        plane.poll(0.0)
        plane.set_routes(other, (video_route(subscriber),))
        send_video(publisher, 11, KEY)
        send_video(second, 500, DELTA)
        send_video(second, 501, KEY)
        plane.poll(0.1)
    first, following = numbers(subscriber)
    assert following == first + 1


def test_a_renegotiated_route_keeps_its_numbering_and_counters(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = video_route(subscriber)
    plane.set_routes(VIDEO, (route,))
    send_video(publisher, 1, KEY)
    plane.poll(0.0)
    changed = Route(route.route, route.peer, route.ssrc, {96: 102}, None, {}, "5", SUBSCRIBED, PUBLISHED)
    plane.set_routes(VIDEO, (changed,))
    send_video(publisher, 2)
    plane.poll(0.0)
    (first, _), (second, _) = subscriber.received()
    assert (second.sequence, second.payload_type) == (first.sequence + 1, 102)
    counters = plane.route(route.route)
    assert counters is not None
    assert (counters.packets, counters.octets) == (2, len(KEY) + len(DELTA))


# Repairs and duplicates


def test_a_lost_packet_is_asked_for_and_its_repair_takes_its_place(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
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


def test_repeats_of_old_media_go_no_farther(plane: PurePlane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    send_repair(publisher, 1, original=5)
    send_video(publisher, 5, KEY)
    for sequence in range(2, 10):
        send_repair(publisher, sequence, original=5)
    send_repair(publisher, 10, original=30_000)
    plane.poll(0.0)
    assert len(subscriber.received()) == 1
    assert plane.counters()["dropped_duplicate"] == 10


def test_padding_alone_is_dropped_as_a_repair_and_keeps_its_number_as_media(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
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
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    send_video(publisher, 1, KEY, marker=True)
    plane.poll(0.0)
    (lost,) = numbers(subscriber)
    assert plane.retransmit(RouteIndex(0), [lost, lost + 1, lost - 1], now=0.1) == 1
    ((head, payload),) = subscriber.received()
    assert (head.ssrc, head.payload_type, head.timestamp, head.marker) == (7_001, 101, 90, True)
    assert payload == lost.to_bytes(2) + KEY
    assert head.extensions == {5: b"\x00\x01", 9: b"0"}


def test_a_subscriber_without_rtx_gets_the_very_bytes_again_once_it_has_asked(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber, rtx=False),))
    send_video(publisher, 1, KEY)
    plane.poll(0.0)
    (first,) = numbers(subscriber)
    assert plane.retransmit(RouteIndex(0), [first], now=0.0) == 0
    send_video(publisher, 2)
    plane.poll(0.0)
    (datagram,) = subscriber.received_raw()
    assert plane.retransmit(RouteIndex(0), [first + 1], now=0.0) == 1
    assert subscriber.received_raw() == [datagram]


def test_greed_for_repeats_is_bounded(plane: PurePlane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_routes(VIDEO, (video_route(subscriber),))
    send_video(publisher, 1, KEY)
    plane.poll(0.0)
    (lost,) = numbers(subscriber)
    asked = sum(plane.retransmit(RouteIndex(0), [lost] * 300, now=1.0) for _ in range(10))
    assert asked == 512
    assert plane.counters()["dropped_repairs"] == 3_000 - 512


def test_a_repeat_of_an_unknown_route_is_none(plane: PurePlane) -> None:
    assert plane.retransmit(RouteIndex(99), [1, 2], now=0.0) == 0


# Whom a packet is believed


def test_without_the_key_nothing_is_forwarded_whatever_the_ssrc(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    forged = header.build(b"sound", payload_type=111, sequence=1, timestamp=0, ssrc=50) + bytes(16)
    publisher.send_raw(forged)
    plane.poll(0.0)
    assert plane.counters()["dropped_forged"] == 1
    assert subscriber.received_raw() == publisher.received_raw() == []


def test_what_comes_from_an_address_nobody_has_validated_is_dropped(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    with MediaParty(plane, 8, joins=False) as stranger:
        packet = publisher.protect(header.build(b"sound", payload_type=111, sequence=1, timestamp=0, ssrc=50))
        stranger.send_raw(packet)
        stranger.send_rtcp(b"\x80\xc9\x00\x01\x00\x00\x00\x01")
        turn = plane.poll(0.0)
        assert stranger.received_raw() == []
    assert turn.rtcp == []
    assert turn.arrivals == []
    assert plane.counters()["dropped_unbound"] == 2


def test_a_replayed_packet_is_dropped(plane: PurePlane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    packet = publisher.protect(header.build(b"sound", payload_type=111, sequence=1, timestamp=0, ssrc=50))
    for _ in range(3):
        publisher.send_raw(packet)
    plane.poll(0.0)
    assert len(subscriber.received()) == 1
    assert plane.counters()["dropped_replayed"] == 2


def test_packets_overtaken_by_a_thousand_others_still_arrive(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    late, *others = [
        publisher.protect(header.build(b"sound", payload_type=111, sequence=sequence, timestamp=0, ssrc=50))
        for sequence in range(1_026)
    ]
    arrived = []
    for index, datagram in enumerate([others[0], *others[1:], late]):
        publisher.send_raw(datagram)
        if index % 50 == 0:
            plane.poll(0.0)
            arrived += numbers(subscriber)
    plane.poll(0.0)
    arrived += numbers(subscriber)
    assert len(arrived) == 1_025
    assert plane.counters().get("dropped_replayed", 0) == 0


def test_another_participants_ssrc_is_nothing_special(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    with MediaParty(plane, 6) as liar:
        plane.set_ingress(liar.peer, (Ingress(TrackIndex(5), False, "x", frozenset(), frozenset(), ()),), PUBLISHED)
        send_audio(publisher, 10)
        send_audio(liar, 11)
        send_audio(publisher, 11)
        plane.poll(0.0)
    assert len(subscriber.received()) == 2
    assert plane.counters()["dropped_unassigned"] == 1


def test_ssrcs_without_number_are_refused_and_harm_nobody(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    send_audio(publisher, 1)
    for ssrc in range(1_000, 2_000):
        send_audio(publisher, 1, ssrc=ssrc)
        plane.poll(0.0)
    send_audio(publisher, 2)
    plane.poll(0.0)
    assert len(subscriber.received()) == 2
    assert plane.counters()["dropped_unassigned"] == MAX_SOURCES_EVER - 1
    assert plane.counters()["dropped_too_many_sources"] == 1_000 - MAX_SOURCES_EVER + 1


def test_a_participant_has_at_most_thirty_two_ssrcs_on_its_tracks(plane: PurePlane, publisher: MediaParty) -> None:
    for ssrc in range(40):
        send_video(publisher, 1, KEY, ssrc=ssrc)
        plane.poll(0.0)
    assert len(plane.sources(publisher.peer)) == 32
    assert plane.counters()["dropped_too_many_sources"] == 8


def test_after_a_minute_an_unused_ssrc_makes_room(plane: PurePlane, publisher: MediaParty) -> None:
    for ssrc in range(40):
        send_video(publisher, 1, KEY, ssrc=ssrc)
        plane.poll(0.0)
    send_video(publisher, 1, KEY, ssrc=99)
    plane.poll(61.0)
    assert [source.ssrc for source in plane.sources(publisher.peer)] == [99]


def test_an_address_belongs_to_the_last_who_proved_to_be_there(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    plane.bind(PeerIndex(77), publisher.address)
    send_audio(publisher, 1)
    plane.poll(0.0)
    assert plane.counters()["dropped_no_keys"] == 1
    assert subscriber.received_raw() == []


def test_a_peer_that_moves_is_heard_from_both_addresses_and_sent_to_the_new(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    with MediaParty(plane, 8, joins=False) as elsewhere:
        plane.bind(subscriber.peer, elsewhere.address)
        send_audio(publisher, 1)
        subscriber.send_rtcp(b"\x80\xc9\x00\x01\x00\x00\x00\x01")
        turn = plane.poll(0.0)
        assert len(elsewhere.received_raw()) == 1
    assert [peer for peer, _ in turn.rtcp] == [subscriber.peer]


# The rest of the traffic


def test_odd_datagrams_are_counted_and_nothing_else_happens(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    with MediaParty(plane, 8, joins=False) as stranger:
        for sender in (publisher, stranger):
            for datagram in (b"", b"\x80", bytes([128]) * 11, bytes([144]) * 9_000, b"\x40\x40", b"\xc8\xc8"):
                sender.send_raw(datagram)
        send_audio(publisher, 1)
        turn = plane.poll(0.0)
    assert turn.datagrams == []
    assert len(subscriber.received()) == 1
    dropped = {name: count for name, count in plane.counters().items() if name.startswith("dropped_") and count}
    assert dropped == {"dropped_unknown": 10, "dropped_forged": 1, "dropped_unbound": 1}


def test_control_datagrams_come_out_with_their_sender(plane: PurePlane, publisher: MediaParty) -> None:
    for datagram in (b"\x00\x01stun", b"\x16\xfe\xfddtls"):
        publisher.send_raw(datagram)
    assert plane.poll(0.0).datagrams == [(b"\x00\x01stun", publisher.address), (b"\x16\xfe\xfddtls", publisher.address)]
    plane.send(b"\x01\x01answer", publisher.address)
    assert publisher.received_raw() == [b"\x01\x01answer"]


def test_a_turn_is_bounded_and_says_that_there_is_more(plane: PurePlane, publisher: MediaParty) -> None:
    for _ in range(DATAGRAMS_A_TURN + 1):
        publisher.send_raw(b"\x00\x01")
    turn = plane.poll(0.0)
    assert (len(turn.datagrams), turn.more) == (DATAGRAMS_A_TURN, True)
    turn = plane.poll(0.0)
    assert (len(turn.datagrams), turn.more) == (1, False)


def test_control_packets_are_unprotected_and_protected(plane: PurePlane, publisher: MediaParty) -> None:
    compound = b"\x80\xc9\x00\x01\x00\x00\x00\x01"
    publisher.send_rtcp(compound)
    assert plane.poll(0.0).rtcp == [(publisher.peer, compound)]
    plane.send_rtcp(publisher.peer, compound)
    assert publisher.received_rtcp() == [compound]


def test_forged_control_packets_go_no_farther(plane: PurePlane, publisher: MediaParty) -> None:
    publisher.send_raw(b"\x80\xc9\x00\x01" + bytes(40))
    assert plane.poll(0.0).rtcp == []
    assert plane.counters()["dropped_forged"] == 1


def test_control_packets_to_nobody_are_counted(plane: PurePlane) -> None:
    plane.bind(PeerIndex(5), ("127.0.0.1", 9))
    for peer in (5, 6):
        plane.send_rtcp(PeerIndex(peer), bytes(8))
    assert plane.counters()["dropped_rtcp_unsent"] == 2


def test_arrivals_carry_the_transport_number(plane: PurePlane, publisher: MediaParty) -> None:
    send_audio(publisher, 1, extensions={3: b"\x01\x02"})
    send_audio(publisher, 2, extensions={1: b"\x80"})
    assert plane.poll(4.0).arrivals == [(publisher.peer, 0x102, 4.0), (publisher.peer, -1, 4.0)]


def test_reception_is_counted_for_reports(plane: PurePlane, publisher: MediaParty) -> None:
    for sequence in (1, 2, 5):
        send_audio(publisher, sequence)
        plane.poll(0.02 * sequence)
    (source,) = plane.sources(publisher.peer)
    assert (source.track, source.ssrc, source.packets, source.octets) == (AUDIO, 50, 3, 15)
    assert (source.highest_sequence, source.lost, source.last_packet) == (5, 2, 0.1)
    assert source.jitter == pytest.approx(0)


def test_the_recorder_gets_packets_as_they_were_published() -> None:
    worker, recorder = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    plane = PurePlane("127.0.0.1", tap=worker)
    with ExitStack() as stack, MediaParty(plane, 0) as publisher:
        for closing in (plane, worker, recorder):
            stack.callback(closing.close)
        plane.set_ingress(publisher.peer, (VIDEO_IN,), PUBLISHED)
        plane.set_tap(VIDEO, 12)
        send_video(publisher, 1, KEY)
        send_video(publisher, 3, DELTA)
        send_repair(publisher, 900, original=2)
        plane.poll(7.0)
        read = [tap.unpack(recorder.recv(2_000)) for _ in range(3)]
    packets = [packet for packet in read if isinstance(packet, tap.TappedPacket)]
    heads = [header.parse(packet.packet) for packet in packets]
    assert [(packet.stream, packet.arrival) for packet in packets] == [(12, 7.0)] * 3
    assert [(head.ssrc, head.payload_type, head.sequence) for head in heads] == [(40, 96, 1), (40, 96, 3), (40, 96, 2)]


def test_a_recorder_that_does_not_read_costs_only_its_own_packets() -> None:
    worker, recorder = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    plane = PurePlane("127.0.0.1", tap=worker)
    with ExitStack() as stack, MediaParty(plane, 0) as publisher, MediaParty(plane, 1) as subscriber:
        for closing in (plane, worker, recorder):
            stack.callback(closing.close)
        plane.set_ingress(publisher.peer, (VIDEO_IN,), PUBLISHED)
        plane.set_tap(VIDEO, 1)
        plane.set_routes(VIDEO, (video_route(subscriber),))
        arrived = 0
        for sequence in range(1_000):
            send_video(publisher, sequence, KEY + bytes(900))
            plane.poll(0.0)
            arrived += len(subscriber.received())
        assert arrived == 1_000
        assert plane.counters()["dropped_tap"] > 0


# Leaving


def test_a_peer_that_is_removed_sends_and_gets_nothing(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    send_audio(publisher, 1)
    plane.poll(0.0)
    plane.remove_peer(subscriber.peer)
    send_audio(publisher, 2)
    plane.poll(0.0)
    assert len(subscriber.received()) == 1
    assert plane.route(RouteIndex(9)) is None
    plane.remove_peer(publisher.peer)
    send_audio(publisher, 3)
    plane.poll(0.0)
    assert plane.counters()["dropped_unbound"] == 1
    assert plane.sources(publisher.peer) == []


def test_a_track_published_anew_by_another_peer_goes_on_without_a_hole(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    send_audio(publisher, 100)
    plane.poll(0.0)
    with MediaParty(plane, 4) as reloaded:
        plane.set_ingress(reloaded.peer, (AUDIO_IN,), PUBLISHED)
        send_audio(publisher, 101)
        send_audio(reloaded, 9)
        turn = plane.poll(1.0)
    first, second = numbers(subscriber)
    assert second == first + 1
    assert turn.started == [(AUDIO, 111)]


def test_a_track_left_out_of_the_next_offer_ends(
    plane: PurePlane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_routes(AUDIO, (audio_route(subscriber),))
    send_audio(publisher, 1)
    plane.set_ingress(publisher.peer, (VIDEO_IN,), PUBLISHED)
    send_audio(publisher, 2)
    plane.poll(0.0)
    assert subscriber.received() == []
    assert plane.counters()["dropped_unassigned"] == 2


def test_the_pure_plane_is_a_plane(plane: PurePlane) -> None:
    seam: Plane = plane
    assert seam.port == plane.port
    assert seam.fileno() >= 0
