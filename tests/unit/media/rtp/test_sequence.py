import pytest

from media.rtp.sequence import extend


@pytest.mark.parametrize(
    ("sequence", "near", "extended"),
    [
        (5, 5, 5),
        (6, 5, 6),
        (4, 5, 4),
        (0, 65_535, 65_536),
        (65_535, 65_536, 65_535),
        (2, 3 * 65_536 + 1, 3 * 65_536 + 2),
        (32_767, 0, 32_767),
        (32_768, 0, -32_768),
    ],
)
def test_a_number_is_taken_in_the_cycle_nearest_to_the_last(sequence: int, near: int, extended: int) -> None:
    assert extend(sequence, near) == extended
