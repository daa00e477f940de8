import pytest

from media.peer.layers import Layer, Shown, best, costs, goal, present
from media.plane.interface import TrackIndex

HD = (1280, 720)


@pytest.mark.parametrize(
    ("shown", "step"),
    [
        (None, 2),
        (Shown(1280, 720), 2),
        (Shown(3840, 2160), 2),
        (Shown(780, 440), 1),
        (Shown(790, 450), 2),
        (Shown(390, 220), 0),
        (Shown(400, 225), 1),
        (Shown(0, 0), 0),
    ],
)
def test_the_least_layer_that_is_good_enough_is_the_best(shown: Shown | None, step: int) -> None:
    assert best(shown, 3, HD) == step


def test_sizes_count_from_the_picture_that_is_published() -> None:
    assert best(Shown(400, 225), 2, (640, 360)) == 1
    assert best(Shown(320, 180), 2, (640, 360)) == 0
    assert best(Shown(640, 360), 3, (0, 0)) == 1
    assert best(Shown(20, 20), 1, HD) == 0


def layers(*rates: float) -> list[Layer]:
    return [Layer(TrackIndex(place), str(place), rate > 0, rate) for place, rate in enumerate(rates)]


def test_what_is_sent_costs_what_was_measured_and_what_is_not_what_it_usually_needs() -> None:
    assert costs(layers(90_000, 0, 1_500_000), HD) == (90_000, 460_800, 1_500_000)
    assert costs(layers(0, 0, 0), HD) == (115_200, 460_800, 1_843_200)
    assert costs(layers(500_000), HD) == (500_000,)


def test_steps_of_fewer_frames_are_below_the_least_size_and_never_what_is_shown() -> None:
    assert [best(shown, 5, HD, slower=2) for shown in (None, Shown(1280, 720), Shown(320, 180), Shown(0, 0))] == [
        4,
        4,
        2,
        2,
    ]
    assert best(Shown(20, 20), 3, HD, slower=2) == 2, "of one size they are all there is below it"


def test_fewer_frames_that_are_not_sent_cost_their_share() -> None:
    assert costs(layers(0, 0, 0, 0, 0), HD, slower=2) == (38_400, 76_800, 115_200, 460_800, 1_843_200)
    assert costs(layers(60_000, 80_000, 100_000), HD, slower=2) == (60_000, 80_000, 100_000)


def test_a_layer_that_does_not_come_costs_what_is_sent_in_its_place() -> None:
    sent = layers(0, 0, 1_500_000)
    sent[0].missing = True
    assert costs(sent, HD) == (460_800, 460_800, 1_500_000), "the next may still come"
    sent[1].missing = True
    assert costs(sent, HD) == (1_500_000,) * 3
    assert [present(sent, step) for step in range(3)] == [2, 2, 2]


def test_a_better_layer_never_costs_less() -> None:
    assert costs(layers(300_000, 100_000, 200_000), HD) == (300_000,) * 3


@pytest.mark.parametrize(
    ("target", "feeding", "alive", "expected"),
    [
        (2, None, (True, True, True), 2),
        (2, 0, (True, False, False), 2),
        (2, None, (True, False, False), 0),
        (2, 2, (True, True, False), 1),
        (0, 1, (False, False, True), 2),
        (1, None, (True, False, True), 0),
        (1, 1, (False, False, False), 1),
    ],
)
def test_a_layer_that_stopped_is_waited_for_only_while_another_feeds(
    target: int, feeding: int | None, alive: tuple[bool, ...], expected: int
) -> None:
    assert goal(target, feeding, alive) == expected
