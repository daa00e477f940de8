"""What a line of some quality leaves of a call: Anne sits behind it, Bruno does not; both are at real pages.

Everything is read from content: frames by the codes in the pictures, sound by the tones.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from tests.support.clinic import Clinic, Visitor
from tests.support.link import Weather
from tests.support.netrelay import CLEAR, UdpRelay
from tests.support.people import Flow, Report
from tests.support.picture_code import CAMERA
from tests.support.server import Act

ANNE, BRUNO = 1, 2
PICTURE: dict[str, Any] = {"width": 320, "height": 180, "fps": 15}
SETTLE_S = 4.0  # bitrates and jitter buffers find their place
FLOWS_S = 2.0
RECOVERY_S = 8.0  # watched for after the line is good again

QUALITIES = {
    "clear": CLEAR,
    "2 % loss": Weather(delay_s=0.0, loss=0.02),
    "5 % loss": Weather(delay_s=0.0, loss=0.05),
    "10 % loss": Weather(delay_s=0.0, loss=0.10),
    "5 % loss, five at a time": Weather(delay_s=0.0, spells=0.0105, spell_length=5, spell_loss=1.0),
    "spells of 20 % loss": Weather(delay_s=0.0, spells=1 / 300, spell_length=100, spell_loss=0.20),
    "100 ± 25 ms": Weather(delay_s=0.075, jitter_s=0.050),
    "250 ± 100 ms": Weather(delay_s=0.150, jitter_s=0.200),
    "250 ms, 2 % loss": Weather(delay_s=0.250, loss=0.02),
    "2 % twice": Weather(delay_s=0.0, duplicates=0.02),
    "5 % overtaken": Weather(delay_s=0.0, reorder=0.05),
    "500 kbit/s": Weather(delay_s=0.020, rate_bps=500_000),
    "128 kbit/s": Weather(delay_s=0.020, rate_bps=128_000),
}


@dataclass(frozen=True, slots=True)
class Reception:
    """What one person had of the other. Shares are of 1."""

    frozen: float
    frames_per_s: float
    longest_freeze_s: float
    heard: float
    longest_silence_s: float
    recovered_s: float  # after the line became good: when picture and sound began to flow for FLOWS_S


@dataclass(frozen=True, slots=True)
class Finding:
    sent: Reception  # by Anne over the line, at Bruno's
    received: Reception  # by Anne over the line


@dataclass(slots=True)
class BadLine:
    """Two people in a call over the relay, one of them behind a line that changes."""

    anne: Visitor
    bruno: Visitor
    line: UdpRelay

    @classmethod
    async def opened(cls, clinic: Clinic, line: UdpRelay) -> "BadLine":
        """The line must lead to the media port of the clinic's server, and that server offer no TCP."""
        act = await clinic.act("MTG", "Bad line", direct=False)
        anne = await _person(clinic, act, ANNE, "Anne", {clinic.server.media_port: line.port})
        bruno = await _person(clinic, act, BRUNO, "Bruno", {})
        for visitor in (anne, bruno):
            await visitor.enter()
        for visitor, other in ((anne, BRUNO), (bruno, ANNE)):
            await visitor.at.until_sees(other)
            await visitor.at.until_hears(other)
        return cls(anne, bruno, line)

    async def under(self, weather: Weather, seconds: float, after_s: float = RECOVERY_S) -> Finding:
        """So many seconds of it, then a line without fault, watched for `after_s`."""
        self.line.change(weather)
        await asyncio.sleep(SETTLE_S)
        during = await self._watch(seconds)
        self.line.change(CLEAR)
        after = await self._watch(after_s)
        sent, received = (
            _reception(bad, good, other) for bad, good, other in zip(during, after, (ANNE, BRUNO), strict=True)
        )
        return Finding(sent, received)

    async def _watch(self, seconds: float) -> tuple[Report, Report]:
        """What Bruno and what Anne saw and heard in this time."""
        both = (self.bruno.at, self.anne.at)
        for person in both:
            await person.forget()
        await asyncio.sleep(seconds)
        return await both[0].report(), await both[1].report()


async def _person(clinic: Clinic, act: Act, number: int, name: str, detours: dict[int, int]) -> Visitor:
    return await clinic.visitor(act, "expert", number, name, **PICTURE, detours=detours)


def _reception(during: Report, after: Report, other: int) -> Reception:
    never = Flow(0, 1e9, 1e9, 0.0)
    picture, sound = during.pictures.get((other, CAMERA), never), during.sounds.get(other, never)
    recovered = [after.pictures.get((other, CAMERA), never), after.sounds.get(other, never)]
    return Reception(
        picture.frozen_share,
        picture.frames_per_s,
        picture.longest_gap_ms / 1_000,
        sound.heard_share,
        sound.longest_gap_ms / 1_000,
        max(flow.flows_from_ms(1_000 * FLOWS_S) for flow in recovered) / 1_000,
    )
