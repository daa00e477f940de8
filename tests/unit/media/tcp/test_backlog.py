"""What a line has not taken yet."""

from media.tcp.backlog import LATEST_S, MOST_PICTURES, MOST_SOUND, Backlog

SIZE = 1_024


def packet(number: int, *, picture: bool) -> bytes:
    return b"\x80\x60" + number.to_bytes(2) + bytes(4) + (b"\xff" if picture else b"\x7f") + bytes(SIZE - 9)


def numbers(packets: list[bytes]) -> list[int]:
    return [int.from_bytes(each[2:4]) for each in packets]


def test_sound_goes_before_pictures_and_each_in_its_order() -> None:
    backlog = Backlog()
    for number in range(6):
        backlog.add(packet(number, picture=number % 2 == 0), now=0.0)
    assert numbers(backlog.take(4 * SIZE)) == [1, 3, 5, 0]
    assert numbers(backlog.take(4 * SIZE)) == [2, 4]
    assert backlog.take(4 * SIZE) == []


def test_a_take_ends_with_the_packet_that_makes_it_long_enough() -> None:
    backlog = Backlog()
    for number in range(3):
        backlog.add(packet(number, picture=True), now=0.0)
    assert numbers(backlog.take(SIZE + 1)) == [0, 1]


def test_pictures_that_are_too_many_push_out_older_ones_and_no_sound() -> None:
    backlog, most = Backlog(), MOST_PICTURES // SIZE
    backlog.add(packet(1_000, picture=False), now=0.0)
    dropped = [backlog.add(packet(number, picture=True), now=0.0) for number in range(most + 2)]
    assert sum(dropped) == 2
    assert numbers(backlog.take(MOST_PICTURES + SIZE)) == [1_000, *range(2, most + 2)]


def test_what_waited_too_long_is_not_sent_any_more() -> None:
    backlog = Backlog()
    backlog.add(packet(0, picture=True), now=0.0)
    backlog.add(packet(1, picture=True), now=LATEST_S / 2)
    assert backlog.add(packet(2, picture=True), now=LATEST_S + 0.1) == 1
    assert numbers(backlog.take(MOST_PICTURES)) == [1, 2]


def test_nothing_grows_for_ever() -> None:
    backlog = Backlog()
    for number in range(1_000):
        for picture in (True, False):
            backlog.add(packet(number, picture=picture), now=0.0)
        assert backlog.octets <= MOST_PICTURES + MOST_SOUND
