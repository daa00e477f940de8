import pytest

from media.rtp.codecs import vp8

KEY, INTER = b"\x00", b"\x01"


@pytest.mark.parametrize(
    "descriptor",
    [b"\x10", b"\x90\x00", b"\x90\x80\x05", b"\x90\x80\x85\x01", b"\x90\xf0\x85\x01\x02\x03", b"\x90\x20\x07"],
)
def test_the_first_packet_of_a_key_frame_is_a_start_behind_any_descriptor(descriptor: bytes) -> None:
    assert vp8.can_start(descriptor + KEY)
    assert not vp8.can_start(descriptor + INTER)


@pytest.mark.parametrize("descriptor", [b"\x00", b"\x11", b"\x01"])
def test_what_is_not_the_first_of_the_first_partition_is_no_start(descriptor: bytes) -> None:
    assert not vp8.can_start(descriptor + KEY)


@pytest.mark.parametrize("payload", [b"", b"\x10", b"\x90", b"\x90\x80", b"\x90\x80\x80", b"\x90\xf0\x85\x01\x02\x03"])
def test_a_truncated_payload_is_no_start(payload: bytes) -> None:
    assert not vp8.can_start(payload)
