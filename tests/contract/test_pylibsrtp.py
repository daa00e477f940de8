"""What the packet plane relies on in pylibsrtp beyond its documented methods."""

import pylibsrtp
import pytest
from pylibsrtp import Policy, Session

from media.plane import srtp
from media.plane.interface import Profile, SrtpKeys
from media.rtp import header

KEYS = SrtpKeys(Profile.AEAD_AES_128_GCM, receive=bytes(range(28)), send=bytes(range(28)))


def test_this_is_the_release_whose_private_names_we_know() -> None:
    assert pylibsrtp.__version__ == "1.0.0"


def test_its_binding_lets_us_work_in_place() -> None:
    assert srtp.IN_PLACE


@pytest.mark.parametrize("name", ["srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"])
def test_the_binding_has_the_functions_we_call(name: str) -> None:
    assert callable(getattr(srtp.lib, name))


def test_in_place_and_public_methods_make_the_same_packet() -> None:
    packet = header.build(b"payload", payload_type=96, sequence=1, timestamp=2, ssrc=3)
    policy = Policy(KEYS.send, Policy.SSRC_ANY_OUTBOUND, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    memory = srtp.Memory(200)
    memory.data[: len(packet)] = packet
    end = srtp.Protection(KEYS).rtp(memory, len(packet))
    assert bytes(memory.view[:end]) == Session(policy).protect(packet)


def test_refusals_carry_the_codes_of_replay() -> None:
    packet = header.build(b"payload", payload_type=96, sequence=1, timestamp=2, ssrc=3)
    policy = Policy(KEYS.receive, Policy.SSRC_ANY_OUTBOUND, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    protected = Session(policy).protect(packet)
    unprotection, memory = srtp.Unprotection(KEYS), srtp.Memory(200)
    results = []
    for _ in range(2):
        memory.data[: len(protected)] = protected
        results.append(unprotection.rtp(memory, len(protected)))
    assert results == [len(packet), srtp.REPLAYED]
