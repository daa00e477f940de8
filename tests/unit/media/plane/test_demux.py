import pytest

from media.plane.demux import MAX_ADDRESSES, Addresses, Kind, kind_of
from media.plane.endpoint import Endpoint
from media.plane.interface import PeerIndex
from media.plane.port import MAX_DATAGRAM


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x00\x01", Kind.CONTROL),
        (b"\x03\x00", Kind.CONTROL),
        (b"\x04\x00", Kind.UNKNOWN),
        (b"\x13\x00", Kind.UNKNOWN),
        (b"\x14\xfe", Kind.CONTROL),
        (b"\x3f\xfe", Kind.CONTROL),
        (b"\x40\x00", Kind.UNKNOWN),
        (b"\x7f\x00", Kind.UNKNOWN),
        (b"\x80\x60", Kind.RTP),
        (b"\xbf\xe0", Kind.RTP),
        (b"\x80\xc8", Kind.RTCP),
        (b"\x81\xce", Kind.RTCP),
        (b"\xc0\xc8", Kind.UNKNOWN),
    ],
)
def test_the_first_bytes_tell_the_kind(start: bytes, kind: Kind) -> None:
    assert kind_of(bytearray(start + bytes(40)), 42) is kind


@pytest.mark.parametrize("size", [0, 1, MAX_DATAGRAM + 1])
def test_what_is_too_short_or_too_long_is_unknown(size: int) -> None:
    assert kind_of(bytearray(MAX_DATAGRAM + 1), size) is Kind.UNKNOWN


def test_a_peer_is_found_at_its_last_few_addresses() -> None:
    addresses, endpoint = Addresses(), Endpoint(PeerIndex(1))
    for port in range(1, 8):
        addresses.bind(endpoint, ("192.0.2.1", port))
    found = [port for port in range(1, 8) if addresses.at(("192.0.2.1", port)) is endpoint]
    assert found == list(range(8 - MAX_ADDRESSES, 8))
    addresses.bind(endpoint, ("192.0.2.1", 5))
    assert endpoint.addresses[-1] == ("192.0.2.1", 5)


def test_a_peer_that_left_is_nowhere() -> None:
    addresses, endpoint, other = Addresses(), Endpoint(PeerIndex(1)), Endpoint(PeerIndex(2))
    for port in (1, 2):
        addresses.bind(endpoint, ("192.0.2.1", port))
    addresses.bind(other, ("192.0.2.1", 2))
    addresses.forget(endpoint)
    assert addresses.at(("192.0.2.1", 1)) is None
    assert addresses.at(("192.0.2.1", 2)) is other
