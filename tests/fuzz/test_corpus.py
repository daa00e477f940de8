"""P10: each input that is kept, those that once broke something among them, is read or refused, soon and in bounds."""

import tracemalloc
from pathlib import Path

import pytest

from tests.fuzz.targets import CORPUS, TARGETS, Target

MOST_BYTES = 16 * 1024 * 1024  # that reading one input may take for a moment


def test_each_target_has_a_corpus_and_each_corpus_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == TARGETS.keys()


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
def test_what_is_kept_is_read_or_refused(target: Target) -> None:
    for path in target.corpus():
        judged(target, path)


def judged(target: Target, path: Path) -> None:
    data = path.read_bytes()
    assert len(data) <= target.longest, path.name
    target.judge(data)  # once without being watched, for that makes it slow
    tracemalloc.start()
    target.judge(data, limit_s=5.0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MOST_BYTES, path.name
