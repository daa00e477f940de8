import pytest

from media.plane.batch import plan
from media.plane.endpoint import Endpoint
from media.plane.interface import Extensions, PeerIndex, Route, RouteIndex
from media.plane.packet import HAS_LEVEL, HAS_SEND_TIME, PLAIN, Packet
from media.plane.rewriter import MAX_TAILS, Budget, Rewriter
from media.rtp import header
from media.rtp.header import Header

TRAILER = 16


def rewriter(extensions: Extensions, mid: str = "m") -> Rewriter:
    route = Route(RouteIndex(0), PeerIndex(1), 0xABCD, {96: 100}, 0xABCE, {100: 101}, mid, extensions, Extensions())
    return Rewriter(route, Endpoint(PeerIndex(1)))


def packet(number: int, payload: bytes = b"payload", copied: int = 0, head: int = PLAIN | 96) -> Packet:
    return Packet(number, 1_000, head, copied, payload)


def written(rewriter: Rewriter, *packets: Packet) -> list[tuple[Header, bytes]]:
    """What lies in memory after writing one run, packet by packet."""
    (run,) = plan(list(packets))
    data = bytearray(4_000)
    size = rewriter.write(run, data, TRAILER)
    read = []
    for index in range(len(packets)):
        at = index * (size + run.size + TRAILER)
        piece = bytes(data[at : at + size + (run.last if index == len(packets) - 1 else run.size)])
        head = header.parse(piece)
        read.append((head, piece[head.payload_start : head.payload_end]))
    return read


def test_packets_of_a_run_lie_a_trailer_apart() -> None:
    write = rewriter(Extensions(transport_cc=3, mid=4))
    read = written(write, packet(5, b"long one"), packet(6, b"long one", head=PLAIN | 0x80 | 96), packet(8, b"short"))
    assert [payload for _, payload in read] == [b"long one", b"long one", b"short"]
    assert [(head.payload_type, head.marker) for head, _ in read] == [(100, False), (100, True), (100, False)]
    assert [head.extensions[3] for head, _ in read] == [b"\0\0", b"\0\1", b"\0\2"]


@pytest.mark.parametrize(
    ("negotiated", "extensions"),
    [
        (Extensions(), {}),
        (Extensions(mid=4), {4: b"m"}),
        (Extensions(audio_level=2), {2: b"\x85"}),
        (Extensions(abs_send_time=9), {9: b"\x01\x02\x03"}),
        (Extensions(transport_cc=5, audio_level=2), {5: b"\0\0", 2: b"\x85"}),
        (Extensions(14, 1, 2, 3), {14: b"m", 1: b"\0\0", 2: b"\x85", 3: b"\x01\x02\x03"}),
        (Extensions(mid=15, transport_cc=200), {}),
    ],
)
def test_the_block_holds_what_was_negotiated_and_fits_one_byte(
    negotiated: Extensions, extensions: dict[int, bytes]
) -> None:
    copied = HAS_LEVEL | 0x85 << 24 | HAS_SEND_TIME | 0x010203
    ((head, payload),) = written(rewriter(negotiated), packet(1, copied=copied))
    assert head.extensions == extensions
    assert payload == b"payload"


def test_packets_of_one_route_have_headers_of_one_size() -> None:
    write = rewriter(Extensions(1, 2, 3, 4))
    with_values = written(write, packet(1, copied=HAS_LEVEL | HAS_SEND_TIME))[0][0]
    without = written(write, packet(2))[0][0]
    assert with_values.payload_start == without.payload_start


def test_a_mid_too_long_for_an_element_is_left_out() -> None:
    assert written(rewriter(Extensions(mid=4), mid="x" * 17), packet(1))[0][0].extensions == {}


def test_a_payload_type_the_subscriber_has_not_is_not_written() -> None:
    (run,) = plan([packet(1, head=PLAIN | 98)])
    for extensions in (Extensions(), Extensions(mid=1)):
        with pytest.raises(KeyError):
            rewriter(extensions).write(run, bytearray(200), TRAILER)


def test_values_that_never_repeat_do_not_pile_up() -> None:
    write = rewriter(Extensions(abs_send_time=3))
    for value in range(3 * MAX_TAILS):
        written(write, packet(value, copied=HAS_SEND_TIME | value))
    assert len(write._block.tails) <= MAX_TAILS


def test_a_repair_names_the_number_it_repeats_and_counts_its_own() -> None:
    write = rewriter(Extensions(mid=4))
    write.numbering.offset = 65_530
    data = bytearray(200)
    sequences = []
    for _ in range(2):
        size = write.write_repair(packet(10), data)
        head = header.parse(data[:size])
        assert (head.ssrc, head.payload_type, head.extensions) == (0xABCE, 101, {4: b"m"})
        assert data[head.payload_start : size] == b"\0\x04payload"
        sequences.append(head.sequence)
    assert sequences[1] == sequences[0] + 1


def test_a_repair_without_rtx_for_its_type_is_not_written() -> None:
    assert rewriter(Extensions()).write_repair(packet(10, head=PLAIN | 98), bytearray(200)) == 0


def test_a_budget_refills_with_time() -> None:
    budget = Budget()
    assert budget.take(10_000, now=100.0) == Budget.burst
    assert budget.take(1, now=100.0) == 0
    assert budget.take(1_000, now=100.25) == Budget.per_s // 4
