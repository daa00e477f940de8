import pytest

from media.rtp.codecs import vp9


@pytest.mark.parametrize("payload", [b"\x08x", b"\x88\x05x", b"\x88\x85\x01x", b"\x28\x00x", b"\xa8\x85\x01\xe1x"])
def test_the_first_packet_of_a_key_frames_lowest_layer_is_a_start(payload: bytes) -> None:
    assert vp9.can_start(payload)


@pytest.mark.parametrize("payload", [b"\x48x", b"\x00x", b"\x28\x02x", b"\xa8\x05\x04x"])
def test_inter_pictures_later_packets_and_higher_layers_are_not(payload: bytes) -> None:
    assert not vp9.can_start(payload)


@pytest.mark.parametrize("payload", [b"", b"\x88", b"\x28", b"\xa8\x85\x01"])
def test_a_truncated_payload_is_no_start(payload: bytes) -> None:
    assert not vp9.can_start(payload)
