"""P10 for the packet plane in C: scripts of hostile packets under AddressSanitizer and UBSan.

With clang here libFuzzer looks for a script that breaks it (`python -m tests.fuzz.native` goes on for an hour), without
it the scripts are those that are kept and some that are made up. `VISITE_FULL=1` goes a hundred times as far.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fuzz.native.program import CIPHER, CORPUS, FAST, OPENSSL, SOON, build, driver, fuzz, fuzzer
from tests.support.scale import FULL

MADE_UP = 100_000 if FULL else 1_000
EXTENT = ("-max_total_time=600",) if FULL else ("-runs=1000", "-seed=1")
SPEED = FAST if FULL else SOON
CLANG = shutil.which("clang") is not None


@pytest.mark.skipif(CLANG and not FULL, reason="clang is here: libFuzzer does this and more")
def test_no_script_makes_the_plane_read_or_write_where_it_may_not(tmp_path: Path) -> None:
    program = tmp_path / "plane"
    driver(program, SPEED)
    kept = [str(path) for path in sorted(CORPUS.iterdir())]
    ran = subprocess.run([program, str(MADE_UP), *kept], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-6_000:]


@pytest.mark.skipif(not CLANG, reason="libFuzzer comes with clang, which is not here")
@pytest.mark.timeout(900)
def test_libfuzzer_finds_no_script_that_does(tmp_path: Path) -> None:
    program, scratch = tmp_path / "plane", tmp_path / "scratch"
    scratch.mkdir()
    fuzzer(program, SPEED)
    ran = fuzz(program, scratch, EXTENT)
    assert ran.returncode == 0, ran.stderr[-6_000:]


@pytest.mark.parametrize("cipher", dict.fromkeys((CIPHER, OPENSSL)), ids=lambda cipher: cipher[-1])
def test_the_plane_compiles_without_a_warning_as_it_is_built(tmp_path: Path, cipher: tuple[str, ...]) -> None:
    build("gcc", tmp_path / "plane", "-DDRIVER", "-O2", "-D_FORTIFY_SOURCE=2", cipher=cipher)
