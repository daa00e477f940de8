"""Logs: one JSON object a line, facts with ids, never persons, addresses, SDP or tokens.

Our own lines carry ids in `extra`; a value that is private all the same goes through `Private`. Lines of
libraries are printed as their template without the arguments, and errors without their text, since both quote what
people sent; `log_private` (a developer's machine) prints everything.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

OURS = ("signaling", "rooms", "media", "recordings", "visite")
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class Private:
    """A value that only a developer's own machine prints; elsewhere it reads «private»."""

    shown = False

    def __init__(self, value: object) -> None:
        self._value = value

    def __str__(self) -> str:
        return str(self._value) if Private.shown else "«private»"

    __repr__ = __str__


class JsonLines(logging.Formatter):
    """`{"at", "level", "logger", "message", …extra, "error"}`; `at` is RFC 3339 in UTC."""

    def __init__(self, *, private: bool) -> None:
        super().__init__()
        self._private = private

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
        }
        if self._trusted(record):
            line |= {key: value for key, value in vars(record).items() if key not in STANDARD}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = self._error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)

    def _trusted(self, record: logging.LogRecord) -> bool:
        """Whether what a line says of its own may be printed: ours was written with that in mind."""
        return self._private or record.name.split(".")[0] in OURS

    def _message(self, record: logging.LogRecord) -> str:
        if self._trusted(record):
            return record.getMessage()
        if record.args:
            return str(record.msg)
        return f"at {record.module}:{record.lineno} in {record.funcName}"  # its text may already hold what it quotes

    def _error(self, error: BaseException | None) -> dict[str, object]:
        """Kind and frames of an error, and of those inside and behind it."""
        if error is None:
            return {}
        told: dict[str, object] = {"kind": type(error).__name__, "trace": _frames(error.__traceback__)}
        if self._private:
            told["text"] = str(error)
        if isinstance(error, BaseExceptionGroup):
            told["inside"] = [self._error(inner) for inner in error.exceptions]
        if behind := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
            told["behind"] = self._error(behind)
        return told


def _frames(trace: TracebackType | None) -> list[str]:
    """Where an error came from, outermost first, without the values that were there."""
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)]


def start_logging(level: str, *, private: bool, stream: TextIO | None = None) -> None:
    """Sends every log line of the process to `stream` (standard error). Libraries are heard from warnings upwards."""
    Private.shown = private
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(private=private))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())


def log_level() -> str:
    """From which level on this process logs lines of ours, as `start_logging` takes it."""
    return logging.getLevelName(logging.getLogger("visite").getEffectiveLevel()).lower()


def log_private() -> bool:
    """Whether it prints private values."""
    return Private.shown
