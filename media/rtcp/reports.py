"""Sender and receiver reports (RFC 3550 §6.4): what subscribers hear of time, and publishers of their reception."""

from dataclasses import dataclass

from media.rtcp.packets import ReportBlock, SenderReport

KNOWN = 5  # reports after which a receiver knows the clock
KNOWN_S = 4.5  # for which it does: RFC 3550 §6.2 asks for a report every five

_NTP_SECOND = 1 << 32
_SHORT_SECOND = 1 << 16  # of the middle 32 bits of an NTP time


def short_ntp(ntp: int) -> int:
    """The middle 32 bits, by which a report refers to an earlier one."""
    return ntp >> 16 & 0xFFFFFFFF


@dataclass(slots=True)
class Reception:
    """Report blocks about one source of a publisher.

    `lost` and `highest_sequence` are cumulative counts as the caller keeps them; a block tells the fraction lost since
    the block before.
    """

    ssrc: int
    _expected: int = 0
    _lost: int = 0
    _last_report: int = 0
    _report_time: float = 0.0

    def heard(self, report: SenderReport, now: float) -> None:
        """A sender report of the source came in; the next blocks refer to it."""
        self._last_report = short_ntp(report.ntp)
        self._report_time = now

    def block(self, highest_sequence: int, lost: int, jitter: float, now: float) -> ReportBlock:
        expected, missed = highest_sequence - self._expected, lost - self._lost
        first = self._expected == 0
        self._expected, self._lost = highest_sequence, lost
        fraction = 0 if first or expected <= 0 or missed <= 0 else min(255, 256 * missed // expected)
        delay = int((now - self._report_time) * _SHORT_SECOND) if self._last_report else 0
        return ReportBlock(self.ssrc, fraction, lost, highest_sequence, int(jitter), self._last_report, delay)


@dataclass(slots=True)
class SenderClock:
    """Sender reports of one route, told in the publisher's own clock.

    The publisher's NTP time passes through, moved on by the time since: so the sound and the picture of one person,
    two routes, stay on one clock whatever the relay's says.
    """

    clock_rate: int
    _ntp: int = 0
    _timestamp: int = 0
    _heard: float | None = None
    _sent: tuple[int, float] = (0, 0.0)  # short NTP time of our last report, and when it went out
    _reports: int = 0

    def heard(self, report: SenderReport, now: float) -> None:
        """A sender report of the publisher came in."""
        self._ntp, self._timestamp, self._heard = report.ntp, report.timestamp, now

    def report(self, ssrc: int, packets: int, octets: int, offset: int, now: float) -> SenderReport | None:
        """What to tell the subscriber; `offset` is its ticks minus the publisher's. None before the publisher told."""
        if self._heard is None:
            return None
        since = now - self._heard
        ntp = (self._ntp + int(since * _NTP_SECOND)) & 0xFFFFFFFFFFFFFFFF
        timestamp = (self._timestamp + int(since * self.clock_rate) + offset) & 0xFFFFFFFF
        self._sent = (short_ntp(ntp), now)
        self._reports += 1
        return SenderReport(ssrc, ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)

    def is_known(self, now: float) -> bool:
        """Whether another report may wait, as long as packets flow."""
        return self._reports >= KNOWN and now - self._sent[1] < KNOWN_S

    def round_trip_s(self, block: ReportBlock, now: float) -> float | None:
        """Seconds to the subscriber and back, from a block that refers to our last report; None from any other."""
        reference, sent = self._sent
        if not reference or block.last_report != reference:
            return None
        return max(0.0, now - sent - block.delay / _SHORT_SECOND)
