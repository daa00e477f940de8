import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import picture_code, tones
from tests.support.picture_code import Code

RATE_HZ = 48_000

codes = st.builds(
    Code, st.integers(0, 31), st.integers(0, 7), st.integers(0, 0xFFFF), st.integers(0, picture_code.CLOCK_WRAP_MS - 1)
)


@given(codes, st.sampled_from([(320, 180), (160, 90), (640, 480), (427, 240)]))
def test_a_drawn_code_is_read_at_any_size(code: Code, size: tuple[int, int]) -> None:
    assert picture_code.read(picture_code.draw(code, *size), *size) == code


@given(codes, st.integers(0, 63))
def test_one_wrong_block_is_no_code(code: Code, place: int) -> None:
    wrong = int.from_bytes(code.to_bytes()) ^ 1 << place
    assert Code.from_bytes(wrong.to_bytes(8)) is None


@pytest.mark.parametrize("grey", [0, 127, 255])
def test_a_plain_picture_is_no_code(grey: int) -> None:
    assert picture_code.read(bytes([grey]) * (320 * 180), 320, 180) is None


@given(st.sets(st.integers(0, 15), max_size=4), st.sampled_from([960, 1024, 4800]))
def test_exactly_those_who_sound_are_heard(people: set[int], length: int) -> None:
    times = np.arange(length) / RATE_HZ
    sound = sum((0.2 * np.sin(2 * np.pi * tones.tone_of(person) * times) for person in people), np.zeros(length))
    assert tones.heard(sound.astype(np.float32), RATE_HZ) == people
