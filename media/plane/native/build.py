"""Describes the compiled plane to setuptools, which `setup.py` points here.

The extension is optional: without a compiler, Python's headers or OpenSSL's the install goes on without it, and the
pure plane does its work. Intel's multi-buffer library is optional in turn: without it OpenSSL ciphers.
"""

import os
import shlex
import subprocess
import sysconfig
from pathlib import Path

from cffi import FFI

FOLDER = Path("media/plane/native")  # setuptools wants paths below its own


def declarations() -> str:
    """What `plane.h` declares, without the preprocessor's lines."""
    lines = (FOLDER / "plane.h").read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))


def has_ipsec_mb() -> bool:
    """Whether the compiler finds the library and its header."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    command = [*compiler, "-x", "c", "-", "-lIPSec_MB", "-o", os.devnull]
    source = b"#include <intel-ipsec-mb.h>\nint main(void) { return alloc_mb_mgr(0) == 0; }"
    try:
        return subprocess.run(command, input=source, capture_output=True, check=False).returncode == 0
    except OSError:
        return False  # no compiler: the extension is not built at all


MULTI_BUFFER = has_ipsec_mb()
ffibuilder = FFI()
ffibuilder.cdef(declarations())
ffibuilder.set_source(
    "media.plane._native",
    '#include "plane.h"',
    sources=[str(path) for path in sorted(FOLDER.glob("*.c"))],
    include_dirs=[str(FOLDER)],
    define_macros=[("_GNU_SOURCE", None), ("_FORTIFY_SOURCE", "2"), *[("USE_IPSEC_MB", None)] * MULTI_BUFFER],
    libraries=["crypto", *["IPSec_MB"] * MULTI_BUFFER],
    extra_compile_args=["-std=c11", "-O2", "-fvisibility=hidden", "-fstack-protector-strong", "-pthread"],
    extra_link_args=["-pthread", "-Wl,-z,relro,-z,now"],
    depends=[str(path) for path in sorted(FOLDER.glob("*.h"))],
    optional=True,
)
