"""P10 for the packet plane in C: scripts of hostile packets under AddressSanitizer and UBSan.

`VISITE_FULL=1` tries a hundred times as many, and then lets libFuzzer look for an hour where clang is there; what it
finds goes into `native/corpus`.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLANE = ROOT / "media" / "plane" / "native"
SCRIPTS = Path(__file__).with_name("native")
CORPUS = SCRIPTS / "corpus"
FULL = bool(os.environ.get("VISITE_FULL"))
MADE_UP = 100_000 if FULL else 1_000
STRICT = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]
CHECKED = ["-g", "-O1", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all"]
HOUR_S = 3_600


def build(compiler: str, *flags: str) -> None:
    sources = [str(path) for path in (SCRIPTS / "plane.c", *sorted(PLANE.glob("*.c")))]
    command = [compiler, *STRICT, *flags, f"-I{PLANE}", *sources, "-lcrypto", "-pthread"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr


def test_no_script_makes_the_plane_read_or_write_where_it_may_not(tmp_path: Path) -> None:
    program = str(tmp_path / "plane")
    build("gcc", "-DDRIVER", "-fsanitize=address,undefined", *CHECKED, "-o", program)
    kept = [str(path) for path in sorted(CORPUS.iterdir())]
    ran = subprocess.run([program, str(MADE_UP), *kept], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-6_000:]


def test_the_plane_compiles_without_a_warning_as_it_is_built(tmp_path: Path) -> None:
    build("gcc", "-DDRIVER", "-O2", "-D_FORTIFY_SOURCE=2", "-o", str(tmp_path / "plane"))


@pytest.mark.skipif(not FULL or not shutil.which("clang"), reason="an hour of libFuzzer: VISITE_FULL=1, and clang")
@pytest.mark.timeout(HOUR_S + 300)
def test_an_hour_of_looking_for_a_script_that_does(tmp_path: Path) -> None:
    program, found = str(tmp_path / "plane"), tmp_path / "found"
    found.mkdir()
    build("clang", "-fsanitize=fuzzer,address,undefined", *CHECKED, "-o", program)
    limits = [f"-max_total_time={HOUR_S}", "-timeout=5", "-max_len=60000", f"-artifact_prefix={CORPUS}/"]
    ran = subprocess.run([program, *limits, str(found), str(CORPUS)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-6_000:]
