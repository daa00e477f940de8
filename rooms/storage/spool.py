"""What could not be journaled, kept in a file of lines until it can: each is on the disk before `put` returns."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rooms.facts import decode, encode
from rooms.ids import ActId, TextId
from rooms.ports import Draft, Spooled, Text


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    act: ActId
    at: float
    by: str
    body: str
    texts: tuple[tuple[TextId, str, str], ...]


class FileSpool:
    """`rooms.ports.Spool` in one file, readable by its owner only. A slow disk does not stop the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = asyncio.Lock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def put(self, spooled: Sequence[Spooled]) -> None:
        if spooled:
            async with self._lock:
                await asyncio.to_thread(self._append, spooled)

    async def waiting(self) -> list[Spooled]:
        async with self._lock:
            return await asyncio.to_thread(self._load)

    async def done(self, act: ActId) -> None:
        async with self._lock:
            await asyncio.to_thread(self._drop, act)

    def _append(self, spooled: Sequence[Spooled]) -> None:
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            # A line that a full disk or a power loss tore must not swallow the next one.
            file.truncate(file.read().rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.writelines(_pack(one) for one in spooled)
            file.flush()
            os.fsync(file.fileno())

    def _load(self) -> list[Spooled]:
        """A last line torn by a power loss was never answered for, and is left out."""
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        return [_unpack(line) for line in content[: content.rfind(b"\n") + 1].splitlines()]

    def _drop(self, act: ActId) -> None:
        rest = [one for one in self._load() if one.act != act]
        if not rest:
            self._path.unlink(missing_ok=True)
            return
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(_pack(one) for one in rest)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


def _pack(spooled: Spooled) -> bytes:
    draft = spooled.draft
    texts = tuple((text.text, text.salt, text.value) for text in spooled.texts)
    return msgspec.json.encode(_Line(spooled.act, draft.at, draft.by, encode(draft.fact), texts)) + b"\n"


def _unpack(line: bytes) -> Spooled:
    kept = msgspec.json.decode(line, type=_Line)
    texts = tuple(Text(text, salt, value) for text, salt, value in kept.texts)
    return Spooled(kept.act, Draft(decode(kept.body), kept.at, kept.by), texts)
