"""The program that leads scripts of packets and wishes through the compiled plane, watched by two sanitizers."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from media.plane.native.build import MULTI_BUFFER

HERE = Path(__file__).parent
PLANE = HERE.parents[2] / "media" / "plane" / "native"
CORPUS = HERE / "corpus"
STRICT = ("-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror")
WATCHED = ("-g1", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all")
SOON, FAST = "-O0", "-O1"  # which is compiled sooner, and which looks faster
LIMITS = ("-timeout=10", "-rss_limit_mb=1024", "-max_len=20000", "-len_control=0")


OPENSSL: tuple[str, ...] = ("-lcrypto",)
CIPHER = (*OPENSSL, "-DUSE_IPSEC_MB", "-lIPSec_MB") if MULTI_BUFFER else OPENSSL  # as it is built here


def driver(program: Path, speed: str) -> None:
    """Runs scripts from files, and made up ones; any compiler will do."""
    build("gcc", program, "-DDRIVER", "-fsanitize=address,undefined", *WATCHED, speed)


def fuzzer(program: Path, speed: str) -> None:
    """The same with libFuzzer in it, which comes with clang."""
    build("clang", program, "-fsanitize=fuzzer,address,undefined", *WATCHED, speed)


def build(compiler: str, program: Path, *flags: str, cipher: Sequence[str] = CIPHER) -> None:
    """Raises AssertionError with what the compiler says."""
    sources = [str(path) for path in (HERE / "plane.c", *sorted(PLANE.glob("*.c")))]
    command = [compiler, *STRICT, *flags, f"-I{PLANE}", *sources, *cipher, "-pthread", "-o", str(program)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr


def fuzz(program: Path, scratch: Path, end: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Begins with the corpus, where it keeps what breaks the plane; what merely leads farther goes into `scratch`."""
    places = (f"-artifact_prefix={CORPUS}/broke-", str(scratch), str(CORPUS))
    return subprocess.run([program, *LIMITS, *end, *places], stderr=subprocess.PIPE, text=True, check=False)
