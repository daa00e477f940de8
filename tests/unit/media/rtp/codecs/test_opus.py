from media.rtp.codecs import opus


def test_sound_can_start_anywhere() -> None:
    assert opus.can_start(b"\x78anything")
