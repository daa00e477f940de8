"""The wire is written once: documents, schema and client types are made from it, and every code is listed."""

import re
from pathlib import Path
from typing import get_args

import pytest

from media.events import FailureCode
from rooms.facts import Fact
from rooms.roles import Verb
from signaling import messages, schema
from signaling.dispatch import HANDLERS, RULES

ROOT = schema.ROOT
CODE = re.compile(r"\b(?:Refused|PeerFault|fault|close)\(\s*\"([a-z]+(?:-[a-z]+)*)\"")


@pytest.mark.parametrize("path", schema.made(), ids=lambda path: path.name)
def test_what_is_made_from_the_messages_is_up_to_date(path: Path) -> None:
    assert path.read_text() == schema.made()[path], "run `python -m signaling.schema`"


def test_every_command_names_a_right_and_has_one_who_carries_it_out() -> None:
    commands = set(get_args(messages.AnyCommand))
    assert RULES.keys() == commands
    assert HANDLERS.keys() == commands - {messages.Join, messages.Resume}
    assert all(rule.verb in set(Verb) - {Verb.PUBLIC} for rule in RULES.values())


def test_every_error_code_is_listed_in_the_protocol() -> None:
    listed = set(re.findall(r"`([a-z-]+)`", (ROOT / "docs" / "protocol.md").read_text()))
    used = {
        code
        for house in ("signaling", "rooms")
        for path in (ROOT / house).rglob("*.py")
        for code in CODE.findall(path.read_text())
    }
    assert len(used) > 20
    assert used - listed - set(get_args(FailureCode)) == set()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_fact_of_a_timeline_has_words_in_the_client(language: str) -> None:
    words = (ROOT / "web-client" / "src" / "i18n" / f"{language}.ts").read_text()
    tags = {str(fact.__struct_config__.tag) for fact in Fact.__subclasses__()}
    assert len(tags) > 20
    assert {tag for tag in tags if f'"{tag}": ' not in words} == set()
