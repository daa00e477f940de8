"""What a test's subject logs, as people would read it."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from signaling.telemetry import Private, start_logging


@contextmanager
def captured(libraries: int) -> Iterator[io.StringIO]:
    """Everything that our own houses log from debug on, and libraries from level `libraries` on."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logging("debug", private=False, stream=stream)
    root.setLevel(libraries)
    yield stream
    root.handlers[:], Private.shown = handlers, False
    root.setLevel(level)
