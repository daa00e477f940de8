"""What a run has found, as text for a person or as an object for a program; and whether it is within the limits."""

from dataclasses import dataclass
from typing import Any

from signaling.load.crowd import Mark, Shape
from signaling.load.histogram import Histogram
from signaling.load.tally import Tally

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
LATE_MS = 20.0  # p99 of our own timers from which the figures of delay and loss tell about this machine


@dataclass(frozen=True, slots=True)
class Limits:
    loss_percent: float
    delay_ms: float | None  # p99
    failures: int


@dataclass(frozen=True, slots=True)
class Report:
    shape: Shape
    tally: Tally
    marks: tuple[Mark, ...]
    knows_server: bool

    def over(self, limits: Limits) -> list[str]:
        """What exceeds a limit, in words; empty if nothing does. A run in which nothing arrived exceeds each."""
        tally, found = self.tally, []
        if tally.failures > limits.failures:
            found.append(f"{tally.failures} refusals and failures, {limits.failures} are allowed")
        if 100 * tally.lost_share > limits.loss_percent:
            found.append(f"{100 * tally.lost_share:.3f} % lost, {limits.loss_percent:g} % is allowed")
        if tally.unstamped:
            found.append(f"{tally.unstamped} packets were damaged")
        p99 = _ms(tally.delay, 0.99)
        if limits.delay_ms is not None and p99 is not None and p99 > limits.delay_ms:
            found.append(f"delay p99 {p99:.1f} ms, {limits.delay_ms:g} ms is allowed")
        if not tally.received and (self.shape.subscribers or self.shape.mutual):
            found.append("nothing was received")
        return found

    def facts(self) -> dict[str, Any]:
        """Times in milliseconds, CPU in percent of a core, rates while everybody was there."""
        tally = self.tally
        return {
            "connections": {"wanted": tally.wanted, "connected": tally.connected.count},
            "packets": {
                "sent": tally.sent,
                "received": tally.received,
                "lost": tally.lost,
                "lost_percent": round(100 * tally.lost_share, 4),
                "odd": tally.odd,
                "damaged": tally.unstamped,
            },
            "delay_ms": _shares(tally.delay),
            "connected_ms": _shares(tally.connected),
            "first_packet_ms": _shares(tally.first_packet),
            "refused": [
                {"asked": asked, "status": status, "code": code, "times": times}
                for (asked, status, code), times in tally.refused.most_common()
            ],
            "failed": dict(tally.failed.most_common()),
            "asked_of_publishers": {"key_frames": tally.key_requests, "repairs": tally.repair_requests},
            "steady": self._steady(),
            "generator": {"late_ms": _shares(tally.late), "dropped": tally.dropped, "unsent": tally.unsent},
        }

    def _steady(self) -> dict[str, float] | None:
        """Between the last one's coming and the end; None for a run that was stopped before."""
        if len(self.marks) < 2 or (seconds := self.marks[1].time - self.marks[0].time) <= 0:
            return None
        first, last = self.marks
        rates = {
            "seconds": round(seconds, 1),
            "sent_per_s": round((last.sent - first.sent) / seconds),
            "received_per_s": round((last.received - first.received) / seconds),
            "received_mbps": round((last.received_bytes - first.received_bytes) / seconds / 125_000, 1),
            "generator_cpu_percent": round(100 * (last.own_cpu_s - first.own_cpu_s) / seconds, 1),
        }
        if self.knows_server:
            rates["server_cpu_percent"] = round(100 * (last.server_cpu_s - first.server_cpu_s) / seconds, 1)
        return rates

    def text(self, limits: Limits) -> str:
        facts, tally, shape = self.facts(), self.tally, self.shape
        packets, steady = facts["packets"], facts["steady"]
        lines = [
            f"rooms         {shape.rooms}, publishers in each: {shape.publishers}, subscribers: {shape.subscribers}"
            + (", mutual" if shape.mutual else ""),
            f"connections   {tally.connected.count} of {tally.wanted}",
            f"packets       {packets['sent']} sent, {packets['received']} received,"
            f" {packets['lost']} lost ({packets['lost_percent']:.3f} %)",
            f"delay         {_written(facts['delay_ms'])}",
            f"connected     {_written(facts['connected_ms'])}",
            f"first packet  {_written(facts['first_packet_ms'])}",
        ]
        if steady:
            server = f", server {steady['server_cpu_percent']} %" if self.knows_server else ""
            lines += [
                f"at full size  {steady['sent_per_s']} packets/s sent, {steady['received_per_s']} received"
                f" ({steady['received_mbps']} Mbit/s), for {steady['seconds']:g} s",
                f"CPU           of one core: this process {steady['generator_cpu_percent']} %{server}",
            ]
        lines += [
            f"refused       {one['times']} × {one['asked']}: {one['code']} ({one['status']})"
            for one in facts["refused"]
        ]
        lines += [f"failed        {times} × {code}" for code, times in facts["failed"].items()]
        lines += self._doubts()
        over = self.over(limits)
        return "\n".join(
            [*lines, *(f"OVER          {one}" for one in over), *(["within the limits"] if not over else [])]
        )

    def _doubts(self) -> list[str]:
        """Why the figures may tell of this machine rather than of the server."""
        late = _ms(self.tally.late, 0.99)
        doubts = []
        if late is not None and late > LATE_MS:
            doubts.append(
                f"doubtful      this process came late by up to {late:.0f} ms (p99): use a faster machine, or two"
            )
        if self.tally.dropped or self.tally.unsent:
            lost, unsent = self.tally.dropped, self.tally.unsent
            doubts.append(f"doubtful      this machine lost {lost} packets on arrival and {unsent} on sending")
        return doubts


def _ms(times: Histogram, share: float) -> float | None:
    seconds = times.below(share)
    return None if seconds is None else 1_000 * seconds


def _shares(times: Histogram) -> dict[str, float | None]:
    found = {name: _ms(times, share) for name, share in SHARES.items()}
    return {name: None if value is None else round(value, 2) for name, value in found.items()}


def _written(shares: dict[str, float | None]) -> str:
    if None in shares.values():
        return "–"
    return ", ".join(f"{name} {value:.1f}" for name, value in shares.items()) + " ms"
