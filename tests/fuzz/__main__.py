"""Coverage-guided fuzzing with Atheris: `python -m tests.fuzz [TARGET ...] [--minutes N | --seconds N] [--together]`.

Each target gets its share of the time, an hour if nothing is said. Whatever breaks a reader is kept in its corpus, so
that the tests replay it for ever, and the exit code is 1. What merely leads farther is forgotten: people choose seeds.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
MEMORY_MB = 1_024  # of the whole process, the interpreter and its instruments included
LIMIT_S = 1.0  # for one input: an instrumented reader takes ten times as long
LONGEST = 65_536
DRIVE = "--drive"  # how this program calls itself, for libFuzzer never returns


def main(words: Sequence[str]) -> int:
    if words[:1] == [DRIVE]:
        drive(words[1].split(","), words[2:])
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzzes the readers of hostile bytes.")
    known = sorted(folder.name for folder in CORPUS.iterdir())
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(known)}; none named: all")
    parser.add_argument("--minutes", type=float, default=60.0, help="to share among them (default: 60)")
    parser.add_argument("--seconds", type=float, help="the same, in seconds")
    parser.add_argument("--together", action="store_true", help="in one process, which begins sooner and goes less far")
    options = parser.parse_args(words)
    names = options.targets or known
    groups = [names] if options.together else [[name] for name in names]
    seconds = (options.seconds or 60 * options.minutes) / len(groups)
    return int(bool(sum(fuzz(group, max(1, round(seconds))) for group in groups)))


def fuzz(names: list[str], seconds: int) -> int:
    """How many inputs it found that break one of the targets."""
    with tempfile.TemporaryDirectory() as work:
        seeds, broken = Path(work, "seeds"), Path(work, "broken")
        seeds.mkdir()
        broken.mkdir()
        for place, name in enumerate(names):
            for path in (CORPUS / name).iterdir():
                Path(seeds, f"{name}-{path.name}").write_bytes(bytes((place,)) + path.read_bytes())
        limits = (f"-max_total_time={seconds}", "-timeout=5", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LONGEST}")
        places = ("-print_final_stats=1", f"-artifact_prefix={broken}{os.sep}", str(seeds))
        run = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", DRIVE, ",".join(names), *limits, *places],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        executed = [line.split()[-1] for line in run.stderr.splitlines() if "number_of_executed_units" in line]
        sys.stdout.write(f"{'+'.join(names)}: {executed[0] if executed else 'no'} inputs in {seconds} s\n")
        if run.returncode:
            sys.stdout.write(run.stderr[-6_000:])
        found = list(broken.iterdir())
        for path in found:
            keep(names, path.read_bytes())
        return len(found) or run.returncode


def keep(names: list[str], data: bytes) -> None:
    path = CORPUS / names[data[0] % len(names)] / f"broke-{hashlib.sha256(data[1:]).hexdigest()[:12]}"
    path.write_bytes(data[1:])
    sys.stdout.write(f"kept: {path}\n")


def drive(names: list[str], options: Sequence[str]) -> None:
    """Hands the process over to libFuzzer; the first byte of an input chooses the target."""
    atheris = import_module("atheris")  # published without types
    with atheris.instrument_imports(include=["media", "signaling"]):
        from tests.fuzz.targets import TARGETS
    targets = [TARGETS[name] for name in names]

    def one(data: bytes) -> None:
        target = targets[data[0] % len(targets)] if data else targets[0]
        target.judge(data[1 : target.longest], LIMIT_S)

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
