"""P10: some fuzzing guided by coverage, all readers in turn; `python -m tests.fuzz` goes on for an hour."""

import subprocess
import sys

import pytest

from tests.support.scale import FULL, patient

EXTENT = ("--minutes", "10") if FULL else ("--inputs", "4000")


@pytest.mark.timeout(600 + patient(60))
def test_a_short_run_finds_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--together", *EXTENT],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert " no inputs" not in run.stdout
