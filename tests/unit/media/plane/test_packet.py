from media.plane.packet import PADDED, PLAIN, Packet, new_packet


def test_padding_fills_up_and_counts_itself() -> None:
    packet = Packet(1, 2, PLAIN | 96, 0, b"abc").padded(7)
    assert packet == Packet(1, 2, PLAIN | PADDED | 96, 0, b"abc\0\0\0\x04")


def test_a_packet_of_the_right_size_is_left_alone() -> None:
    packet = Packet(1, 2, PLAIN | 96, 0, b"abc")
    assert packet.padded(3) is packet


def test_the_quick_way_makes_the_same_packet() -> None:
    assert new_packet((1, 2, 3, 4, b"x", None)) == Packet(1, 2, 3, 4, b"x")
    assert type(new_packet((1, 2, 3, 4, b"x", None))) is Packet
