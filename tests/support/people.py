"""People for browsers under test: what each one sends, sees and hears. Used by browser.py and firefox.py."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import picture_code, tones
from tests.support.scale import patient

SCRIPT = Path(__file__).with_name("people.js")
PATIENCE_S = patient(10.0)
PRESENT_MS = 700  # a flow whose last sign is older is not there now; ten frames at 15 a second


@dataclass(frozen=True, slots=True)
class Setup:
    """What a person brings along; becomes SETUP of people.js."""

    person: int  # 0..15: number in the picture's code, and the tone
    name: str = ""
    cameras: int = 2  # "camera-1" draws source CAMERA, "camera-2" SECOND_CAMERA
    microphones: int = 1
    denied: bool = False  # camera and microphone, by the person
    width: int = 320
    height: int = 180
    fps: int = 15
    specks: int = 0  # drawn anew in each picture, for one that costs bitrate
    beeps: bool = False  # at each whole second of the pictures' clock, instead of a tone without end
    own_tone: bool = True  # False: the browser's own fake microphone, and no listening (Firefox without a sound card)
    udp: bool = True  # False: a network that lets no UDP out to the relay
    detours: dict[int, int] = field(default_factory=dict)  # UDP port in a remote description → port to use instead

    def script(self) -> str:
        setup = {
            "person": self.person,
            "name": self.name or f"Person {self.person}",
            "cameras": self.cameras,
            "microphones": self.microphones,
            "denied": self.denied,
            "width": self.width,
            "height": self.height,
            "fps": self.fps,
            "specks": self.specks,
            "beeps": self.beeps,
            "ownTone": self.own_tone,
            "udp": self.udp,
            "detours": self.detours,
            "layout": {"columns": picture_code.COLUMNS, "rows": picture_code.ROWS, "top": picture_code.TOP},
            "clockWrap": picture_code.CLOCK_WRAP_MS,
            "tones": [tones.tone_of(person) for person in range(16)],
        }
        return SCRIPT.read_text().replace("= SETUP;", f"= {json.dumps(setup)};")


@dataclass(frozen=True, slots=True)
class Flow:
    """Signs of one person's picture or tone, as they arrived."""

    count: int  # distinct frames, or instants at which the tone was heard
    longest_gap_ms: float  # between two signs, the time since the last one included
    since_last_ms: float
    first_after_click_ms: float  # from the last click in the page to the first sign
    span_ms: float = 0.0  # from the first sign until now
    late_ms: float = 0.0  # from `forget` until the first sign
    freezes: Sequence[Sequence[float]] = ()  # begin and end, in ms since `forget`: gaps that getStats calls so
    instants: int = 0  # at which sound was listened to
    age_ms: float = 0.0  # picture: drawn so long before it was shown
    frame: int = 0
    width: int = 0
    height: int = 0

    @property
    def frames_per_s(self) -> float:
        return 1_000 * self.count / self.span_ms if self.span_ms else 0.0

    @property
    def frozen_share(self) -> float:
        return sum(end - begin for begin, end in self.freezes) / self.span_ms if self.span_ms else 1.0

    @property
    def heard_share(self) -> float:
        """Of the instants since the tone was first heard."""
        return min(1.0, self.count / self.instants) if self.instants else 0.0

    def flows_from_ms(self, pause_ms: float) -> float:
        """When a stretch of `pause_ms` without a freeze began, since `forget`; infinite if none did before the end."""
        begins = [self.late_ms, *(end for _, end in self.freezes)]
        ends = [*(begin for begin, _ in self.freezes), self.late_ms + self.span_ms]
        return next((begin for begin, end in zip(begins, ends, strict=True) if end - begin >= pause_ms), math.inf)


@dataclass(frozen=True, slots=True)
class Report:
    pictures: dict[tuple[int, int], Flow]  # (person, source)
    sounds: dict[int, Flow]  # person

    def seen_now(self) -> set[tuple[int, int]]:
        return {key for key, flow in self.pictures.items() if flow.since_last_ms < PRESENT_MS}

    def heard_now(self) -> set[int]:
        return {person for person, flow in self.sounds.items() if flow.since_last_ms < PRESENT_MS}


@dataclass(slots=True)
class Person:
    """Somebody at a browser; `evaluate` runs an expression there and returns its JSON value."""

    setup: Setup
    evaluate: Callable[[str], Awaitable[Any]]

    @property
    def number(self) -> int:
        return self.setup.person

    async def report(self) -> Report:
        """All signs since the page was loaded or `forget`; one's own self-view is left out."""
        told = json.loads(await self.evaluate("window.person.report()"))
        names = Flow.__dataclass_fields__
        flows = {
            kind: {key: Flow(**{n: v for n, v in flow.items() if n in names}) for key, flow in told[kind].items()}
            for kind in ("pictures", "sounds")
        }
        pictures = {(int(key.split("/")[0]), int(key.split("/")[1])): flow for key, flow in flows["pictures"].items()}
        return Report(
            {key: flow for key, flow in pictures.items() if key[0] != self.number},
            {int(key): flow for key, flow in flows["sounds"].items() if int(key) != self.number},
        )

    async def forget(self) -> None:
        """Starts counting anew, for the gaps of what comes next."""
        await self.evaluate("window.person.forget()")

    async def detour(self, port: int, other: int) -> None:
        """From now on descriptions that name UDP port `port` are read as if they named `other`."""
        await self.evaluate(f"window.person.detour({port}, {other})")

    async def hang_up(self) -> None:
        """Breaks every line that carries something; this side does not notice."""
        await self.evaluate("window.person.hangUp()")

    async def until_has_sound(self, within_s: float = PATIENCE_S) -> None:
        """Waits until sound goes on arriving, whose ever it is: for browsers in which nobody listens."""
        before = await self.energy()
        deadline = asyncio.get_running_loop().time() + within_s
        while await self.energy() <= before + 0.001:
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"no sound came to person {self.number} in {within_s} s")
            await asyncio.sleep(0.1)

    async def energy(self) -> float:
        """Of all sound that has arrived here: 1 is a second at full scale."""
        return float(await self.evaluate("window.person.energy()"))

    async def unplug(self, device: str) -> None:
        """Pulls out "camera-1", "camera-2" or "microphone-1"."""
        await self.evaluate(f"window.person.unplug({json.dumps(device)})")

    async def until_sees(self, *people: int | tuple[int, int], within_s: float = PATIENCE_S) -> Report:
        """Waits until exactly these people's pictures are moving here; a number alone means the camera."""
        wanted = {one if isinstance(one, tuple) else (one, picture_code.CAMERA) for one in people}
        return await self.until(lambda report: report.seen_now() == wanted, f"see {sorted(wanted)}", within_s)

    async def until_hears(self, *people: int, within_s: float = PATIENCE_S) -> Report:
        """Waits until exactly these people's tones are heard here."""
        return await self.until(lambda report: report.heard_now() == set(people), f"hear {sorted(people)}", within_s)

    async def until(self, holds: Callable[[Report], bool], what: str, within_s: float = PATIENCE_S) -> Report:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not holds(report := await self.report()):
            if loop.time() > deadline:
                seen, heard = sorted(report.seen_now()), sorted(report.heard_now())
                raise AssertionError(f"person {self.number} did not {what} in {within_s} s: sees {seen}, hears {heard}")
            await asyncio.sleep(0.05)
        return report
