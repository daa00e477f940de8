from hypothesis import given
from hypothesis import strategies as st

from media.plane.interface import Extensions, PeerIndex, TrackIndex
from media.plane.layout import Layout
from media.plane.numbering import FIRST_BELOW, HISTORY, Numbering
from media.plane.packet import PLAIN, Packet
from media.plane.source import Source
from media.rtp import header

BUILT = bytearray(header.build(b"", payload_type=96, sequence=0, timestamp=0, ssrc=1))


def source() -> Source:
    return Source(TrackIndex(0), Layout(BUILT, len(BUILT), Extensions()), 1, 90_000, {})


def packet(number: int, timestamp: int = 0) -> Packet:
    return Packet(number, timestamp, PLAIN | 96, 0, b"x")


def test_numbers_begin_low_and_not_always_alike() -> None:
    firsts = {Numbering().highest + 1 for _ in range(50)}
    assert len(firsts) > 10
    assert all(0 <= first < FIRST_BELOW for first in firsts)


def test_a_new_source_goes_on_one_above_the_last_number() -> None:
    numbering, first, second = Numbering(), source(), source()
    numbering.begin(first, packet(500), now=0.0)
    numbering.sent(packet(510, timestamp=100), 11, 11, now=1.0)
    highest = numbering.highest
    numbering.begin(second, packet(7, timestamp=50), now=1.5)
    assert 7 + numbering.offset == highest + 1
    assert 50 + numbering.ticks & 0xFFFFFFFF == 100 + 45_000
    assert numbering.follows(second)
    assert not numbering.follows(first)


def test_time_moves_forward_even_where_none_has_passed() -> None:
    numbering = Numbering()
    numbering.begin(source(), packet(1), now=0.0)
    numbering.sent(packet(1, timestamp=9), 1, 1, now=1.0)
    numbering.begin(source(), packet(1, timestamp=4_000_000_000), now=1.0)
    assert 4_000_000_000 + numbering.ticks & 0xFFFFFFFF == 10


def test_a_packet_that_comes_late_does_not_move_the_last() -> None:
    numbering = Numbering()
    numbering.begin(source(), packet(10), now=0.0)
    numbering.sent(packet(12, timestamp=24), 1, 1, now=1.0)
    highest = numbering.highest
    numbering.sent(packet(11, timestamp=22), 1, 1, now=2.0)
    counters = numbering.counters()
    assert numbering.highest == highest
    assert (counters.packets, counters.last_timestamp, counters.last_time) == (2, 24, 1.0)


def test_only_what_went_out_in_this_mapping_can_be_found_again() -> None:
    numbering, feed = Numbering(), source()
    for number in range(5, 12):
        feed.cache.store(packet(number))
    numbering.begin(feed, packet(8), now=0.0)
    numbering.sent(packet(10), 3, 3, now=0.0)
    base = numbering.highest - 2
    assert [numbering.find((base + step) & 0xFFFF) for step in (-1, 0, 2, 3)] == [None, packet(8), packet(10), None]


def test_datagrams_are_kept_only_for_those_who_asked() -> None:
    numbering = Numbering()
    datagram = b"\x80\x60\x01\x05rest"
    numbering.remember(memoryview(datagram * 2), len(datagram))
    assert numbering.remembered(0x0105) == b""
    numbering.remember(memoryview(datagram * 2), len(datagram))
    assert numbering.remembered(0x0105) == datagram
    assert numbering.remembered(0x0105 + HISTORY) == b""


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3_000)), max_size=200))
def test_no_outgoing_number_ever_stands_for_two_packets(steps: list[tuple[int, int]]) -> None:
    """Sources take turns at will, packets come in any order: what passes the floor is always new."""
    numbering, feeds = Numbering(), [source(), source(), source()]
    used: dict[int, tuple[int, int]] = {}
    for which, number in steps:
        feed = feeds[which]
        if not numbering.follows(feed):
            numbering.begin(feed, packet(number), now=0.0)
        if number < numbering.floor:
            continue
        outgoing = number + numbering.offset
        mapping = (which, numbering.offset)
        assert used.setdefault(outgoing, mapping) == mapping
        numbering.sent(packet(number), 1, 1, now=0.0)


def test_the_clocks_of_two_publishers_have_nothing_to_do_with_each_other() -> None:
    numbering, first, second = Numbering(), source(), source()
    first.publisher, second.publisher = PeerIndex(1), PeerIndex(2)
    first.clock = second.clock = 0
    numbering.begin(first, packet(1, timestamp=90_000), now=0.0)
    numbering.sent(packet(1, timestamp=90_000), 1, 1, now=0.0)
    numbering.begin(second, packet(1, timestamp=100_000), now=1.0)
    assert 100_000 + numbering.ticks == 180_000


def test_time_goes_on_by_the_clock_after_a_pause() -> None:
    numbering, feed = Numbering(), source()
    feed.clock = 7
    numbering.begin(feed, packet(1, timestamp=100), now=0.0)
    numbering.sent(packet(1, timestamp=100), 1, 1, now=0.0)
    numbering.interrupt()
    assert not numbering.follows(feed)
    numbering.begin(feed, packet(50, timestamp=90_100), now=1.3)
    assert numbering.ticks == 0


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 400), st.integers(0, 0x7FFF)), max_size=100))
def test_time_only_moves_forward_where_sources_take_turns(steps: list[tuple[int, int, int]]) -> None:
    numbering, feeds, now, last = Numbering(), [source(), source()], 0.0, -1
    feeds[0].clock, feeds[1].clock = 500, 4_294_967_000
    for number, (which, milliseconds, jitter) in enumerate(steps):
        now += milliseconds / 1_000
        timestamp = ((feeds[which].clock or 0) + int(now * 90_000) + jitter) & 0xFFFFFFFF
        numbering.begin(feeds[which], packet(number, timestamp), now)
        out = timestamp + numbering.ticks & 0xFFFFFFFF
        assert last < 0 or 0 < (out - last) & 0xFFFFFFFF < 1 << 31
        numbering.sent(packet(number, timestamp), 1, 1, now)
        last = out
