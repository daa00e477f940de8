"""Where a frame lies in time: in its file, and the file in the recording.

Times inside a file follow the RTP timestamps alone, so they are as smooth as the sender made them and never go back.
Where the file lies in the recording is one number, its offset, which may become more exact for as long as the recording
lasts: first from the arrival of the first frame, then from the sender's reports (RFC 3550 §6.4.1), which put all
tracks of one sender on one NTP clock. Because only the offset moves, no frame that is already written has to.

Over an hour the crystal that times the samples drifts from the one that times the reports by some hundred
milliseconds; the file's time is therefore stretched by up to half a percent, which nobody hears.
"""

from dataclasses import dataclass

NTP_SECOND = 1 << 32

SETTLE_S = 30.0  # for this long reports may still correct the way from a sender's clock to ours; then it holds
TRUST_S = 10.0  # a report that moves a track further than this is a lie or a broken clock
STEP_S = 0.5  # a report that suddenly differs by more: the sender's NTP clock was set, and we keep our step
STRETCH = 0.005  # at most this much faster or slower; a twentieth of what an ear notices in speech
HORIZON_S = 10.0  # an error is worked off over this time
EARLY_S, LATE_S = 2.0, 10.0  # timestamps that leave the arrivals by more begin a new count
FORGET = 0.001  # s per s; more than any two clocks drift apart


@dataclass(slots=True)
class SenderClock:
    """The way from one sender's NTP clock to our monotonic one: the least delay that a report was seen to have."""

    delay_s: float | None = None  # monotonic − NTP; its constant part has no meaning
    _since: float = 0.0

    def report(self, ntp_s: float, arrival: float) -> None:
        delay = arrival - ntp_s
        if self.delay_s is None:
            self.delay_s, self._since = delay, arrival
        elif arrival - self._since < SETTLE_S and -STEP_S < delay - self.delay_s < 0:
            self.delay_s = delay


@dataclass(slots=True)
class TrackClock:
    """Maps one track's RTP timestamps (32 bits, `rate` Hz) to seconds since the first frame of its file."""

    rate: int
    sender: SenderClock
    drift_s: float = 0.0  # how far the file's time is behind the sender's reports
    _first_arrival: float | None = None
    _timestamp: int = 0  # extended; the anchor of the present mapping
    _time: float = 0.0  # its time in the file
    _speed: float = 1.0
    _transit: float = 0.0  # arrival − time in the file: the least that was seen, forgotten slowly
    _last_arrival: float = 0.0
    _ntp_zero: float | None = None  # sender's NTP seconds at the file's time 0, for the offset
    _ntp_reference: float | None = None  # the same for the drift; follows the sender when its clock is set
    _early_report: tuple[float, int, float] | None = None  # came before the first frame

    def place(self, timestamp: int, arrival: float) -> float:
        """The frame's time in the file. The first frame has 0."""
        if self._first_arrival is None:
            self._begin(timestamp, arrival)
        time = self._at(timestamp)
        late = arrival - time - self._transit
        if not -EARLY_S < late < LATE_S:
            time = arrival - self._transit
            self._anchor(timestamp, time)
            self._ntp_reference = None
        forgotten = FORGET * max(0.0, arrival - self._last_arrival)
        self._transit = min(arrival - time, self._transit + forgotten)
        self._last_arrival = arrival
        return time

    def report(self, ntp: int, timestamp: int, arrival: float) -> None:
        """A sender report: the NTP time (32.32 bits) at which the sender's media clock showed `timestamp`."""
        ntp_s = ntp / NTP_SECOND
        if self._first_arrival is None:
            self._early_report = (ntp_s, timestamp, arrival)
            return
        self._apply(ntp_s, timestamp, arrival)

    def offset(self, origin: float) -> float | None:
        """Seconds from `origin` (monotonic) to the file's time 0; None before the first frame."""
        if self._first_arrival is None:
            return None
        start = self._first_arrival
        if self._ntp_zero is not None and self.sender.delay_s is not None:
            reported = self._ntp_zero + self.sender.delay_s
            start = reported if abs(reported - start) < TRUST_S else start
        return start - origin

    def _begin(self, timestamp: int, arrival: float) -> None:
        self._first_arrival = self._transit = self._last_arrival = arrival
        self._timestamp = timestamp
        if self._early_report:
            self._apply(*self._early_report)

    def _at(self, timestamp: int) -> float:
        elapsed = _extend_timestamp(timestamp, self._timestamp) - self._timestamp
        return self._time + elapsed / self.rate * self._speed

    def _anchor(self, timestamp: int, time: float) -> None:
        self._timestamp = _extend_timestamp(timestamp, self._timestamp)
        self._time = time

    def _apply(self, ntp_s: float, timestamp: int, arrival: float) -> None:
        time = self._at(timestamp)
        if abs(arrival - self._transit - time) > TRUST_S:
            return
        self.sender.report(ntp_s, arrival)
        if self._ntp_zero is None:
            self._ntp_zero = ntp_s - time
        if self._ntp_reference is None or abs(ntp_s - self._ntp_reference - time) > STEP_S:
            self._ntp_reference = ntp_s - time
        self.drift_s = ntp_s - self._ntp_reference - time
        self._anchor(timestamp, time)
        self._speed = 1.0 + max(-STRETCH, min(STRETCH, self.drift_s / HORIZON_S))


def _extend_timestamp(timestamp: int, near: int) -> int:
    """As `media.rtp.sequence.extend`, for 32 bits."""
    half = 1 << 31
    return near + ((timestamp - near + half) & (2 * half - 1)) - half
