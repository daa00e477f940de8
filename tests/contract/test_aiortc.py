"""What media/dtls.py relies on in aiortc beyond its public interface: a new version has to pass this first."""

import importlib.metadata
import inspect

from aiortc import rtcdtlstransport as aio


def test_the_version_is_the_one_whose_private_names_we_know() -> None:
    assert importlib.metadata.version("aiortc") == "1.16.0"


def test_a_transport_asks_its_ice_side_for_three_things_only() -> None:
    source = inspect.getsource(aio.RTCDtlsTransport)
    asked = {word.split("(")[0].split()[0].rstrip(",:") for word in source.split("self.transport.")[1:]}
    assert asked == {"role", "_recv", "_send"}


def test_the_private_names_are_there() -> None:
    for name in ("_set_role", "_do_handshake", "_validate_peer_identity", "state"):
        assert hasattr(aio.RTCDtlsTransport, name)
    source = inspect.getsource(aio.RTCDtlsTransport.__init__)
    for name in ("_ssl", "encrypted"):
        assert f"self.{name}" in source


def test_a_handshake_is_begun_as_we_begin_it() -> None:
    """`_Handshake` does what `start` does, but for SRTP sessions and a task that reads on."""
    source = inspect.getsource(aio.RTCDtlsTransport.start)
    steps = ("SSL.Connection(", "set_accept_state", "set_connect_state", "_do_handshake", "_validate_peer_identity")
    places = [source.index(step) for step in steps]
    assert places == sorted(places)


def test_profiles_tell_their_names_and_lengths() -> None:
    lengths = {p.openssl_profile: (p.key_length, p.salt_length) for p in aio.SRTP_PROFILES}
    assert lengths == {
        b"SRTP_AEAD_AES_128_GCM": (16, 12),
        b"SRTP_AEAD_AES_256_GCM": (32, 12),
        b"SRTP_AES128_CM_SHA1_80": (16, 14),
    }
