"""One socket for IPv4 and IPv6: a peer is where the socket says, whatever that looks like."""

import socket
from collections.abc import Iterator

import pytest

from media.plane.interface import Address, Plane
from tests.support.media_party import MediaParty
from tests.support.media_stage import AUDIO_IN, KEY, PUBLISHED, VIDEO, VIDEO_IN, numbers, send_video, video_route
from tests.support.planes import PlaneKind

CHECK = b"\x00\x01\x00\x00"  # the kind of datagram that is for the caller
HOSTS = {"127.0.0.1": "::ffff:127.0.0.1", "::1": "::1"}  # of a client → as a socket for both families names it


@pytest.fixture
def plane(plane_kind: PlaneKind) -> Iterator[Plane]:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 on this machine")
    plane = plane_kind("::")
    yield plane
    plane.close()


def joined(plane: Plane, index: int, host: str) -> MediaParty:
    """Somebody whose address the caller has learnt from a datagram of hers."""
    party = MediaParty(plane, index, joins=False, host=host)
    party.send_raw(CHECK)
    ((datagram, source),) = plane.poll(1.0).datagrams
    assert (datagram, source) == (CHECK, (HOSTS[host], party.address[1]))
    plane.add_peer(party.peer, party.keys)
    plane.bind(party.peer, source)
    return party


@pytest.mark.parametrize("sends", HOSTS)
@pytest.mark.parametrize("receives", HOSTS)
def test_media_pass_within_and_between_the_families(plane: Plane, sends: str, receives: str) -> None:
    with joined(plane, 0, sends) as publisher, joined(plane, 1, receives) as subscriber:
        plane.set_ingress(publisher.peer, (VIDEO_IN, AUDIO_IN), PUBLISHED)
        plane.set_route(VIDEO, video_route(subscriber))
        for sequence in range(500, 510):
            send_video(publisher, sequence, KEY)
        plane.poll(1.0)
        assert len(numbers(subscriber)) == 10


@pytest.mark.parametrize("host", HOSTS)
def test_the_caller_answers_where_a_datagram_came_from(plane: Plane, host: str) -> None:
    with MediaParty(plane, 0, joins=False, host=host) as stranger:
        stranger.send_raw(CHECK)
        ((_, source),) = plane.poll(1.0).datagrams
        plane.send(b"answer", source)
        assert stranger.received_raw() == [b"answer"]


def test_the_same_port_in_both_families_is_two_peers(plane: Plane) -> None:
    with MediaParty(plane, 0, joins=False, host="::1") as new, joined(plane, 1, "127.0.0.1") as old:
        as_new: Address = ("::1", old.address[1])
        plane.add_peer(new.peer, new.keys)
        plane.bind(new.peer, as_new)
        old.send_rtcp(b"\x80\xc9\x00\x01\x00\x00\x00\x07")
        ((peer, *_),) = plane.poll(1.0).rtcp
        assert peer == old.peer
