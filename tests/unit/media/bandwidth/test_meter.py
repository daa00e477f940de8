import pytest

from media.bandwidth.meter import HEADER_OCTETS, LEAST_S, Meter

PAYLOAD = 1_000


def run(meter: Meter, bitrate_bps: float, seconds: float, start: float, octets: int) -> tuple[float, int]:
    """Counts twice a second; returns the time and the total."""
    for step in range(round(seconds / 0.5)):
        octets += round(bitrate_bps * 0.5 / 8 / (PAYLOAD + HEADER_OCTETS)) * PAYLOAD
        meter.count(octets // PAYLOAD, octets, start + 0.5 * (step + 1))
    return start + seconds, octets


def test_a_bitrate_is_that_of_whole_datagrams() -> None:
    meter = Meter()
    run(meter, 1_000_000, 5.0, 10.0, 0)
    assert meter.bitrate_bps == pytest.approx(1_000_000, rel=0.02)


def test_one_key_frame_is_no_new_bitrate() -> None:
    meter = Meter()
    now, octets = run(meter, 200_000, 5.0, 10.0, 0)
    run(meter, 600_000, 0.5, now, octets)
    assert meter.bitrate_bps < 400_000


def test_what_resumes_is_not_known_until_a_whole_stretch_is() -> None:
    meter = Meter()
    now, octets = run(meter, 400_000, 5.0, 10.0, 0)
    now, octets = run(meter, 0, 2.0, now, octets)
    assert meter.bitrate_bps == 0
    now, octets = run(meter, 80_000, 0.5, now, octets)
    assert meter.bitrate_bps == 0, "it began somewhere in this stretch"
    run(meter, 400_000, 0.5, now, octets)
    assert meter.bitrate_bps == pytest.approx(400_000, rel=0.05)


def test_stretches_too_short_to_tell_anything_are_joined() -> None:
    meter = Meter()
    meter.count(1, 1_000, 1.0)
    meter.count(100, 100_000, 1.0 + LEAST_S / 2)
    assert meter.bitrate_bps == 0
    meter.count(200, 200_000, 1.01 + LEAST_S)
    assert meter.bitrate_bps > 0
