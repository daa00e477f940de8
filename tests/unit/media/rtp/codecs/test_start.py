import pytest

from media.rtp.codecs import start_test


@pytest.mark.parametrize("codec", ["vp8", "vp9", "h264", "av1"])
def test_a_picture_we_can_read_starts_with_a_key_frame(codec: str) -> None:
    assert not start_test(codec)(b"\x41delta")


@pytest.mark.parametrize("codec", ["opus", "h265", "anything"])
def test_what_we_cannot_read_may_start_anywhere(codec: str) -> None:
    assert start_test(codec)(b"\x41delta")
