"""Whom a packet is believed, and what is noted of it, through a whole plane."""

import pytest

from media.plane.endpoint import MAX_SOURCES_EVER
from media.plane.interface import Ingress, PeerIndex, Plane, TrackIndex
from media.rtp import header
from tests.support.media_party import MediaParty
from tests.support.media_stage import AUDIO, KEY, PUBLISHED, audio_route, numbers, send_audio, send_video


def test_without_the_key_nothing_is_forwarded_whatever_the_ssrc(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    forged = header.build(b"sound", payload_type=111, sequence=1, timestamp=0, ssrc=50) + bytes(16)
    publisher.send_raw(forged)
    plane.poll(0.0)
    assert plane.counters()["dropped_forged"] == 1
    assert subscriber.received_raw() == publisher.received_raw() == []


def test_what_comes_from_an_address_nobody_has_validated_is_dropped(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    with MediaParty(plane, 8, joins=False) as stranger:
        packet = publisher.protect(header.build(b"sound", payload_type=111, sequence=1, timestamp=0, ssrc=50))
        stranger.send_raw(packet)
        stranger.send_rtcp(b"\x80\xc9\x00\x01\x00\x00\x00\x01")
        turn = plane.poll(0.0)
        assert stranger.received_raw() == []
    assert turn.rtcp == []
    assert turn.arrivals == []
    assert plane.counters()["dropped_unbound"] == 2


def test_a_replayed_packet_is_dropped(plane: Plane, publisher: MediaParty, subscriber: MediaParty) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    packet = publisher.protect(header.build(b"sound", payload_type=111, sequence=1, timestamp=0, ssrc=50))
    for _ in range(3):
        publisher.send_raw(packet)
    plane.poll(0.0)
    assert len(subscriber.received()) == 1
    assert plane.counters()["dropped_replayed"] == 2


def test_packets_overtaken_by_a_thousand_others_still_arrive(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
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
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    with MediaParty(plane, 6) as liar:
        plane.set_ingress(liar.peer, (Ingress(TrackIndex(5), False, "x", frozenset(), frozenset(), ()),), PUBLISHED)
        send_audio(publisher, 10)
        send_audio(liar, 11)
        send_audio(publisher, 11)
        plane.poll(0.0)
    assert len(subscriber.received()) == 2
    assert plane.counters()["dropped_unassigned"] == 1


def test_ssrcs_without_number_are_refused_and_harm_nobody(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    send_audio(publisher, 1)
    for ssrc in range(1_000, 2_000):
        send_audio(publisher, 1, ssrc=ssrc)
        plane.poll(0.0)
    send_audio(publisher, 2)
    plane.poll(0.0)
    assert len(subscriber.received()) == 2
    assert plane.counters()["dropped_unassigned"] == MAX_SOURCES_EVER - 1
    assert plane.counters()["dropped_too_many_sources"] == 1_000 - MAX_SOURCES_EVER + 1


def test_a_participant_has_at_most_thirty_two_ssrcs_on_its_tracks(plane: Plane, publisher: MediaParty) -> None:
    for ssrc in range(40):
        send_video(publisher, 1, KEY, ssrc=ssrc)
        plane.poll(0.0)
    assert len(plane.sources(publisher.peer)) == 32
    assert plane.counters()["dropped_too_many_sources"] == 8


def test_after_a_minute_an_unused_ssrc_makes_room(plane: Plane, publisher: MediaParty) -> None:
    for ssrc in range(40):
        send_video(publisher, 1, KEY, ssrc=ssrc)
        plane.poll(0.0)
    send_video(publisher, 1, KEY, ssrc=99)
    plane.poll(61.0)
    assert [source.ssrc for source in plane.sources(publisher.peer)] == [99]


def test_an_address_belongs_to_the_last_who_proved_to_be_there(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    plane.bind(PeerIndex(77), publisher.address)
    send_audio(publisher, 1)
    plane.poll(0.0)
    assert plane.counters()["dropped_no_keys"] == 1
    assert subscriber.received_raw() == []


def test_a_peer_that_moves_is_heard_from_both_addresses_and_sent_to_the_new(
    plane: Plane, publisher: MediaParty, subscriber: MediaParty
) -> None:
    plane.set_route(AUDIO, audio_route(subscriber))
    with MediaParty(plane, 8, joins=False) as elsewhere:
        plane.bind(subscriber.peer, elsewhere.address)
        send_audio(publisher, 1)
        subscriber.send_rtcp(b"\x80\xc9\x00\x01\x00\x00\x00\x01")
        turn = plane.poll(0.0)
        assert len(elsewhere.received_raw()) == 1
    assert [peer for peer, *_ in turn.rtcp] == [subscriber.peer]


def test_arrivals_under_a_transport_number_are_told(plane: Plane, publisher: MediaParty) -> None:
    send_audio(publisher, 1, extensions={3: b"\x01\x02"})
    send_audio(publisher, 2, extensions={1: b"\x80"})
    assert plane.poll(4.0).arrivals == [(publisher.peer, 0x102, 4.0)]


def test_reception_is_counted_for_reports(plane: Plane, publisher: MediaParty) -> None:
    for sequence in (1, 2, 5):
        send_audio(publisher, sequence)
        plane.poll(0.02 * sequence)
    (source,) = plane.sources(publisher.peer)
    assert (source.track, source.ssrc, source.packets, source.octets) == (AUDIO, 50, 3, 15)
    assert (source.highest_sequence, source.lost, source.last_packet) == (5, 2, 0.1)
    assert source.jitter == pytest.approx(0)


def test_the_loudest_level_of_each_track_is_told_once(plane: Plane, publisher: MediaParty) -> None:
    for sequence, level in enumerate((0x80 | 90, 30, 0x80 | 45)):
        send_audio(publisher, sequence, extensions={1: bytes((level,))})
    send_video(publisher, 1, KEY)
    plane.poll(0.0)
    assert plane.levels() == [(AUDIO, 30)]
    assert plane.levels() == []
    send_audio(publisher, 3)
    plane.poll(0.1)
    assert plane.levels() == []
