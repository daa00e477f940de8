"""The chain that binds the lines of a journal: HMAC-SHA-256, each line over the one before, with a key kept elsewhere.

Without the key nobody can write a line that fits; without the heads (`heads.py`) nobody would see that the last lines
are gone. Texts are bound by salted digests, so that a row can be erased lawfully and the chain still holds.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from rooms.errors import JournalBroken
from rooms.facts import Held, TextErased, decode, encode, salted, texts_of, type_of
from rooms.ids import ActId
from rooms.ports import Draft, Fault, Row, Text
from rooms.storage.heads import Head

KEY_BYTES = 32
START = "0" * 64  # the digest before the first line


class Chain:
    """Seals new lines and checks old ones."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"the journal's key has fewer than {KEY_BYTES} bytes")
        self._key = key

    def seal(self, act: ActId, after: Head, drafts: Sequence[Draft]) -> list[Row]:
        """The lines that follow the line `after`."""
        rows: list[Row] = []
        previous = after.digest
        for version, draft in enumerate(drafts, start=after.version + 1):
            bare = Row(act, version, draft.at, type_of(draft.fact), draft.by, encode(draft.fact), digest="")
            previous = self.digest(previous, bare)
            rows.append(replace(bare, digest=previous))
        return rows

    def digest(self, previous: str, row: Row) -> str:
        """What binds a line to the digest of the one before; the line's own `digest` has no part in it."""
        material = msgspec.json.encode([previous, row.act, row.version, row.at, row.type, row.by, row.body])
        return hmac.new(self._key, material, hashlib.sha256).hexdigest()

    def check(self, act: ActId, rows: Sequence[Row], head: Head | None, texts: Sequence[Text]) -> list[Fault]:
        """Everything about one act that is not as it was written.

        A head that lags behind is no fault: the server may have died between the database's commit and the head's line.
        """
        return [*self._check_lines(act, rows), *_check_head(act, rows, head), *_check_texts(act, rows, texts)]

    def _check_lines(self, act: ActId, rows: Sequence[Row]) -> Iterator[Fault]:
        previous, expected = START, 1
        for row in rows:
            if row.version != expected:
                yield Fault(act, expected, "row-missing")
            elif not hmac.compare_digest(self.digest(previous, row), row.digest):
                yield Fault(act, row.version, "row-changed")
            previous, expected = row.digest, row.version + 1


def _check_head(act: ActId, rows: Sequence[Row], head: Head | None) -> Iterator[Fault]:
    if head is None:
        return
    if head.version > (rows[-1].version if rows else 0):
        yield Fault(act, head.version, "tail-cut")
        return
    if any(row.version == head.version and row.digest != head.digest for row in rows):
        yield Fault(act, head.version, "head-differs")


def _check_texts(act: ActId, rows: Sequence[Row], texts: Sequence[Text]) -> Iterator[Fault]:
    kept = {text.text: text for text in texts}
    held: list[tuple[int, Held]] = []
    erased = set()
    for row in rows:
        try:
            fact = decode(row.body)
        except JournalBroken:
            continue  # the chain has named this line already
        held.extend((row.version, text) for text in texts_of(fact))
        if isinstance(fact, TextErased):
            erased.add(fact.text)
    for version, text in held:
        row_of_text = kept.get(text.text)
        if row_of_text is None:
            if text.text not in erased:
                yield Fault(act, version, "text-missing")
        elif salted(row_of_text.salt, row_of_text.value) != text.digest:
            yield Fault(act, version, "text-changed")


def journal_key(path: Path) -> bytes:
    """The key in this file, made on first use, readable by its owner only. Raises `ValueError` when it is too short."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(KEY_BYTES)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    if len(key) < KEY_BYTES:
        raise ValueError(f"the journal's key {path} has fewer than {KEY_BYTES} bytes")
    return key
