"""What pyproject.toml cannot say: the packet plane's compiled twin is built where that is possible."""

from setuptools import setup

setup(cffi_modules=["media/plane/native/build.py:ffibuilder"])
