"""Redundant audio."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.rtp.codecs.red import primary

OPUS = 111


def redundant(own: bytes, *repeated: bytes) -> bytes:
    heads = b"".join(
        (0x80 | OPUS).to_bytes(1) + ((960 * (index + 1)) << 10 | len(block)).to_bytes(3)
        for index, block in enumerate(repeated)
    )
    return heads + bytes((OPUS,)) + b"".join(repeated) + own


def test_the_packets_own_sound_stands_last() -> None:
    assert primary(redundant(b"now")) == (OPUS, b"now")
    assert primary(redundant(b"now", b"before")) == (OPUS, b"now")
    assert primary(redundant(b"now", b"long before", b"", b"before")) == (OPUS, b"now")


@pytest.mark.parametrize("payload", [b"", b"\x6f", b"\xef\x00\x00", b"\xef\x00\x00\x09\x6fshort", redundant(b"", b"x")])
def test_a_payload_that_contradicts_itself_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match="without sound"):
        primary(payload)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    try:
        assert payload.endswith(primary(payload).payload)
    except ValueError:
        return
