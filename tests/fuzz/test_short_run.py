"""P10: a few seconds of fuzzing guided by coverage, all readers in turn; `python -m tests.fuzz` goes on for an hour."""

import subprocess
import sys

import pytest

from tests.support.scale import scaled

SECONDS = scaled(4, 600)


@pytest.mark.timeout(SECONDS + 120)
def test_a_short_run_finds_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--together", "--seconds", str(SECONDS)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert " no inputs" not in run.stdout
