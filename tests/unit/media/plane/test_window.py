from media.plane.window import REPLAY_WINDOW, Window


def taken(*numbers: int) -> Window:
    window = Window()
    for number in numbers:
        window.take(number)
    return window


def test_a_number_is_new_once() -> None:
    window = taken(10, 12, 11)
    assert [number for number in range(8, 15) if window.is_new(number)] == [8, 9, 13, 14]


def test_what_lies_farther_back_than_the_window_counts_as_taken() -> None:
    window = taken(REPLAY_WINDOW)
    assert window.is_new(1)
    assert not window.is_new(0)


def test_a_jump_over_everything_leaves_only_the_newest_taken() -> None:
    window = taken(1, 2, 2**31 - 1)
    assert not window.is_new(2**31 - 1)
    assert window.is_new(2**31 - 2)
    assert not window.is_new(2)
