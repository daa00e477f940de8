import pytest

from media.plane import srtp
from media.plane.interface import Profile, SrtpKeys
from media.plane.srtp import FORGED, REPLAYED, Memory, Protection, ProtectionFailed, Unprotection
from media.rtp import header

SIZES = {Profile.AEAD_AES_128_GCM: 28, Profile.AEAD_AES_256_GCM: 44, Profile.AES128_CM_SHA1_80: 30}


@pytest.fixture(params=[True, False], ids=["in place", "by copies"], autouse=True)
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(srtp, "IN_PLACE", request.param)


def keys(profile: Profile = Profile.AEAD_AES_128_GCM) -> SrtpKeys:
    key = bytes(range(SIZES[profile]))
    return SrtpKeys(profile, receive=key, send=key)


def packet(sequence: int, payload: bytes = b"payload") -> bytes:
    return header.build(payload, payload_type=96, sequence=sequence, timestamp=0, ssrc=1)


def protected(protection: Protection, plain: bytes) -> bytes:
    memory = Memory(200)
    memory.data[: len(plain)] = plain
    return bytes(memory.view[: protection.rtp(memory, len(plain))])


def unprotected(unprotection: Unprotection, datagram: bytes) -> bytes | int:
    memory = Memory(2_000)
    memory.data[: len(datagram)] = datagram
    size = unprotection.rtp(memory, len(datagram))
    return bytes(memory.view[:size]) if size >= 0 else size


@pytest.mark.parametrize("profile", list(Profile))
def test_what_is_protected_is_read_back_in_every_profile(profile: Profile) -> None:
    datagram = protected(Protection(keys(profile)), packet(1))
    assert len(datagram) == len(packet(1)) + srtp.TRAILER[profile]
    assert unprotected(Unprotection(keys(profile)), datagram) == packet(1)


def test_a_run_is_protected_where_it_lies() -> None:
    protection, memory = Protection(keys()), Memory(400)
    sizes, at = [len(packet(1)), len(packet(1)), len(packet(1)) - 3], 0
    for sequence, size in enumerate(sizes):
        memory.data[at : at + size] = packet(sequence, b"payload"[: size - 12])
        at += sizes[0] + protection.trailer
    end = protection.rtp(memory, sizes[0], count=3, last=sizes[2])
    stride = sizes[0] + protection.trailer
    unprotection = Unprotection(keys())
    assert end == 3 * stride - 3
    assert unprotected(unprotection, bytes(memory.view[stride : 2 * stride])) == packet(1)
    assert unprotected(unprotection, bytes(memory.view[2 * stride : end])) == packet(2, b"payl")


def test_a_replay_and_a_forgery_are_told_apart() -> None:
    unprotection = Unprotection(keys())
    datagram = protected(Protection(keys()), packet(1))
    forged = datagram[:-1] + bytes((datagram[-1] ^ 1,))
    assert unprotected(unprotection, forged) == FORGED
    assert unprotected(unprotection, datagram) == packet(1)
    assert unprotected(unprotection, datagram) == REPLAYED


@pytest.mark.parametrize("junk", [b"", b"\x80", bytes(11), b"\x80" + bytes(11), b"\xff" * 1_600])
def test_junk_is_forged(junk: bytes) -> None:
    assert unprotected(Unprotection(keys()), junk) == FORGED


def test_a_packet_may_be_overtaken_by_a_thousand() -> None:
    protection, unprotection = Protection(keys()), Unprotection(keys())
    late, *others = [protected(protection, packet(sequence)) for sequence in range(1_025)]
    for datagram in others:
        unprotected(unprotection, datagram)
    assert unprotected(unprotection, late) == packet(0)


def test_a_number_is_never_used_for_two_packets() -> None:
    protection = Protection(keys())
    protected(protection, packet(1))
    with pytest.raises(ProtectionFailed):
        protected(protection, packet(1, b"other"))


def test_control_packets_are_protected_and_read_back() -> None:
    plain = b"\x80\xc9\x00\x01\x00\x00\x00\x01"
    memory = Memory(100)
    memory.data[: len(plain)] = plain
    size = Protection(keys()).rtcp(memory, len(plain))
    assert bytes(memory.view[:size]) != plain
    unprotection = Unprotection(keys())
    datagram = bytes(memory.view[:size])
    results = []
    for _ in range(2):
        memory.data[:size] = datagram
        results.append(unprotection.rtcp(memory, size))
    assert results == [len(plain), REPLAYED]
