"""Packets on a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.tcp.framing import MAX_PACKET, Packets, framed

packets_of_any_size = st.lists(st.binary(min_size=1, max_size=300), max_size=20)


@given(packets_of_any_size, st.lists(st.integers(1, 400), max_size=40))
def test_packets_come_out_as_they_went_in_however_the_stream_is_cut(packets: list[bytes], cuts: list[int]) -> None:
    stream, reader, found = framed(packets), Packets(), []
    for size in (*cuts, len(stream) + 1):
        found += reader.receive(stream[:size])
        stream = stream[size:]
    assert found == packets


def test_the_length_stands_before_the_packet_in_two_bytes() -> None:
    assert framed([b"abc", b"d"]) == b"\x00\x03abc\x00\x01d"


def test_an_empty_packet_is_left_out() -> None:
    assert Packets().receive(b"\x00\x00\x00\x01a\x00\x00") == [b"a"]


def test_a_packet_that_the_plane_could_not_read_breaks_the_stream() -> None:
    assert Packets().receive(framed([bytes(MAX_PACKET)])) == [bytes(MAX_PACKET)]
    with pytest.raises(ValueError, match="too long"):
        Packets().receive((MAX_PACKET + 1).to_bytes(2, "big"))


@given(st.lists(st.binary(max_size=3_000), max_size=30))
def test_any_bytes_are_cut_or_refused_and_little_is_kept(chunks: list[bytes]) -> None:
    reader = Packets()
    try:
        for chunk in chunks:
            assert all(0 < len(packet) <= MAX_PACKET for packet in reader.receive(chunk))
            assert len(reader._pending) < MAX_PACKET + 2
    except ValueError:
        return
