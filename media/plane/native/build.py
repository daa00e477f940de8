"""Describes the compiled plane to setuptools, which `setup.py` points here.

The extension is optional: without a compiler, Python's headers or OpenSSL's the install goes on without it, and the
pure plane does its work.
"""

from pathlib import Path

from cffi import FFI

FOLDER = Path("media/plane/native")  # setuptools wants paths below its own


def declarations() -> str:
    """What `plane.h` declares, without the preprocessor's lines."""
    return "".join(line for line in (FOLDER / "plane.h").open(encoding="utf-8") if not line.startswith("#"))


ffibuilder = FFI()
ffibuilder.cdef(declarations())
ffibuilder.set_source(
    "media.plane._native",
    '#include "plane.h"',
    sources=[str(path) for path in sorted(FOLDER.glob("*.c"))],
    include_dirs=[str(FOLDER)],
    define_macros=[("_GNU_SOURCE", None), ("_FORTIFY_SOURCE", "2")],
    libraries=["crypto"],
    extra_compile_args=["-std=c11", "-O2", "-fvisibility=hidden", "-fstack-protector-strong", "-pthread"],
    extra_link_args=["-pthread", "-Wl,-z,relro,-z,now"],
    depends=[str(path) for path in sorted(FOLDER.glob("*.h"))],
    optional=True,
)
