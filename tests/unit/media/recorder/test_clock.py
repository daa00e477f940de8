"""Where frames and files lie in time."""

import pytest

from media.recorder.clock import NTP_SECOND, SenderClock, TrackClock

RATE = 48_000
ORIGIN = 100.0


def ntp(seconds: float) -> int:
    return round(seconds * NTP_SECOND)


def track(sender: SenderClock | None = None) -> TrackClock:
    return TrackClock(RATE, sender or SenderClock())


def test_times_in_the_file_follow_the_timestamps_and_not_the_arrivals() -> None:
    clock = track()
    assert clock.place(5000, 101.0) == 0.0
    assert clock.place(5000 + RATE, 102.7) == pytest.approx(1.0)


def test_timestamps_wrap_around() -> None:
    clock = track()
    clock.place((1 << 32) - RATE // 2, 101.0)
    assert clock.place(RATE // 2, 102.0) == pytest.approx(1.0)


def test_an_earlier_timestamp_gives_an_earlier_time() -> None:
    clock = track()
    clock.place(RATE, 101.0)
    clock.place(3 * RATE, 103.0)
    assert clock.place(2 * RATE, 103.0) == pytest.approx(1.0)


def test_the_offset_is_the_first_arrival_until_a_report_tells_better() -> None:
    sender = SenderClock()
    early, late = track(sender), track(sender)
    early.place(7, 101.0)
    late.place(9, 101.3)  # captured at the same moment, but 300 ms longer on its way
    assert late.offset(ORIGIN) == pytest.approx(1.3)
    early.report(ntp(50.0), 7, 101.0)
    late.report(ntp(50.0), 9, 101.1)
    assert early.offset(ORIGIN) == pytest.approx(1.0)
    assert late.offset(ORIGIN) == pytest.approx(1.0)


def test_a_report_before_the_first_frame_counts() -> None:
    clock = track()
    clock.report(ntp(50.0), 0, 101.0)
    clock.place(RATE, 102.4)
    assert clock.offset(ORIGIN) == pytest.approx(2.0)


def test_the_least_delay_places_a_sender_and_moves_all_its_tracks_together() -> None:
    sender = SenderClock()
    one, other = track(sender), track(sender)
    one.place(0, 101.2)
    other.place(0, 101.2)
    one.report(ntp(50.0), 0, 101.2)
    other.report(ntp(50.0), 0, 101.05)
    assert one.offset(ORIGIN) == other.offset(ORIGIN) == pytest.approx(1.05)


def test_a_report_that_would_move_a_track_far_away_is_not_believed() -> None:
    clock = track()
    clock.place(0, 101.0)
    clock.report(ntp(50.0), 60 * RATE, 101.0)
    assert clock.offset(ORIGIN) == pytest.approx(1.0)


def test_a_drifting_crystal_is_followed_without_a_step() -> None:
    clock = track()
    ppm = 200e-6
    last = clock.place(0, 101.0)
    for step in range(1, 3600 * 10):
        true = step / 10
        timestamp = round(true * (1 + ppm) * RATE) % (1 << 32)
        time = clock.place(timestamp, 101.0 + true)
        assert 0.0 < time - last < 0.11
        last = time
        if step % 50 == 0:
            clock.report(ntp(50.0 + true), timestamp, 101.0 + true)
    assert last == pytest.approx(3599.9, abs=0.02)  # unfollowed it would be 0.72 s off


def test_a_sender_that_sets_its_ntp_clock_moves_nothing() -> None:
    clock = track()
    clock.place(0, 101.0)
    clock.report(ntp(50.0), 0, 101.0)
    clock.report(ntp(3650.0 + 1), RATE, 102.0)
    assert clock.place(2 * RATE, 103.0) == pytest.approx(2.0, abs=0.001)
    assert clock.offset(ORIGIN) == pytest.approx(1.0)


@pytest.mark.parametrize("jump", [1 << 30, -(1 << 30), 30 * RATE, -30 * RATE])
def test_a_new_count_of_timestamps_goes_on_where_the_arrivals_are(jump: int) -> None:
    clock = track()
    clock.place(0, 101.0)
    clock.place(RATE, 102.0)
    assert clock.place((RATE + jump) % (1 << 32), 103.0) == pytest.approx(2.0)
    assert clock.place((2 * RATE + jump) % (1 << 32), 104.0) == pytest.approx(3.0)


def test_a_line_that_stalls_for_some_seconds_is_no_new_count() -> None:
    clock = track()
    clock.place(0, 101.0)
    assert clock.place(960, 106.0) == pytest.approx(0.02)
    assert clock.place(6 * RATE, 107.0) == pytest.approx(6.0)
