from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from signaling.keys import BadKey, read_or_make


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "tokens.key"
    key = read_or_make(path)
    assert len(key) == 32
    assert read_or_make(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["tokens.key"]


def test_many_who_ask_at_once_get_one_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "tokens.key"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read_or_make, [path] * 32))) == 1


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens.key"
    path.touch(0o600)
    path.write_bytes(b"k" * 31)
    with pytest.raises(BadKey, match="32 bytes"):
        read_or_make(path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens.key"
    read_or_make(path)
    path.chmod(0o640)
    with pytest.raises(BadKey, match="others may read"):
        read_or_make(path)
