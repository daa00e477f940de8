from media.plane.cache import CAPACITY
from media.plane.interface import Extensions, TrackIndex
from media.plane.layout import Layout
from media.plane.packet import PLAIN, Packet
from media.plane.source import MAX_JUMP, REPAIR_LEAD, Source
from media.rtp import header

BUILT = bytearray(header.build(b"", payload_type=96, sequence=0, timestamp=0, ssrc=1))


def begun(sequence: int, losing: dict[Source, None] | None = None) -> Source:
    source = Source(TrackIndex(0), Layout(BUILT, len(BUILT), Extensions()), 1, 90_000, {} if losing is None else losing)
    source.begin(sequence, now=0.0)
    return source


def take(source: Source, *sequences: int) -> list[int | None]:
    """Accepts and keeps packets as the intake does."""
    numbers = []
    for sequence in sequences:
        number = source.accept(sequence, timestamp=0, octets=10, now=0.0)
        numbers.append(number)
        if number is not None:
            source.cache.store(Packet(number, 0, PLAIN | 96, 0, b"x"))
    return numbers


def test_numbers_grow_beyond_sixteen_bits_and_order_is_free() -> None:
    assert take(begun(65_534), 65_534, 1, 65_535, 0) == [65_534, 65_537, 65_535, 65_536]


def test_a_packet_that_came_before_is_told() -> None:
    assert take(begun(5), 5, 6, 5, 6) == [5, 6, None, None]


def test_a_gap_is_reported_to_whoever_asks_for_repairs() -> None:
    losing: dict[Source, None] = {}
    source = begun(5, losing)
    take(source, 5, 6)
    assert not losing
    take(source, 9)
    assert list(losing) == [source]
    assert source.losses.due(now=1.0) == [7, 8]


def test_a_packet_that_was_only_overtaken_is_not_missed() -> None:
    source = begun(5)
    take(source, 5, 7, 6)
    assert source.losses.due(now=1.0) == []


def test_a_jump_is_a_new_beginning() -> None:
    source = begun(5)
    take(source, 5, 6 + MAX_JUMP + 1)
    assert source.span_start == source.highest
    assert source.losses.due(now=1.0) == []
    assert source.counters().lost == 0
    assert take(source, 7) == [None]


def test_a_repair_fills_a_gap_once() -> None:
    source = begun(5)
    take(source, 5, 7)
    assert source.accept_repair(6, now=0.0) == 6
    source.cache.store(Packet(6, 0, PLAIN | 96, 0, b"x"))
    assert source.accept_repair(6, now=0.0) is None
    assert take(source, 6) == [None]


def test_a_repair_may_be_a_little_ahead_but_not_far_nor_old() -> None:
    source = begun(1_000)
    take(source, 1_000)
    assert source.accept_repair(1_000 + REPAIR_LEAD + 1, now=0.0) is None
    assert source.accept_repair(1_002, now=0.0) == 1_002
    assert source.accept_repair(999, now=0.0) is None
    take(source, 1_000 + CAPACITY)
    assert source.accept_repair(1_000 + CAPACITY - CAPACITY, now=0.0) is None


def test_reports_count_losses_on_the_line_though_repaired() -> None:
    source = begun(5)
    take(source, 5, 8)
    source.accept_repair(6, now=0.0)
    counters = source.counters()
    assert (counters.packets, counters.octets, counters.highest_sequence, counters.lost) == (2, 20, 8, 2)


def test_jitter_grows_with_uneven_frames_only() -> None:
    even, uneven = begun(0), begun(0)
    for frame in range(100):
        even.accept(frame, timestamp=3_000 * frame, octets=1, now=frame / 30)
        uneven.accept(frame, timestamp=3_000 * frame, octets=1, now=frame / 30 + (0.01 if frame % 2 else 0))
    assert even.jitter < 1
    assert 800 < uneven.jitter < 1_000


def test_an_ssrc_that_comes_back_goes_on_counting() -> None:
    source = begun(65_000)
    take(source, 65_000, 65_001)
    source.begin(10, now=9.0)
    take(source, 10)
    counters = source.counters()
    assert counters.highest_sequence == 65_546
    assert (counters.packets, counters.lost) == (3, 0)
    assert source.span_start == 65_546
