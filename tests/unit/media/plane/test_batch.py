from hypothesis import given
from hypothesis import strategies as st

from media.plane.batch import MAX_PADDING, MAX_RUN, MAX_RUN_BYTES, plan
from media.plane.packet import EMPTY, PADDED, PLAIN, Packet


def packets(*sizes: int, payload_type: int = 96) -> list[Packet]:
    return [Packet(number, 0, PLAIN | payload_type, 0, b"x" * size) for number, size in enumerate(sizes)]


def unpadded(packet: Packet) -> int:
    return len(packet.payload) - (packet.payload[-1] if packet.head & PADDED else 0)


def sizes(*given_sizes: int) -> list[list[int]]:
    return [[len(packet.payload) for packet in run.packets] for run in plan(packets(*given_sizes))]


def test_packets_of_one_frame_are_one_run_made_equal_by_padding() -> None:
    assert sizes(1_099, 1_099, 1_100, 1_100) == [[1_100] * 4]


def test_the_last_of_a_run_stays_as_short_as_it_is() -> None:
    assert sizes(1_100, 1_100, 300) == [[1_100, 1_100, 300]]


def test_a_much_longer_packet_begins_another_run() -> None:
    assert sizes(300, 1_100, 1_100) == [[300], [1_100, 1_100]]


def test_a_short_one_in_the_middle_ends_a_run() -> None:
    assert sizes(1_100, 200, 1_100) == [[1_100, 200], [1_100]]


def test_payload_types_do_not_mix() -> None:
    assert len(plan(packets(100, 100) + packets(100, payload_type=97))) == 2


def test_packets_longer_than_a_line_takes_travel_alone() -> None:
    assert sizes(1_100, 1_251, 1_251, 1_100, 1_100) == [[1_100], [1_251], [1_251], [1_100, 1_100]]


def test_nothing_is_no_run() -> None:
    assert plan([]) == []


def test_the_markers_of_one_payload_type_do_mix() -> None:
    assert len(plan([*packets(100), Packet(1, 0, PLAIN | 0x80 | 96, 0, b"x" * 100)])) == 1


@given(st.lists(st.integers(1, 1_480), max_size=150))
def test_every_packet_goes_once_in_order_and_the_kernel_can_cut_it(lengths: list[int]) -> None:
    given_packets = packets(*lengths)
    runs = plan(given_packets)
    sent = [packet for run in runs for packet in run.packets]
    assert [packet.number for packet in sent] == list(range(len(lengths)))
    assert [unpadded(packet) for packet in sent] == lengths
    for run in runs:
        assert len(run.packets) <= MAX_RUN
        assert len(run.packets) * run.size <= MAX_RUN_BYTES
        assert all(len(packet.payload) == run.size for packet in run.packets[:-1])
        assert len(run.packets[-1].payload) == run.last <= run.size
        assert all(len(packet.payload) - unpadded(packet) <= MAX_PADDING for packet in run.packets)
        assert run.octets == sum(map(unpadded, run.packets))
        assert run.newest == run.packets[-1]


def test_a_packet_of_padding_alone_says_how_much_it_is_when_more_is_added() -> None:
    alone = Packet(0, 0, PLAIN | PADDED | 96, 0, EMPTY)
    (run,) = plan([alone, *packets(9)])
    assert run.packets[0].payload == EMPTY + bytes(7) + b"\x09"
