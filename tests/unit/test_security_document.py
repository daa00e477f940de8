"""docs/security.md promises tests: they exist, and each requirement of ASVS V17 has some."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
REQUIREMENTS = ["17.1.1", "17.1.2", *(f"17.2.{number}" for number in range(1, 9)), "17.3.1", "17.3.2"]
TEST = re.compile(r"`((?:unit|call|fuzz|hardening|browser)/[\w/]+\.py)`")


@pytest.mark.parametrize("name", ["docs/security.md", "tests/README.md"])
def test_every_test_that_is_named_exists(name: str) -> None:
    named = set(TEST.findall((ROOT / name).read_text()))
    assert named
    assert not [path for path in named if not (ROOT / "tests" / path).exists()]


@pytest.mark.parametrize("number", REQUIREMENTS)
def test_a_requirement_says_how_it_is_met_and_by_which_tests(number: str) -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith(f"| {number} |")]
    assert len(rows) == 1
    _, _, asked, answer, tests, _ = (cell.strip() for cell in rows[0].split("|"))
    assert asked
    assert answer
    assert TEST.findall(tests)


def test_what_is_named_in_the_tables_of_keys_is_what_the_server_makes() -> None:
    made = set(re.findall(r"`(keys/\w+\.key)`", DOCUMENT))
    written = "".join(path.read_text() for path in (ROOT / "signaling").glob("*.py"))
    assert made == {f"keys/{name}" for name in re.findall(r'"keys" / "(\w+\.key)"', written)}
