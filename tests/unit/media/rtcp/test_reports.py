import pytest

from media.rtcp.packets import SenderReport
from media.rtcp.reports import Reception, SenderClock, short_ntp

SECOND = 1 << 32


def heard(ntp_s: float, timestamp: int) -> SenderReport:
    return SenderReport(1, int(ntp_s * SECOND), timestamp, 10, 1_000)


def test_a_block_tells_the_fraction_lost_since_the_last() -> None:
    reception = Reception(ssrc=1)
    reception.block(highest_sequence=1_000, lost=0, jitter=0, now=0.0)
    block = reception.block(highest_sequence=1_100, lost=25, jitter=7.9, now=1.0)
    assert (block.fraction_lost, block.lost, block.highest_sequence, block.jitter) == (64, 25, 1_100, 7)


def test_repairs_never_make_a_fraction_negative() -> None:
    reception = Reception(ssrc=1)
    reception.block(highest_sequence=1_000, lost=50, jitter=0, now=0.0)
    assert reception.block(highest_sequence=1_100, lost=40, jitter=0, now=1.0).fraction_lost == 0


def test_a_block_refers_to_the_last_sender_report() -> None:
    reception = Reception(ssrc=1)
    assert reception.block(1, 0, 0, now=0.0).delay == 0
    report = heard(100.5, 0)
    reception.heard(report, now=10.0)
    block = reception.block(2, 0, 0, now=10.25)
    assert (block.last_report, block.delay) == (short_ntp(report.ntp), 16_384)


def test_nothing_is_reported_before_the_publisher_has() -> None:
    assert SenderClock(90_000).report(5, 1, 1, 0, now=0.0) is None


def test_a_report_tells_the_publishers_clock_moved_on() -> None:
    clock = SenderClock(90_000)
    clock.heard(heard(100.0, 4_000_000_000), now=10.0)
    report = clock.report(ssrc=5, packets=7, octets=700, offset=1_000_000_000, now=10.5)
    assert report is not None
    assert (report.ssrc, report.packets, report.octets) == (5, 7, 700)
    assert report.ntp == int(100.5 * SECOND)
    assert report.timestamp == (4_000_000_000 + 45_000 + 1_000_000_000) % (1 << 32)


def test_the_round_trip_leaves_the_subscribers_pause_out() -> None:
    clock = SenderClock(90_000)
    clock.heard(heard(100.0, 0), now=10.0)
    report = clock.report(5, 1, 1, 0, now=11.0)
    assert report is not None
    subscriber = Reception(ssrc=5)
    subscriber.heard(report, now=0.0)
    block = subscriber.block(1, 0, 0, now=0.5)
    assert clock.round_trip_s(block, now=11.58) == pytest.approx(0.08, abs=1e-4)


def test_a_block_about_another_report_tells_no_round_trip() -> None:
    assert SenderClock(90_000).round_trip_s(Reception(1).block(1, 0, 0, now=0.0), now=1.0) is None
