from media.plane.endpoint import IDLE_S, MAX_SOURCES, MAX_SOURCES_EVER, Endpoint
from media.plane.interface import Extensions, PeerIndex, Profile, SrtpKeys, TrackIndex
from media.plane.layout import Layout
from media.plane.source import Repair, Source
from media.rtp import header

BUILT = bytearray(header.build(b"", payload_type=96, sequence=0, timestamp=0, ssrc=1))
LAYOUT = Layout(BUILT, len(BUILT), Extensions())
KEYS = SrtpKeys(Profile.AEAD_AES_128_GCM, bytes(28), bytes(28))
HERE, THERE = ("192.0.2.1", 1), ("192.0.2.1", 2)


def test_there_is_a_way_once_there_are_keys_and_an_address() -> None:
    endpoint = Endpoint(PeerIndex(1))
    assert endpoint.way is None
    endpoint.move(HERE, keep=4)
    assert endpoint.way is None
    endpoint.set_keys(KEYS)
    assert endpoint.way is not None
    assert endpoint.way.address == HERE
    endpoint.leave(HERE)
    assert endpoint.way is None


def test_segmentation_is_tried_anew_on_another_way_only() -> None:
    endpoint = Endpoint(PeerIndex(1))
    endpoint.set_keys(KEYS)
    endpoint.move(HERE, keep=4)
    assert endpoint.way is not None
    endpoint.way.segmentation = False
    endpoint.move(HERE, keep=4)
    assert not endpoint.way.segmentation
    endpoint.move(THERE, keep=4)
    assert endpoint.way.segmentation


def test_a_full_house_lets_nobody_in_until_somebody_has_been_silent_long() -> None:
    endpoint = Endpoint(PeerIndex(1))
    for ssrc in range(MAX_SOURCES):
        assert endpoint.may_add_source(ssrc, now=0.0)
        endpoint.sources[ssrc] = Repair(TrackIndex(0), LAYOUT, last_time=float(ssrc))
    assert not endpoint.may_add_source(999, now=10.0)
    assert endpoint.may_add_source(5, now=10.0)
    assert endpoint.may_add_source(999, now=IDLE_S + 1)
    assert len(endpoint.sources) == MAX_SOURCES - 2


def test_over_its_whole_life_a_peer_has_a_bounded_number_of_ssrcs() -> None:
    endpoint = Endpoint(PeerIndex(1), sources_ever=MAX_SOURCES_EVER)
    assert not endpoint.may_add_source(1, now=0.0)


def test_ssrcs_of_a_track_that_ended_belong_to_none() -> None:
    endpoint = Endpoint(PeerIndex(1))
    kept = Source(TrackIndex(2), LAYOUT, 8, 90_000, {})
    endpoint.sources = {7: Repair(TrackIndex(1), LAYOUT), 8: kept}
    endpoint.disown(TrackIndex(1))
    assert endpoint.sources == {7: None, 8: kept}


def test_numbering_belongs_to_the_ssrc() -> None:
    endpoint = Endpoint(PeerIndex(1))
    assert endpoint.numbering(5) is endpoint.numbering(5)
    assert endpoint.numbering(5) is not endpoint.numbering(6)
