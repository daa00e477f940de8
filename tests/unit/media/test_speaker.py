"""Who speaks, and who has the floor."""

import pytest

from media.ids import RoomId, TrackId
from media.speaker import ATTACK_S, BEGINS, GOES_ON, LOOK_S, MAX_SPEAKERS, RELEASE_S, TAKES_S, Floor, Floors

ANNE, BRUNO = TrackId("anne"), TrackId("bruno")
VOICE, NOISE = 30, 70
QUIET_S = RELEASE_S + LOOK_S / 2  # looks that together are long enough


class Meeting:
    """A floor that is looked at ten times a second."""

    def __init__(self) -> None:
        self.floor = Floor()
        self.now = 100.0
        self.changes = 0

    def goes_on(self, seconds: float, **levels: int) -> tuple[TrackId, ...]:
        for _ in range(round(seconds / LOOK_S)):
            self.now += LOOK_S
            self.changes += self.floor.hear([(TrackId(name), level) for name, level in levels.items()], self.now)
        return self.floor.speakers


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


def test_whoever_is_loud_for_a_moment_speaks(meeting: Meeting) -> None:
    assert meeting.goes_on(ATTACK_S + LOOK_S / 2, anne=VOICE, bruno=NOISE) == ()
    assert meeting.goes_on(LOOK_S, anne=VOICE, bruno=NOISE) == (ANNE,)
    assert meeting.floor.holder == ANNE
    assert meeting.changes == 1


def test_a_cough_is_no_speech(meeting: Meeting) -> None:
    for _ in range(20):
        meeting.goes_on(0.2, anne=VOICE)
        assert meeting.goes_on(0.2, anne=NOISE) == ()
    assert meeting.changes == 0


def test_a_pause_for_breath_is_speech_and_a_longer_one_its_end(meeting: Meeting) -> None:
    meeting.goes_on(1.0, anne=VOICE)
    assert meeting.goes_on(QUIET_S - LOOK_S, anne=NOISE) == (ANNE,)
    meeting.goes_on(LOOK_S, anne=VOICE)
    assert meeting.goes_on(QUIET_S - LOOK_S) == (ANNE,), "silence that is not even sent is silence, too"
    assert meeting.goes_on(LOOK_S) == ()
    assert meeting.floor.holder == ANNE, "people go on looking at her"
    assert meeting.changes == 2


def test_speech_may_become_softer_than_it_had_to_begin(meeting: Meeting) -> None:
    softer = (BEGINS + GOES_ON) // 2
    assert meeting.goes_on(2.0, anne=softer) == ()
    meeting.goes_on(1.0, anne=VOICE)
    assert meeting.goes_on(5.0, anne=softer) == (ANNE,)


def test_nobody_takes_the_floor_from_somebody_who_speaks(meeting: Meeting) -> None:
    meeting.goes_on(1.0, bruno=VOICE)
    assert meeting.goes_on(10.0, anne=VOICE - 20, bruno=VOICE) == (BRUNO, ANNE)
    assert meeting.floor.holder == BRUNO


def test_a_listeners_yes_does_not_take_the_floor_and_an_answer_does(meeting: Meeting) -> None:
    meeting.goes_on(3.0, anne=VOICE)
    meeting.goes_on(QUIET_S)
    assert meeting.goes_on(0.5, bruno=VOICE) == (BRUNO,)
    meeting.goes_on(QUIET_S)
    assert meeting.floor.holder == ANNE
    meeting.goes_on(ATTACK_S + TAKES_S + 3 * LOOK_S, bruno=VOICE)
    assert meeting.floor.holder == BRUNO


def test_of_a_crowd_those_are_told_who_began_first(meeting: Meeting) -> None:
    for number in range(MAX_SPEAKERS + 2):
        meeting.goes_on(0.4, **{f"p{before}": VOICE for before in range(number + 1)})
    assert meeting.floor.speakers == tuple(f"p{number}" for number in range(MAX_SPEAKERS))


def test_each_room_has_a_floor_of_its_own_and_changes_alone_are_told() -> None:
    floors, told = Floors(), []
    for look in range(10):
        levels = [(RoomId("one"), ANNE, VOICE), (RoomId("two"), BRUNO, VOICE if look > 4 else NOISE)]
        told += [(look, *change) for change in floors.hear(levels, look * LOOK_S)]
    assert told == [(2, "one", (ANNE,), ANNE), (7, "two", (BRUNO,), BRUNO)]
    floors.keep({RoomId("two")})
    assert [room for room, *_ in floors.hear((), 60.0)] == ["two"]
