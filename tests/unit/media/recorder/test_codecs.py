"""Payload formats: what is joined, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.recorder.codecs import picture_format
from media.recorder.codecs.av1 import Av1
from media.recorder.codecs.h264 import H264
from media.recorder.codecs.vp8 import Vp8
from media.recorder.codecs.vp9 import Vp9
from media.recorder.frames import PictureFrames
from media.recorder.packets import Packet, PacketError, parse
from media.recorder.reorder import Ordered

SPS, PPS, IDR = b"\x67\x42\xe0\x1f\x01", b"\x68\x01", b"\x65\x88\x01\x02"


@pytest.mark.parametrize("codec", ["vp8", "vp9", "av1", "h264"])
@given(payloads=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4))
def test_whatever_a_publisher_sends_only_one_error_comes_of_it(codec: str, payloads: list[bytes]) -> None:
    form = picture_format(codec)
    try:
        form.begins(payloads[0])
        data, _, _ = form.join(payloads)
    except PacketError:
        return
    assert len(data) <= 3 * sum(map(len, payloads)) + 64


@given(data=st.binary(max_size=60))
def test_whatever_comes_through_a_tap_is_a_packet_or_one_error(data: bytes) -> None:
    try:
        packet = parse(data, 0.0)
    except PacketError:
        return
    assert len(packet.payload) <= len(data) - 12


def test_vp8_descriptors_of_every_length_are_taken_off() -> None:
    frame = b"\x00\xaa\xbb"
    for descriptor in (b"\x10", b"\x90\x80\x11", b"\x90\x80\x91\x11", b"\x90\xe0\x91\x11\x05\x20", b"\x90\x20\x20"):
        assert Vp8().begins(descriptor + frame)
        assert Vp8().join([descriptor + frame, b"\x00\xcc"]) == (frame + b"\xcc", True, b"")


def test_vp8_tells_key_frames_by_their_first_bit() -> None:
    assert Vp8().join([b"\x10\x01"])[1] is False


def test_vp9_layers_of_one_picture_get_a_superframe_index() -> None:
    low, high = b"\x82" + b"l" * 9, b"\x86" + b"h" * 299
    data, key, _ = Vp9().join([b"\x08" + low, b"\x08" + high[:100], b"\x04" + high[100:]])
    assert data == low + high + b"\xc9" + (10).to_bytes(2, "little") + (300).to_bytes(2, "little") + b"\xc9"
    assert key


KEY, INTER = b"\x82", b"\x86"


def layer(size: int, frame: bytes, *, refers: bool) -> bytes:
    """One layer frame as one payload, with layer indices."""
    return bytes((0x28, size << 1 | refers, 0)) + frame


def test_vp9_of_several_sizes_only_the_best_is_for_the_screen() -> None:
    form = Vp9()
    data, key, _ = form.join([layer(0, KEY + b"l", refers=False), layer(1, INTER + b"h", refers=True)])
    assert (data, key) == (b"\x80l\x86h" + b"\xc1\x02\x02\xc1", True)
    data, key, _ = form.join([layer(0, INTER + b"l", refers=False), layer(1, INTER + b"h", refers=False)])
    assert (data, key) == (b"\x86h", False), "between key frames sizes stand for themselves"


def test_vp9_a_picture_of_a_lesser_size_refers_to_what_was_not_kept() -> None:
    form = Vp9()
    form.join([layer(0, KEY, refers=False), layer(1, INTER, refers=True)])
    with pytest.raises(PacketError):
        form.join([layer(0, INTER, refers=False)])
    assert form.join([layer(0, KEY, refers=False)])[1]
    assert form.join([layer(0, INTER, refers=False)]) == (INTER, False, b"")


def test_vp9_pictures_that_refer_to_others_are_no_key_frames() -> None:
    assert Vp9().join([b"\x08\x86"])[1] is False


def test_h264_joins_aggregates_and_fragments() -> None:
    sets = b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (SPS, PPS))
    fragments = [b"\x7c\x85" + IDR[1:2], b"\x7c\x05" + IDR[2:3], b"\x7c\x45" + IDR[3:]]
    data, key, private = H264().join([sets, *fragments])
    assert data == b"".join(len(unit).to_bytes(4, "big") + unit for unit in (SPS, PPS, IDR))
    assert key
    assert private == b"\x01\x42\xe0\x1f\xff\xe1\x00\x05" + SPS + b"\x01\x00\x02" + PPS


def test_an_h264_picture_without_its_parameter_sets_cannot_begin_a_file() -> None:
    assert H264().join([IDR]) == (len(IDR).to_bytes(4, "big") + IDR, False, b"")


def test_av1_units_get_sizes_and_lose_their_delimiters() -> None:
    delimiter, sequence, frame = b"\x10", b"\x08\x01\x02", b"\x30\x05\x06\x07"
    first = b"\x68" + b"\x01" + delimiter + b"\x03" + sequence + frame[:2]  # W = 2 would miss one: three elements
    first = bytes([0x78]) + first[1:]
    data, key, _ = Av1().join([first, b"\x90" + frame[2:]])
    assert data == b"\x0a\x02\x01\x02" + b"\x32\x03\x05\x06\x07"
    assert key


def test_an_av1_unit_without_its_other_part_is_refused() -> None:
    with pytest.raises(PacketError):
        Av1().join([b"\x50\x30\x01"])
    with pytest.raises(PacketError):
        Av1().join([b"\x90\x30\x01"])


def test_a_frame_without_end_is_given_up() -> None:
    frames = PictureFrames(Vp8())
    for sequence in range(5000):
        payload = (b"\x10" if sequence == 0 else b"\x00") + b"\x00x"
        packet = Packet(sequence, 7, 1, 96, False, payload, 0.0)
        assert list(frames.receive(Ordered(packet, gap=False))) == []
    assert len(frames._parts) < 5000
