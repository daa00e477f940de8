import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.plane.interface import Extensions
from media.plane.layout import Layout
from media.rtp import header
from media.rtp.header import MalformedRtp

IDS = Extensions(mid=4, transport_cc=3, audio_level=1, abs_send_time=2)


def packet(extensions: dict[int, bytes] | None = None, padding: int = 0) -> bytearray:
    built = header.build(
        b"pay", payload_type=96, sequence=1, timestamp=2, ssrc=3, extensions=extensions, padding=padding
    )
    return bytearray(built)


def test_values_are_found_where_they_are() -> None:
    data = packet({1: b"\x85", 2: b"abc", 3: b"\x01\x02", 4: b"mid"})
    layout = Layout(data, len(data), IDS)
    assert data[layout.level] == 0x85
    assert data[layout.send_time : layout.send_time + 3] == b"abc"
    assert data[layout.transport : layout.transport + 2] == b"\x01\x02"
    assert layout.value(data, IDS.mid) == b"mid"
    assert data[layout.start :] == b"pay"


def test_values_of_a_wrong_length_and_of_nothing_negotiated_are_not_found() -> None:
    data = packet({1: b"\x85\x85", 3: b"\x01", 9: b"x"})
    layout = Layout(data, len(data), IDS)
    assert (layout.level, layout.transport, layout.send_time) == (0, 0, 0)
    assert layout.value(data, IDS.mid) == b""


def test_a_packet_built_alike_proves_it_whatever_its_values() -> None:
    data = packet({3: b"\x01\x02", 4: b"a"})
    layout = Layout(data, len(data), IDS)
    assert layout.probe(packet({3: b"\xff\xff", 4: b"z"})) == layout.expected


@pytest.mark.parametrize(
    "other",
    [
        packet(),
        packet({3: b"\x01\x02"}),
        packet({4: b"a", 3: b"\x01\x02"}),
        packet({3: b"\x01\x02", 4: b"a"}, padding=1),
    ],
)
def test_a_packet_built_otherwise_does_not(other: bytearray) -> None:
    data = packet({3: b"\x01\x02", 4: b"a"})
    layout = Layout(data, len(data), IDS)
    assert layout.probe(other + bytes(40)) != layout.expected


@given(st.binary(min_size=12, max_size=80), st.binary(min_size=80, max_size=80))
def test_whoever_passes_the_probe_would_have_been_read_the_same(first: bytes, second: bytes) -> None:
    data = bytearray(b"\x90" + first[1:] + bytes(80))
    try:
        layout = Layout(data, 12 + len(first), IDS)
    except MalformedRtp:
        return
    other = bytearray(second)
    for at, value in zip(range(layout.start), data, strict=False):
        inside_value = any(begin <= at < end for _, begin, end in layout.elements)
        other[at : at + 1] = second[at : at + 1] if inside_value else bytes((value,))
    assert layout.probe(other) == layout.expected
    again = Layout(other, len(other), IDS)
    assert (again.start, again.transport, again.level, again.elements) == (
        layout.start,
        layout.transport,
        layout.level,
        layout.elements,
    )
