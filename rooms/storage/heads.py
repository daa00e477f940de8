"""The last line of every act, kept apart from the database, so that a tail cut off there shows.

One file of lines "act version digest", only ever appended to, and written anew at start when most of it is history.
It is not forced to the disk with each line: after a power loss a head may lag behind its journal, which hides nothing
but the last moment. The file is best kept on another volume than the database.
"""

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rooms.ids import ActId

log = logging.getLogger(__name__)

LINE = re.compile(r"(?P<act>\S+) (?P<version>\d+) (?P<digest>[0-9a-f]{64})")
MAX_HISTORY = 4  # lines for each act before the file is written anew


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of one act's journal: its version and its digest in hexadecimal."""

    version: int
    digest: str


class MemoryHeads:
    """Heads that live as long as the process: for the twin in memory."""

    def __init__(self) -> None:
        self._heads: dict[ActId, Head] = {}

    def get(self, act: ActId) -> Head | None:
        return self._heads.get(act)

    def acts(self) -> list[ActId]:
        return list(self._heads)

    def note(self, act: ActId, head: Head) -> None:
        self._heads[act] = head


class FileHeads(MemoryHeads):
    """Heads in a file, all held in memory too."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = self._load()
        if lines > MAX_HISTORY * max(1, len(self._heads)):
            self._rewrite()
        self._file = path.open("ab", buffering=0)
        self._torn = False

    def note(self, act: ActId, head: Head) -> None:
        """A disk that does not take the line stops nobody: the journal holds already, its head only lags behind."""
        super().note(act, head)
        line = _line(act, head).encode("ascii")
        try:
            written = self._file.write(b"\n" + line if self._torn else line)
            self._torn = written < len(line)
        except OSError:
            self._torn = True
            log.exception("head not kept", extra={"act": act, "version": head.version})

    def close(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    def _load(self) -> int:
        """Reads the file; a last line torn by a power loss is as good as not written. Returns the count of lines."""
        if not self._path.exists():
            return 0
        text = self._path.read_text(encoding="ascii")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            self._path.write_text(whole, encoding="ascii")
        for act, head in _parse(whole):
            super().note(act, head)
        return whole.count("\n")

    def _rewrite(self) -> None:
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="ascii") as file:
            file.writelines(_line(act, head) for act, head in self._heads.items())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _line(act: ActId, head: Head) -> str:
    return f"{act} {head.version} {head.digest}\n"


def _parse(lines: str) -> Iterator[tuple[ActId, Head]]:
    """Lines that a full disk tore are left out."""
    for line in lines.splitlines():
        found = LINE.fullmatch(line)
        if found is not None:
            yield ActId(found["act"]), Head(int(found["version"]), found["digest"])


def read_heads(path: Path) -> MemoryHeads:
    """The heads as a verification sees them that runs beside the server: the file is left alone."""
    heads = MemoryHeads()
    if path.exists():
        text = path.read_text(encoding="ascii")
        for act, head in _parse(text[: text.rfind("\n") + 1]):
            heads.note(act, head)
    return heads
