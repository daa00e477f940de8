"""Checks that the compiled plane answers for the relay: byte for byte as it would, and none that it should judge."""

import os
import struct
import zlib
from collections.abc import Iterator
from functools import partial

import pytest

from media import stun
from media.plane.compiled import BUILT, CompiledPlane
from tests.support.checks import binding_request
from tests.support.media_party import MediaParty

UFRAG, PASSWORD, USERNAME = "0123456789ab", "a" * 32, b"0123456789ab:them"
HOSTS = {
    "127.0.0.1": "127.0.0.1",
    "::1": "::1",
    "::": "::ffff:127.0.0.1",
}  # of the plane → of its client, as it sees it

check = partial(binding_request, UFRAG, PASSWORD, remote_ufrag="them")


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def plane(host: str) -> Iterator[CompiledPlane]:
    if not BUILT:
        pytest.skip("the compiled plane is not built here")
    plane = CompiledPlane(host, threaded=False)
    yield plane
    plane.close()


@pytest.fixture
def party(plane: CompiledPlane, host: str) -> Iterator[MediaParty]:
    """Somebody who is where the plane thinks, under a name whose checks it may answer."""
    with MediaParty(plane, 0, joins=False, host="127.0.0.1" if host == "::" else host) as party:
        plane.add_peer(party.peer, party.keys)
        plane.bind(party.peer, (HOSTS[host], party.address[1]))
        plane.answer_checks(party.peer, USERNAME, PASSWORD.encode())
        yield party


def is_left(plane: CompiledPlane, party: MediaParty, datagram: bytes) -> bool:
    """Whether the plane leaves a datagram to its caller, unanswered."""
    party.send_raw(datagram)
    left = [data for data, _ in plane.poll(7.0).datagrams] == [datagram]
    assert left != bool(party.received_raw())
    return left


@pytest.mark.parametrize("nominates", [True, False])
def test_it_is_the_answer_that_the_relay_would_give(
    plane: CompiledPlane, party: MediaParty, host: str, nominates: bool
) -> None:
    assert plane.checked(party.peer) == 0
    request = check(nominates=nominates)
    party.send_raw(request)
    assert not plane.poll(7.0).datagrams
    source = (HOSTS[host], party.address[1])
    assert party.received_raw() == [stun.success(stun.parse(request), source, PASSWORD.encode())]
    assert plane.checked(party.peer) == 7


def reprinted(message: bytes) -> bytes:
    """With a fingerprint that is right again."""
    return message[:-4] + struct.pack("!I", zlib.crc32(message[:-8]) ^ 0x5354554E)


def test_a_check_that_proves_nothing_is_left_to_the_relay(plane: CompiledPlane, party: MediaParty) -> None:
    assert is_left(plane, party, binding_request(UFRAG, "b" * 32, remote_ufrag="them"))
    assert is_left(plane, party, binding_request(UFRAG, PASSWORD, remote_ufrag="else"))
    assert is_left(plane, party, binding_request("ba9876543210", PASSWORD, remote_ufrag="them"))
    good = bytearray(check())
    for place in range(len(good)):
        bad = bytes(good[:place]) + bytes([good[place] ^ 0x40]) + bytes(good[place + 1 :])
        if bad[0] <= 3:
            assert is_left(plane, party, bad), place
            assert place >= len(good) - 8 or is_left(plane, party, reprinted(bad)), place
    for size in range(4, len(good), 4):
        cut = bytes(good[:2]) + struct.pack("!H", max(0, size - 20)) + bytes(good[4:size])
        assert is_left(plane, party, cut), size


def test_what_stands_twice_or_behind_is_left_to_the_relay(plane: CompiledPlane, party: MediaParty) -> None:
    name, key = (stun.USERNAME, USERNAME), PASSWORD.encode()
    twice = stun.build(stun.BINDING_REQUEST, os.urandom(12), [name, name, (stun.PRIORITY, bytes(4))], key)
    assert is_left(plane, party, twice)
    good = check()
    more = good[:2] + struct.pack("!H", len(good) - 20 + 8) + good[4:] + struct.pack("!HHI", stun.PRIORITY, 4, 1)
    assert is_left(plane, party, more)
    assert is_left(plane, party, good[:-8])


def test_a_check_from_elsewhere_moves_somebody_and_is_left_to_the_relay(
    plane: CompiledPlane, party: MediaParty
) -> None:
    with MediaParty(plane, 1, joins=False, host=party.host) as elsewhere:
        assert is_left(plane, elsewhere, check())


def test_after_a_restart_the_name_before_is_the_relays_again(plane: CompiledPlane, party: MediaParty) -> None:
    plane.answer_checks(party.peer, b"fedcba987654:them", b"c" * 32)
    assert is_left(plane, party, check())
    assert not is_left(plane, party, binding_request("fedcba987654", "c" * 32, remote_ufrag="them"))
    plane.remove_peer(party.peer)
    assert is_left(plane, party, binding_request("fedcba987654", "c" * 32, remote_ufrag="them"))


def test_a_name_that_is_none_of_ours_is_never_answered(plane: CompiledPlane, party: MediaParty) -> None:
    plane.answer_checks(party.peer, b"n" * 65, PASSWORD.encode())
    assert is_left(plane, party, check())
