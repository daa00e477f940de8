import pytest

from media.rtp.codecs import h264


@pytest.mark.parametrize(
    "payload",
    [
        b"\x67sps",
        b"\x65idr",
        b"\x18\x00\x02\x09\x10\x00\x04\x67sps",
        b"\x7c\x85idr",
    ],
    ids=["parameters", "key slice", "aggregate", "first fragment"],
)
def test_parameters_and_the_beginning_of_a_key_slice_are_starts(payload: bytes) -> None:
    assert h264.can_start(payload)


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x41p", b"\x68pps", b"\x7c\x05idr", b"\x7c\x81p", b"\x7c", b"\x18", b"\x18\x00", b"\x18\xff\xff\x41"],
)
def test_everything_else_is_not(payload: bytes) -> None:
    assert not h264.can_start(payload)
