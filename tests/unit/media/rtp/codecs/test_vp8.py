import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("payload", "picture"),
    [
        (b"\x90\x80\x05\x00", (5, None)),
        (b"\x90\x80\x81\x02\x00", (0x102, None)),
        (b"\x90\xe0\x81\x02\x63\x20\x00", (0x102, 0x63)),
        (b"\x10\x00\x00\x00", None),
        (b"\x90\x40\x63\x00", None),
        (b"\x90\x80", None),
        (b"\x90\x80\x81\x02", None),
    ],
)
def test_the_numbers_of_a_picture_are_read(payload: bytes, picture: tuple[int, int | None] | None) -> None:
    assert vp8.picture(payload) == picture


@pytest.mark.parametrize(
    ("payload", "changed"),
    [
        (b"\x90\x80\x7f\x00\x09", b"\x90\x80\x01\x00\x09"),
        (b"\x90\xe0\xff\xff\xff\x20\x09", b"\x90\xe0\x80\x01\x02\x20\x09"),
        (b"\x90\x40\xfe\x00\x09", b"\x90\x40\x01\x00\x09"),
        (b"\x10\x00\x00\x00\x09", b"\x10\x00\x00\x00\x09"),
    ],
)
def test_numbers_are_changed_in_place_and_keep_their_size(payload: bytes, changed: bytes) -> None:
    data = bytearray(b"\xaa" + payload + b"\xbb")
    vp8.renumber(data, 1, 1 + len(payload), number=2, base=3)
    assert data == b"\xaa" + changed + b"\xbb"


@given(st.binary(max_size=7), st.integers(-40_000, 40_000), st.integers(-300, 300))
def test_nothing_outside_a_payload_is_touched(payload: bytes, number: int, base: int) -> None:
    data = bytearray(b"\xaa" + payload + b"\xbb")
    vp8.renumber(data, 1, 1 + len(payload), number, base)
    assert (data[0], data[-1], len(data)) == (0xAA, 0xBB, len(payload) + 2)
