import pytest

from media.rtp.codecs import av1


def test_a_new_coded_video_sequence_is_a_start() -> None:
    assert av1.can_start(b"\x18obu")


@pytest.mark.parametrize("payload", [b"", b"\x10obu", b"\x88obu"])
def test_everything_else_is_not(payload: bytes) -> None:
    assert not av1.can_start(payload)
