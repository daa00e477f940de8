"""Fuzzing of the compiled packet plane: `python -m tests.fuzz.native [--minutes N]`, an hour if nothing is said.

It needs clang, for libFuzzer comes with it. An input is a script: packets, each protected with the keys of whoever
sends it, reports, bare bytes from friends and strangers, and changing wishes. Whatever breaks the plane is kept in the
corpus, so that the tests replay it for ever, and the exit code is 1.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.fuzz.native.program import FAST, fuzz, fuzzer

SHOWN = 6_000  # characters of the end of what it says


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.native", description="Fuzzes the compiled plane.")
    parser.add_argument("--minutes", type=float, default=60.0)
    seconds = round(60 * parser.parse_args().minutes)
    if not shutil.which("clang"):
        parser.error("clang is not here; on Debian: apt-get install clang")
    with tempfile.TemporaryDirectory() as folder:
        program, scratch = Path(folder, "plane"), Path(folder, "scratch")
        scratch.mkdir()
        fuzzer(program, FAST)
        run = fuzz(program, scratch, [f"-max_total_time={seconds}", "-print_final_stats=1"])
    sys.stdout.write(run.stderr[-SHOWN:])
    return int(run.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
