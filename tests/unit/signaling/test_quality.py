"""How lines fare, in three words."""

from itertools import pairwise

import pytest

from media.events import PublishedFares, ReceivingFares
from media.ids import PeerId, TrackId
from rooms.ids import SeatId
from signaling.messages import Quality, ReceivedState, Source
from signaling.quality import BETTER_S, WHOLE_EVERY_S, WORSE_S, WRITTEN_EVERY_S, Line, Lines

ANNE, BRUNO = SeatId("anne"), SeatId("bruno")


class Act:
    """An act's lines, told once a second."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.now = 100.0
        self.written: list[tuple[float, SeatId, str]] = []

    def fares(
        self, seconds: float, *, up: float = 0.0, down: float = 0.0, wait: int | None = 40, frames: float = 29.7
    ) -> str:
        for _ in range(round(seconds)):
            self.now += 1
            camera: Source = "camera"
            sent = (ANNE, camera, PublishedFares(TrackId("a.camera"), 900, up, frames))
            got = (ANNE, ReceivingFares(PeerId("a-down-1"), down, wait)), (BRUNO, ReceivingFares(PeerId("b"), 0.0, 20))
            self.lines.fare([sent], got, self.now)
            self.written += [(self.now, seat, line.grade) for seat, line in self.lines.due(self.now)]
        return self.state().grade

    def news(self, *company: str) -> list[str]:
        """Whose lines are told, with this company there."""
        return [state.seat for state in self.lines.news(frozenset(company), self.now)]

    def looks(self, seconds: int, *, frames: float = 29.7, up: float = 0.0) -> None:
        """Bruno, whose own line is good, looks at Anne, whose picture stands still."""
        frozen = ReceivedState(seat="anne", source="camera", fps=3, frozen_ms=900, delay_ms=None, lost=9.0)
        for _ in range(seconds):
            self.fares(1, up=up, frames=frames)
            self.lines.report(BRUNO, Quality(id=1, round_trip_ms=20, received=(frozen,)), self.now)

    def state(self, seat: SeatId = ANNE) -> Line:
        return self.lines._lines[seat]


@pytest.fixture
def act() -> Act:
    return Act()


@pytest.mark.parametrize(
    ("up", "down", "wait", "grade"),
    [
        (0.0, 0.01, 40, "good"),
        (0.02, 0.0, 40, "fair"),
        (0.0, 0.03, 40, "fair"),
        (0.0, 0.0, 300, "fair"),
        (0.08, 0.0, 40, "poor"),
        (0.0, 0.0, 600, "poor"),
        (0.0, 0.0, None, "good"),
    ],
)
def test_the_worse_direction_gives_the_word(act: Act, up: float, down: float, wait: int | None, grade: str) -> None:
    assert act.fares(20, up=up, down=down, wait=wait) == grade


def test_bad_news_needs_seconds_and_good_news_more_of_them(act: Act) -> None:
    act.fares(5)
    assert act.fares(WORSE_S, up=0.1) == "good"
    assert act.fares(1, up=0.1) == "poor"
    assert act.fares(BETTER_S) == "poor"
    assert act.fares(1) == "good"


def test_one_bad_second_is_nothing(act: Act) -> None:
    for _ in range(20):
        act.fares(1, down=0.5)
        assert act.fares(1) == "good"
    assert act.written == []


def test_the_journal_hears_of_a_seat_once_a_minute_at_most_and_of_nothing_that_stays(act: Act) -> None:
    for _ in range(20):
        act.fares(15, up=0.1)
        act.fares(15)
    times = [at for at, _, _ in act.written]
    assert {seat for _, seat, _ in act.written} == {ANNE}
    assert min(after - before for before, after in pairwise(times)) >= WRITTEN_EVERY_S
    act.fares(300)
    act.written.clear()
    act.fares(600)
    assert act.written == []


def test_pictures_that_stand_still_count_for_who_looks_at_them(act: Act) -> None:
    frozen = ReceivedState(seat="bruno", source="camera", fps=3, frozen_ms=400, delay_ms=None, lost=0.0)
    for _ in range(10):
        act.fares(1)
        act.lines.report(ANNE, Quality(id=1, round_trip_ms=40, received=(frozen,)), act.now)
    assert act.state().grade == "poor"
    assert act.fares(30) == "good", "what the client said is stale"


def test_a_picture_that_came_well_to_the_relay_stands_still_by_the_line_of_who_looks_at_it(act: Act) -> None:
    act.looks(10)
    assert act.state(BRUNO).grade == "poor"


@pytest.mark.parametrize(("up", "frames"), [(0.1, 29.7), (0.0, 0.0)])
def test_one_that_did_not_says_nothing_of_that_line(act: Act, up: float, frames: float) -> None:
    act.looks(10, up=up, frames=frames)
    assert act.state(BRUNO).grade == "good"


def test_on_a_direct_path_the_clients_alone_tell(act: Act) -> None:
    lossy = ReceivedState(seat="bruno", source="microphone", fps=0, frozen_ms=0, delay_ms=90, lost=12.0)
    for second in range(10):
        act.lines.report(ANNE, Quality(id=1, round_trip_ms=50, received=(lossy,)), 100.0 + second)
    (state,) = act.lines.states()
    assert (state.seat, state.grade, state.lost_down, state.round_trip_ms) == (ANNE, "poor", 12.0, 50)


def test_others_are_told_what_the_relay_counted(act: Act) -> None:
    act.fares(1, up=0.0312, down=0.005)
    anne, bruno = act.lines.states()
    assert (anne.lost_up, anne.lost_down, anne.round_trip_ms) == (3.1, 0.5, 40)
    assert [(sent.source, sent.kbps, sent.fps) for sent in anne.sends] == [("camera", 900, 30)]
    assert bruno.sends == ()


def test_lines_are_told_when_somebody_comes_and_then_only_what_one_would_notice(act: Act) -> None:
    act.fares(1)
    assert act.news("a") == [ANNE, BRUNO]
    act.fares(1, up=0.01, wait=55)
    assert act.news("a") == []
    act.fares(1, up=0.03)
    assert act.news("a") == [ANNE]
    act.fares(1, up=0.03, wait=90)
    assert act.news("a", "b") == [ANNE, BRUNO]
    act.fares(1, up=0.03, wait=90)
    assert act.news("a") == []


def test_another_word_is_told_though_the_figures_stay(act: Act) -> None:
    act.fares(1, up=0.1)
    assert act.news() == [ANNE, BRUNO]
    told = []
    for _ in range(10):
        act.fares(1, up=0.1)
        told += act.news()
    assert told == [ANNE]
    assert act.state().grade == "poor"


def test_all_lines_are_told_again_for_whoever_missed_a_word(act: Act) -> None:
    act.fares(1)
    act.news()
    act.fares(WHOLE_EVERY_S - 1)
    assert act.news() == []
    act.fares(1)
    assert act.news() == [ANNE, BRUNO]


def test_whoever_has_left_is_forgotten(act: Act) -> None:
    act.fares(1)
    act.lines.fare([], [], act.now + 1)
    assert act.lines.states() == ()
