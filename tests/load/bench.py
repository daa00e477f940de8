"""The relay beside its peers and its limit: the first table of README.md, by one command.

    python -m tests.load.bench GENERATOR [--runs 3] [--highest 'Visite, compiled' …] [--results FILE] [--write]

GENERATOR is the folder of the neutral SFU load generator, built (load.py, its adapters, libmedia.so, floor): it runs on
core 1, the SFU alone on core 0. Each shape is run on every candidate in turn, so that a busy machine is busy for all of
them; medians count. With --results, runs that stand in the file already are not done again.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tests.load import table

ROOT = Path(__file__).resolve().parents[2]
SETTLE_S = "1"  # from the last join to the measured seconds
TURN_S = 130.0  # after which nothing new is begun before others had theirs
RUN_S = 150.0  # the longest that one run may take
LOST_PERCENT = 0.1  # what a rate that is held may lose
LATE_MS = 20.0  # what its slowest packet of a hundred may take
STEPS = (50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_100, 1_200)  # subscribers
LARGE = ("--join", "16", "--sample", "32", "--tick", "2000")  # as the generator advises for some hundred of them
FLOORS = {"send": "sendmmsg of 50, one socket", "protect": "protect gcm only"}


@dataclass(frozen=True, slots=True)
class Shape:
    words: tuple[str, ...]
    limit: float  # of what the tuned Janus needs


SHAPES = {
    "1 × 3": Shape(("--pubs", "1", "--subs", "3"), 0.45),
    "1 × 10": Shape(("--pubs", "1", "--subs", "10"), 0.45),
    "1 × 50": Shape(("--pubs", "1", "--subs", "50"), 0.28),
    "meeting of 4": Shape(("--meeting", "4"), 0.45),
    "meeting of 10": Shape(("--meeting", "10"), 0.36),
    "ten rooms of 4": Shape(("--rooms", "10", "--meeting", "4"), 0.26),
}


def visite(plane: str) -> tuple[str, ...]:
    command = f"{sys.executable} -m tests.load.variant {plane}"
    return ("--sfu", "visite", "--gcm", "--set", f"root={ROOT}", "--set", f"cmd={command}")


CANDIDATES = {
    "Visite, compiled": visite("compiled"),
    "Visite, pure": visite("pure"),
    "Janus, tuned": ("--sfu", "janus", "--gcm", "--set", "event_loops=1"),
    "Janus, Debian": ("--sfu", "janus"),
}
OURS, PEER = "Visite, compiled", "Janus, tuned"
Run = dict[str, Any]


class Bench:
    """Runs, kept in a file as they come, so that a bench can be interrupted."""

    def __init__(self, generator: Path, secs: float, lock: Path | None, results: Path | None) -> None:
        self._generator = generator
        self._secs = secs
        self._lock = lock
        self._results = results
        self.done: list[Run] = []
        if results is not None and results.exists():
            self.done = [json.loads(line) for line in results.read_text().splitlines()]

    def runs(self, shape: str, candidate: str) -> list[Run]:
        """Those that say something about the SFU."""
        found = [run for run in self.done if (run["shape"], run["candidate"]) == (shape, candidate)]
        return [run for run in found if "error" not in run]

    def compare(self, runs: int, candidates: list[str]) -> None:
        """Every shape on these candidates, one candidate right after the other; done so many times."""
        rounds = ((number, shape) for number in range(runs) for shape in SHAPES)
        jobs = [(shape, candidate, number) for number, shape in rounds for candidate in candidates]
        self._in_turns(
            partial(self.run, shape, candidate, SHAPES[shape].words)
            for shape, candidate, number in jobs
            if len(self.runs(shape, candidate)) <= number
        )

    def _in_turns(self, jobs: Iterable[Callable[[], object]]) -> None:
        """Lets others go on now and then."""
        left = iter(jobs)
        while (job := next(left, None)) is not None:
            with table.turn(self._lock):
                until = time.monotonic() + TURN_S
                job()
                while time.monotonic() < until and (job := next(left, None)) is not None:
                    job()

    def run(self, shape: str, candidate: str, words: tuple[str, ...]) -> Run:
        times = ("--secs", f"{self._secs:g}", "--settle", SETTLE_S)
        command = [sys.executable, "load.py", *CANDIDATES[candidate], *words, *times]
        ended = subprocess.run(command, cwd=self._generator, capture_output=True, text=True, timeout=RUN_S, check=False)
        lines = ended.stdout.splitlines()
        told = json.loads(lines[-1]) if lines else {"error": ended.stderr[-500:]}
        told |= {"shape": shape, "candidate": candidate, "load": os.getloadavg()[0]}
        self.done.append(told)
        if self._results is not None:
            with self._results.open("a") as file:
                file.write(json.dumps(told) + "\n")
        keys = ("us_per_fwd", "loss_seq_pct", "fwd_pps", "cpu_pct", "delay_ms", "error")
        shown = {key: told[key] for key in keys if key in told}
        sys.stdout.write(f"{shape}, {candidate}: {shown}\n")
        sys.stdout.flush()
        return told

    def floor(self) -> dict[str, float]:
        """Microseconds of CPU per packet that the machine asks of anybody: a system call for fifty, a cipher."""
        with table.turn(self._lock):
            told = subprocess.run(["./floor"], cwd=self._generator, capture_output=True, text=True, check=True).stdout
        lines = {line[:40].strip(): float(line[40:].split()[0]) for line in told.splitlines()}
        return {name: lines[title] for name, title in FLOORS.items()}

    def highest(self, candidates: list[str]) -> dict[str, Run | None]:
        """Of each the run with the most subscribers at which the rate was held."""
        found: dict[str, Run | None] = {}

        def search(candidate: str) -> None:
            found[candidate] = self._search(candidate)

        self._in_turns(partial(search, candidate) for candidate in candidates)
        return found

    def _search(self, candidate: str) -> Run | None:
        """Tries steps by halving."""
        low, high, best = 0, len(STEPS), None
        while low < high:
            middle = (low + high) // 2
            told = self._step(candidate, STEPS[middle])
            held = is_held(told)
            low, high = (middle + 1, high) if held else (low, middle)
            best = told if held else best
        return best

    def _step(self, candidate: str, subscribers: int) -> Run:
        shape = f"1 × {subscribers}, highest"
        known = self.runs(shape, candidate)
        return known[-1] if known else self.run(shape, candidate, ("--pubs", "1", "--subs", str(subscribers), *LARGE))


def is_held(told: Run) -> bool:
    """Whether everybody got nearly everything, and nearly everything in time."""
    if "error" in told or told["silent_streams"]:
        return False
    return bool(told["loss_seq_pct"] < LOST_PERCENT and told["delay_ms"]["p99"] < LATE_MS)


def middle(runs: list[Run], read: Callable[[Run], float]) -> float | None:
    return median(read(run) for run in runs) if runs else None


def cost(runs: list[Run]) -> float | None:
    return middle(runs, lambda run: float(run["us_per_fwd"]))


def written(value: float | None, digits: int = 1, unit: str = "") -> str:
    return "–" if value is None else f"{value:.{digits}f}{unit}"


def costs(bench: Bench) -> Iterator[list[str]]:
    for name, shape in SHAPES.items():
        found = {candidate: cost(bench.runs(name, candidate)) for candidate in CANDIDATES}
        ours, peer = found[OURS], found[PEER]
        ratio = ours / peer if ours is not None and peer else None
        yield [name, *(written(value) for value in found.values()), written(ratio, 2), f"{shape.limit:.2f}"]


def transits(bench: Bench) -> Iterator[list[str]]:
    for name in SHAPES:
        found = [bench.runs(name, candidate) for candidate in CANDIDATES]
        yield [name, *(f"{delay(runs, 'p50')} / {delay(runs, 'p99')}; {lost(runs)}" for runs in found)]


def delay(runs: list[Run], share: str) -> str:
    return written(middle(runs, lambda run: float(run["delay_ms"][share])), 2)


def lost(runs: list[Run]) -> str:
    return written(middle(runs, lambda run: float(run["loss_seq_pct"])), 2, " %")


def sizes(bench: Bench, highest: dict[str, Run | None]) -> Iterator[list[str]]:
    for candidate in CANDIDATES:
        memory = middle(bench.runs("1 × 50", candidate), lambda run: run["kb_per_member"])
        best = highest.get(candidate)
        rate = (
            f"{best['fwd_pps']:,}/s, p99 {best['delay_ms']['p99']:.1f} ms, core {best['cpu_pct']:.0f} %"
            if best
            else "–"
        )
        yield [candidate, written(memory, 0, " kB"), rate]


def text(bench: Bench, floor: dict[str, float], highest: dict[str, Run | None], options: argparse.Namespace) -> str:
    loads = sorted(float(run["load"]) for run in bench.done)
    meanwhile = f"{loads[0]:.1f} to {loads[-1]:.1f}, median {median(loads):.1f}"
    today = f"{datetime.now(tz=UTC):%d %B %Y}"
    return "\n\n".join(
        (
            f"Measured on {today}: medians of {options.runs} runs of {options.secs:g} s each. Load average of the"
            f" machine meanwhile, this bench included: {meanwhile}.",
            "CPU microseconds per forwarded packet; ratio of the compiled plane to the tuned Janus, and its limit:",
            table.rows(("shape", *CANDIDATES, "ratio", "limit"), list(costs(bench))),
            f"The floor of this machine: {floor['send']:.2f} µs for sendmmsg of fifty alone,"
            f" {floor['protect']:.2f} µs for the cipher.",
            "Delay p50 / p99 in milliseconds, from publisher to subscriber's socket; packets lost:",
            table.rows(("shape", *CANDIDATES), list(transits(bench))),
            "Memory per participant at 1 × 50; the highest rate tried on one core with a loss below"
            f" {LOST_PERCENT} % and a p99 below {LATE_MS:g} ms:",
            table.rows(("", "memory", "highest rate"), list(sizes(bench, highest))),
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("generator", type=Path)
    parser.add_argument("--secs", type=float, default=6.0, help="measured in each run (default: 6)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--lock", type=Path, help="a file; each run waits until nobody else holds it")
    parser.add_argument("--results", type=Path, help="JSON lines: what was run before, and what is run now")
    names = list(CANDIDATES)
    parser.add_argument("--only", action="append", choices=names, help="run this one (default: all)")
    parser.add_argument("--highest", action="append", choices=names, help="whose highest rate to find (default: none)")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    bench = Bench(options.generator, options.secs, options.lock, options.results)
    bench.compare(options.runs, options.only or list(CANDIDATES))
    highest = bench.highest(options.highest or [])
    found = text(bench, bench.floor(), highest, options)
    table.tell("relay", found, write=options.write)


if __name__ == "__main__":
    main()
