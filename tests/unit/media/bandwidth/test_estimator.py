"""The estimate on lines of all kinds, in virtual time; what liars can do with it."""

import pytest

from media.bandwidth.allocator import Rank, Wish, allocate
from media.bandwidth.estimator import SAMPLED, SILENCE_S, Estimator
from media.bandwidth.rate import LEAST_BPS, MOST_BPS, START_BPS
from media.rtcp.transport import TransportFeedback
from tests.support.downlink import Downlink
from tests.support.link import Weather

LAYERS = (150_000.0, 500_000.0, 1_700_000.0)
SOUND = Wish(Rank.SOUND, (48_000.0,), 0)


def all_it_may(estimate_bps: int) -> float:
    """A source that fills the line."""
    return max(0.0, estimate_bps - 60_000)


class Layered:
    """A simulcast towards one subscriber, allocated as the relay does."""

    def __init__(self, line: Downlink) -> None:
        self.line = line
        self.step = 0
        self.changes: list[tuple[float, int]] = []

    def __call__(self, estimate_bps: int) -> float:
        given = allocate(estimate_bps, [SOUND, Wish(Rank.WATCHED, LAYERS, 2, self.step)])
        self.line.wanted_bps = given.wanted_bps
        if given.steps[1] != self.step:
            self.step = given.steps[1]
            self.changes.append((self.line.now, self.step))
        return LAYERS[self.step] if self.step >= 0 else 0.0

    def last_change(self) -> tuple[float, int]:
        return self.changes[-1]


@pytest.mark.parametrize("bitrate_bps", [300_000, 500_000, 2_000_000])
@pytest.mark.parametrize("loss", [0.0, 0.10])
def test_it_finds_what_the_line_carries_without_a_standing_queue(bitrate_bps: int, loss: float) -> None:
    line = Downlink(Estimator(paced=True), Weather(delay_s=0.030, rate_bps=bitrate_bps, loss=loss))
    line.run(40.0, all_it_may)
    settled = line.now - 20.0
    assert 0.80 * bitrate_bps < line.mean_estimate(settled) < 1.10 * bitrate_bps
    assert line.median_delay(settled) < 0.100, "200 ms would be felt in speech"


def test_a_line_that_narrows_is_felt_at_once_and_one_that_widens_soon() -> None:
    good, narrow = Weather(delay_s=0.030), Weather(delay_s=0.030, rate_bps=300_000)
    line = Downlink(Estimator(paced=True, probes=True), good)
    layers = Layered(line)
    line.run(20.0, layers)
    assert layers.step == 2
    line.weather, narrowed = narrow, line.now
    line.run(30.0, layers)
    assert layers.step == 0
    assert layers.last_change()[0] - narrowed < 2.0
    line.weather, widened = good, line.now
    line.run(15.0, layers)
    assert layers.step == 2
    assert layers.last_change()[0] - widened < 12.0
    assert line.padding < 150_000


def test_without_padding_growth_is_tried_slowly() -> None:
    line = Downlink(Estimator(paced=True, probes=False), Weather(delay_s=0.030, rate_bps=400_000))
    layers = Layered(line)
    line.run(20.0, layers)
    assert layers.step == 0
    line.weather = Weather(delay_s=0.030)
    line.run(40.0, layers)
    assert layers.step == 2


@pytest.mark.parametrize(
    "weather",
    [
        Weather(delay_s=0.075, jitter_s=0.050),
        Weather(delay_s=0.150, jitter_s=0.200),
        Weather(delay_s=0.050, loss=0.05, duplicates=0.02, reorder=0.05),
        Weather(delay_s=0.050, jitter_s=0.010, loss=0.10),
    ],
    ids=["100 ± 25 ms", "250 ± 100 ms", "5 % lost, 5 % late", "10 % lost"],
)
def test_a_bad_line_that_is_wide_enough_keeps_the_best_layer(weather: Weather) -> None:
    line = Downlink(Estimator(paced=True, probes=True), weather)
    layers = Layered(line)
    line.run(5.0, layers)
    assert layers.step == 2
    line.run(30.0, layers)
    assert layers.last_change()[0] < line.now - 30.0, "jitter and loss of its own are no lack of room"


def test_a_burst_of_loss_is_over_when_it_is_over() -> None:
    line = Downlink(Estimator(paced=True, probes=True), Weather(delay_s=0.030))
    layers = Layered(line)
    line.run(10.0, layers)
    line.weather = Weather(delay_s=0.030, loss=0.30)
    line.run(2.0, layers)
    line.weather, over = Weather(delay_s=0.030), line.now
    line.run(10.0, layers)
    assert layers.step == 2
    assert layers.last_change()[0] - over < 3.0


def test_who_is_sent_little_is_not_thought_to_bear_little() -> None:
    line = Downlink(Estimator(paced=True, probes=True), Weather(delay_s=0.030, rate_bps=3_000_000))
    line.wanted_bps = 2_000_000
    line.run(5.0, lambda _: 50_000.0)
    assert line.estimator.bitrate_bps > 2_000_000
    line.wanted_bps = 0
    line.run(60.0, lambda _: 50_000.0)
    assert line.estimator.bitrate_bps > 2_000_000


def test_somebody_who_falls_silent_is_sent_less() -> None:
    line = Downlink(Estimator(paced=True), Weather(delay_s=0.030))
    line.run(5.0, all_it_may)
    before = line.estimator.bitrate_bps
    line.estimator.hear_nothing(line.now + SILENCE_S / 2)
    assert line.estimator.bitrate_bps == before
    line.estimator.hear_nothing(line.now + SILENCE_S + 0.1)
    assert line.estimator.bitrate_bps <= before / 2 + 1


def test_a_calm_line_is_read_now_and_then_until_something_happens() -> None:
    line = Downlink(Estimator(paced=True, probes=True), Weather(delay_s=0.030))
    line.wanted_bps = 3_000_000
    line.run(5.0, lambda _: 1_000_000.0)
    read = [not line.estimator.skips(line.now, calm=True) for _ in range(4 * SAMPLED)]
    assert sum(read) == 4
    assert not line.estimator.skips(line.now, calm=False)
    line.weather, line.wanted_bps, line.calm = Weather(delay_s=0.030, rate_bps=400_000), 0.0, True
    line.run(2.0, lambda _: 1_000_000.0)
    assert line.estimator.bitrate_bps < 450_000
    assert not line.estimator.skips(line.now, calm=True)


# ── fallbacks


def test_without_any_word_only_heavy_loss_limits() -> None:
    estimator = Estimator()
    assert estimator.bitrate_bps == MOST_BPS
    assert not estimator.limited
    estimator.hear_loss(0.02, 1.0, sending_bps=2_000_000)
    assert estimator.bitrate_bps == MOST_BPS
    estimator.hear_loss(0.30, 1.0, sending_bps=2_000_000)
    assert 1_000_000 < estimator.bitrate_bps < 2_000_000


def test_a_receivers_estimate_limits_when_it_is_below_what_is_sent() -> None:
    estimator = Estimator()
    estimator.hear_estimate(400_000, sending_bps=900_000, now=1.0)
    assert estimator.bitrate_bps == 400_000
    for second in range(2, 30):
        estimator.hear_estimate(500_000, sending_bps=300_000, now=float(second))
    assert estimator.bitrate_bps > 1_000_000, "it tells little of what it was not sent"


def test_a_receivers_estimate_counts_only_until_there_is_better_feedback() -> None:
    line = Downlink(Estimator(paced=True), Weather(delay_s=0.030))
    line.run(5.0, all_it_may)
    before = line.estimator.bitrate_bps
    line.estimator.hear_estimate(1, sending_bps=900_000, now=line.now)
    assert line.estimator.bitrate_bps == before


# ── lies


@pytest.mark.parametrize("told", [0, 1, 2**63, 2**81])
def test_absurd_estimates_stay_within_bounds(told: int) -> None:
    estimator = Estimator()
    for second in range(20):
        estimator.hear_estimate(told, sending_bps=500_000, now=float(second))
        assert LEAST_BPS <= estimator.bitrate_bps <= MOST_BPS


def test_feedback_on_packets_never_sent_counts_for_nothing() -> None:
    estimator = Estimator(paced=True)
    for number in range(50):
        feedback = TransportFeedback(1, 2, number * 1_000 & 0xFFFF, number, 0, tuple(range(200)))
        estimator.receive(feedback, [None] * 200, float(number))
    assert estimator.bitrate_bps == START_BPS
    assert estimator.throughput.bitrate_bps is None


def test_feedback_told_twice_counts_once() -> None:
    estimator = Estimator(paced=True)
    departures = [(1.0 + number * 0.02, 1_000) for number in range(10)]
    once = TransportFeedback(1, 2, 5, 100, 0, tuple(number * 80 for number in range(10)))
    estimator.receive(once, departures, 1.3)
    for again in range(100):
        estimator.receive(once, departures, 1.3 + again / 100)
    assert estimator.throughput.bitrate_bps is None, "one feedback is no stretch to measure"
    assert estimator.loss.share == 0.0


@pytest.mark.parametrize("reference", [0, (1 << 23) - 1, -(1 << 23)])
def test_any_clock_will_do(reference: int) -> None:
    """The reference goes round every twelve days, and may do so in the middle of a call."""
    estimator = Estimator(paced=True)
    sent = 0.0
    for number in range(400):
        departures = [(10.0 + sent + part * 0.02, 1_000) for part in range(3)]
        sent += 0.064
        reference = (reference + 1 + (1 << 23)) % (1 << 24) - (1 << 23)
        feedback = TransportFeedback(1, 2, number * 3 & 0xFFFF, reference, 0, (0, 80, 160))
        estimator.receive(feedback, list(departures), 10.1 + sent)
    assert estimator.throughput.bitrate_bps == pytest.approx(3 * 8_000 / 0.064, rel=0.1)
    assert not estimator.limited
