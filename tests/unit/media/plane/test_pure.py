"""The plane as its caller sees it: real sockets on the loopback interface, real SRTP, time as an argument."""

import pytest

from media.plane.interface import Extensions, PeerIndex, Plane, Profile, Route, RouteIndex
from media.plane.pure import DATAGRAMS_A_TURN
from tests.support.media_party import MediaParty
from tests.support.media_stage import (
    AUDIO,
    AUDIO_IN,
    DELTA,
    KEY,
    PUBLISHED,
    VIDEO,
    VIDEO_IN,
    audio_route,
    numbers,
    send_audio,
    send_video,
    video_route,
)


def test_everything_of_a_packet_that_is_the_subscribers_is_rewritten(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    send_video(publisher, 500, KEY, marker=True, extensions={4: b"v", 3: b"\x00\x07", 13: b"private"})
    plane.poll(0.0)
    ((head, payload),) = subscriber.received()
    assert (head.ssrc, head.payload_type, head.marker, head.timestamp) == (7_000, 100, True, 45_000)
    assert head.sequence < 32_768
    assert head.extensions == {5: b"\x00\x00", 9: b"0"}
    assert payload == KEY


@pytest.mark.parametrize("profile", list(Profile))
def test_every_profile_is_forwarded(profile: Profile, plane: Plane, subscriber: MediaParty) -> None:
    with MediaParty(plane, 5, profile) as publisher:
        plane.set_ingress(publisher.peer, (AUDIO_IN,), PUBLISHED)
        plane.set_route(AUDIO, audio_route(subscriber))
        send_audio(publisher, 1)
        plane.poll(0.0)
        assert [payload for _, payload in subscriber.received()] == [b"sound"]


def test_the_audio_level_travels_on_and_what_was_not_negotiated_does_not(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    send_audio(publisher, 1, extensions={1: b"\x85", 2: b"abc"})
    send_audio(publisher, 2)
    plane.poll(0.0)
    first, second = (head.extensions for head, _ in subscriber.received())
    assert first == {5: b"\x00\x00", 6: b"\x85", 9: b"1"}
    assert second == {5: b"\x00\x01", 9: b"1"}


def test_the_absolute_send_time_travels_on_where_both_negotiated_it(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    ids = Extensions(abs_send_time=8)
    plane.set_route(AUDIO, Route(RouteIndex(1), subscriber.peer, 1, {111: 63}, None, {}, "", ids, PUBLISHED))
    send_audio(publisher, 1, extensions={2: b"abc"})
    plane.poll(0.0)
    assert [head.extensions for head, _ in subscriber.received()] == [{8: b"abc"}]


def test_a_subscriber_without_extensions_gets_a_bare_header(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    route = Route(RouteIndex(1), subscriber.peer, 1, {111: 63}, None, {}, "m", Extensions(), PUBLISHED)
    plane.set_route(AUDIO, route)
    send_audio(publisher, 1, extensions={1: b"\x85"})
    plane.poll(0.0)
    assert [(head.payload_start, payload) for head, payload in subscriber.received()] == [(12, b"sound")]


def test_one_connection_counts_its_transport_numbers_across_tracks(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    plane.set_route(AUDIO, audio_route(subscriber))
    for sequence in range(3):
        send_video(publisher, sequence, KEY)
        send_audio(publisher, sequence)
        plane.poll(0.0)
    counted = [int.from_bytes(head.extensions[5]) for head, _ in subscriber.received()]
    assert counted == list(range(6))


def test_packets_of_one_frame_come_whole_though_their_sizes_were_made_equal(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    payloads = [KEY + bytes(size) for size in (900, 901, 899, 901, 300)]
    for sequence, payload in enumerate(payloads):
        send_video(publisher, sequence, payload)
    plane.poll(0.0)
    assert [payload for _, payload in subscriber.received()] == payloads


def test_where_the_kernel_cuts_no_datagrams_each_is_sent_by_itself(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.plane.port._UDP_SEGMENT", 9_999)
    plane.set_route(VIDEO, video_route(subscriber))
    for sequence in range(5):
        send_video(publisher, sequence, KEY)
    plane.poll(0.0)
    assert len(subscriber.received()) == 5


def test_a_picture_begins_with_a_key_frame_and_the_turn_says_who_waits(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    send_video(publisher, 1)
    assert plane.poll(0.0).waiting == [VIDEO]
    for sequence, payload in ((2, DELTA), (3, KEY), (4, DELTA)):
        send_video(publisher, sequence, payload)
    assert plane.poll(0.0).waiting == []
    assert [payload for _, payload in subscriber.received()] == [KEY, DELTA]


def test_sound_begins_at_once(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    send_audio(publisher, 77)
    plane.poll(0.0)
    assert len(subscriber.received()) == 1


def test_a_packet_from_before_the_key_frame_is_not_sent_when_it_comes_late(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(VIDEO, video_route(subscriber))
    for sequence, payload in ((10, KEY), (9, DELTA), (11, DELTA)):
        send_video(publisher, sequence, payload)
        plane.poll(0.0)
    first, second = numbers(subscriber)
    assert second == first + 1


def test_a_track_says_once_that_it_has_started(plane: Plane, publisher: MediaParty) -> None:
    send_audio(publisher, 1)
    assert plane.poll(0.0).started == [(AUDIO, 111)]
    send_audio(publisher, 2)
    assert plane.poll(0.0).started == []


def test_a_subscriber_without_keys_or_address_begins_when_it_has_both(plane: Plane, publisher: MediaParty) -> None:
    with MediaParty(plane, 3, joins=False) as late:
        plane.set_route(AUDIO, audio_route(late))
        plane.bind(late.peer, late.address)
        send_audio(publisher, 1)
        plane.poll(0.0)
        plane.add_peer(late.peer, late.keys)
        send_audio(publisher, 2)
        plane.poll(0.0)
        assert len(late.received()) == 1


def test_odd_datagrams_are_counted_and_nothing_else_happens(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
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


def test_control_datagrams_come_out_with_their_sender(plane: Plane, publisher: MediaParty) -> None:
    for datagram in (b"\x00\x01stun", b"\x16\xfe\xfddtls"):
        publisher.send_raw(datagram)
    assert plane.poll(0.0).datagrams == [(b"\x00\x01stun", publisher.address), (b"\x16\xfe\xfddtls", publisher.address)]
    plane.send(b"\x01\x01answer", publisher.address)
    assert publisher.received_raw() == [b"\x01\x01answer"]


def test_a_turn_is_bounded_and_says_that_there_is_more(plane: Plane, publisher: MediaParty) -> None:
    for _ in range(DATAGRAMS_A_TURN + 1):
        publisher.send_raw(b"\x00\x01")
    turn = plane.poll(0.0)
    assert (len(turn.datagrams), turn.more) == (DATAGRAMS_A_TURN, True)
    turn = plane.poll(0.0)
    assert (len(turn.datagrams), turn.more) == (1, False)


def test_control_packets_are_unprotected_and_protected(plane: Plane, publisher: MediaParty) -> None:
    compound = b"\x80\xc9\x00\x01\x00\x00\x00\x01"
    publisher.send_rtcp(compound)
    assert plane.poll(0.0).rtcp == [(publisher.peer, compound, 0.0)]
    plane.send_rtcp(publisher.peer, compound)
    assert publisher.received_rtcp() == [compound]


def test_forged_control_packets_go_no_farther(plane: Plane, publisher: MediaParty) -> None:
    publisher.send_raw(b"\x80\xc9\x00\x01" + bytes(40))
    assert plane.poll(0.0).rtcp == []
    assert plane.counters()["dropped_forged"] == 1


def test_control_packets_to_nobody_are_counted(plane: Plane) -> None:
    plane.bind(PeerIndex(5), ("127.0.0.1", 9))
    for peer in (5, 6):
        plane.send_rtcp(PeerIndex(peer), bytes(8))
    assert plane.counters()["dropped_rtcp_unsent"] == 2


def test_a_peer_that_is_removed_sends_and_gets_nothing(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
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
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
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


def test_a_track_left_out_of_the_next_offer_ends(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    send_audio(publisher, 1)
    plane.set_ingress(publisher.peer, (VIDEO_IN,), PUBLISHED)
    send_audio(publisher, 2)
    plane.poll(0.0)
    assert subscriber.received() == []
    assert plane.counters()["dropped_unassigned"] == 2


def test_the_pure_plane_is_a_plane(plane: Plane) -> None:
    seam: Plane = plane
    assert seam.port == plane.port
    assert seam.fileno() >= 0
