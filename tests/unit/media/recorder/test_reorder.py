"""Order, gaps and patience."""

import random

from media.recorder.packets import Packet
from media.recorder.reorder import Ordered, ReorderBuffer


def packet(sequence: int, arrival: float = 0.0, ssrc: int = 1) -> Packet:
    return Packet(sequence % (1 << 16), 0, ssrc, 96, False, b"x", arrival)


def feed(buffer: ReorderBuffer, *sequences: int, at: float = 0.0) -> list[tuple[int, bool]]:
    return told(*(ordered for sequence in sequences for ordered in buffer.receive(packet(sequence, at))))


def told(*released: Ordered) -> list[tuple[int, bool]]:
    return [(ordered.packet.sequence, ordered.gap) for ordered in released]


def test_packets_in_order_pass_at_once() -> None:
    assert feed(ReorderBuffer(0.5), 65_534, 65_535, 0, 1) == [(65_534, False), (65_535, False), (0, False), (1, False)]


def test_a_repaired_packet_releases_what_waited_behind_it() -> None:
    buffer = ReorderBuffer(0.5)
    assert feed(buffer, 10, 12, 13) == [(10, False)]
    assert feed(buffer, 11) == [(11, False), (12, False), (13, False)]


def test_a_gap_is_given_up_when_patience_ends() -> None:
    buffer = ReorderBuffer(0.5)
    feed(buffer, 10, 12, at=7.0)
    assert told(*buffer.on_time(7.49)) == []
    assert told(*buffer.on_time(7.5)) == [(12, True)]
    assert feed(buffer, 11, 13) == [(13, False)]  # 11 is too late


def test_each_gap_has_its_own_patience() -> None:
    buffer = ReorderBuffer(0.5)
    feed(buffer, 10, 12, at=1.0)
    feed(buffer, 14, at=1.3)
    assert told(*buffer.on_time(1.5)) == [(12, True)]
    assert told(*buffer.on_time(1.8)) == [(14, True)]


def test_duplicates_release_nothing() -> None:
    buffer = ReorderBuffer(0.5)
    assert feed(buffer, 10, 10, 11, 10, 13, 13, 12) == [(10, False), (11, False), (12, False), (13, False)]


def test_what_is_held_comes_out_at_the_end() -> None:
    buffer = ReorderBuffer(0.5)
    feed(buffer, 10, 12, 15)
    assert told(*buffer.drain()) == [(12, True), (15, True)]


def test_a_new_source_begins_a_new_numbering_after_a_gap() -> None:
    buffer = ReorderBuffer(0.5)
    feed(buffer, 10, 12)
    released = [*buffer.receive(packet(40_000, ssrc=2)), *buffer.receive(packet(40_001, ssrc=2))]
    assert told(*released) == [(12, True), (40_000, True), (40_001, False)]


def test_a_jump_in_the_numbers_begins_a_new_numbering() -> None:
    buffer = ReorderBuffer(0.5)
    assert feed(buffer, 10, 20_000, 20_001) == [(10, False), (20_000, True), (20_001, False)]


def test_a_gap_holds_only_so_much() -> None:
    buffer = ReorderBuffer(1e9)
    assert feed(buffer, 10, *range(12, 12 + 2048)) == [(10, False)]
    assert len(feed(buffer, 12 + 2048)) == 2049


def test_any_disorder_within_patience_is_put_right() -> None:
    numbers = list(range(65_000, 66_000))
    chance = random.Random(3)
    shuffled = [65_000, *sorted(numbers[1:], key=lambda number: number + chance.uniform(0, 20))]
    assert [sequence for sequence, gap in feed(ReorderBuffer(0.5), *shuffled)] == [n % (1 << 16) for n in numbers]
