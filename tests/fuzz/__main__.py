"""Coverage-guided fuzzing with Atheris: `python -m tests.fuzz [TARGET ...] [--minutes N | --inputs N] [--together]`.

Each target gets its share of the time, an hour if nothing is said. So many `--inputs` are the same ones whenever the
code is the same, on any machine: a test must not find by luck what nobody has changed. Whatever breaks a reader is kept
in its corpus, so that the tests replay it for ever, and the exit code is 1. What merely leads farther is forgotten:
people choose seeds.
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

from tests.support.scale import patient

CORPUS = Path(__file__).with_name("corpus")
MEMORY_MB = 1_024  # of the whole process, the interpreter and its instruments included
LIMIT_S = patient(1.0)  # of CPU for one input: an instrumented reader takes ten times as long
HANGING_S = 60  # on the clock
LONGEST = 65_536
NO_LUCK = ("-seed=1", "-use_cmp=0")  # random passwords are compared, which would lead it another way each time
DRIVE = "--drive"  # how this program calls itself, for libFuzzer never returns


def main(words: Sequence[str]) -> int:
    if words[:1] == [DRIVE]:
        drive(words[1].split(","), words[2:])
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzzes the readers of hostile bytes.")
    known = sorted(folder.name for folder in CORPUS.iterdir())
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(known)}; none named: all")
    parser.add_argument("--minutes", type=float, default=60.0, help="to share among them (default: 60)")
    parser.add_argument("--inputs", type=int, help="so many for each, the seeds among them, and no luck in it")
    parser.add_argument("--together", action="store_true", help="in one process, which begins sooner and goes less far")
    options = parser.parse_args(words)
    names = options.targets or known
    groups = [names] if options.together else [[name] for name in names]
    seconds = max(1, round(60 * options.minutes / len(groups)))
    end = [f"-runs={options.inputs}", *NO_LUCK] if options.inputs else [f"-max_total_time={seconds}"]
    return int(bool(sum(fuzz(group, end) for group in groups)))


def fuzz(names: list[str], end: Sequence[str]) -> int:
    """How many inputs it found that break one of the targets."""
    with tempfile.TemporaryDirectory() as work:
        seeds, broken = Path(work, "seeds"), Path(work, "broken")
        seeds.mkdir()
        broken.mkdir()
        for place, name in enumerate(names):
            for path in (CORPUS / name).iterdir():
                Path(seeds, f"{name}-{path.name}").write_bytes(bytes((place,)) + path.read_bytes())
        limits = (*end, f"-timeout={HANGING_S}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LONGEST}")
        places = ("-print_final_stats=1", f"-artifact_prefix={broken}{os.sep}", str(seeds))
        run = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", DRIVE, ",".join(names), *limits, *places],
            env={**os.environ, "PYTHONHASHSEED": "0"},  # the order in sets is coverage, too
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        executed = [line.split()[-1] for line in run.stderr.splitlines() if "number_of_executed_units" in line]
        sys.stdout.write(f"{'+'.join(names)}: {executed[0] if executed else 'no'} inputs\n")
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
