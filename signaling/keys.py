"""Key files: 32 random bytes each, made on first start, readable by their owner only, outside the database."""

import os
import secrets
from pathlib import Path

KEY_BYTES = 32  # HMAC-SHA-256 wants a key no shorter than its output (RFC 7518 §3.2)


class BadKey(Exception):
    """A key file cannot be used: the server does not start with it."""


def read_or_make(path: Path) -> bytes:
    """The key at `path`, made if absent. Two processes may ask at once: both get the same key. Raises BadKey."""
    if not path.exists():
        _make(path)
    try:
        if path.stat().st_mode & 0o077:
            raise BadKey(f"{path.name}: others may read this key; chmod 600 it, and replace it if they did")
        key = path.read_bytes()
    except OSError as error:
        raise BadKey(f"{path.name}: {error.strerror}") from None
    if len(key) < KEY_BYTES:
        raise BadKey(f"{path.name}: shorter than {KEY_BYTES} bytes")
    return key


def read_shared(path: Path) -> bytes:
    """A secret that somebody else made, spaces around it left out. Raises BadKey where it is absent or too short."""
    if not path.exists():
        raise BadKey(f"{path.name}: there is no such file; its secret is the one the other server has")
    secret = read_or_make(path).strip()
    if len(secret) < KEY_BYTES:
        raise BadKey(f"{path.name}: shorter than {KEY_BYTES} characters")
    return secret


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # whole or not at all, and the first of two wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()
