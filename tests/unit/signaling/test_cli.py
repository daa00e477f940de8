import asyncio
import logging
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms.plan import ActPlan
from rooms.roles import AdminCaller
from rooms.service import RoomService
from rooms.views import Kind
from signaling.cli import main
from signaling.config import load
from signaling.keys import read_or_make
from signaling.stores import opened
from signaling.tokens import ApiToken, SignIn, Tokens


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """A settings file with a data folder of its own; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    file = tmp_path / "config.toml"
    file.write_text('[signaling]\ndata_dir = "data"\npublic_url = "https://visite.test"\n')
    yield file
    root.handlers[:] = handlers
    root.setLevel(level)


def run(config: Path, *words: str) -> int:
    return main([*words, "--config", str(config)])


def tokens(config: Path) -> Tokens:
    return Tokens(read_or_make(load(config).data_dir / "keys" / "tokens.key"))


def one_act(config: Path) -> str:
    """An act in the journal, as a server leaves it."""

    async def plan() -> str:
        async with opened(load(config), serving=True) as stores:
            rooms = RoomService(stores.journal, stores.spool, clock=lambda: 1_000.0, publish=lambda *_: None)
            act = await rooms.create_act(AdminCaller("test"), ActPlan(Kind.MTG, "Staff", start="now"))
            await rooms.end(AdminCaller("test"), act.act)
            return act.act

    return asyncio.run(plan())


def change_database(config: Path, statement: str) -> None:
    with sqlite3.connect(load(config).data_dir / "visite.sqlite") as database:
        database.execute(statement)
    database.close()


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for command in ("serve", "demo", "token", "journal", "person"):
        assert f"\n    {command}" in told


def test_no_command_and_an_unknown_one_are_errors() -> None:
    for words in ([], ["sing"], ["token"], ["token", "--role", "king"], ["journal"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2


def test_a_role_token_is_the_only_line_on_standard_output(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "token", "--role", "admin", "--name", "load") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert tokens(config).read(line, ApiToken) == ApiToken(role="admin", subject="load")


def test_a_person_is_added_and_gets_a_sign_in_link(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "person", "add", "--name", "Dr Camille Martin", "--establishment", "Valmont") == 0
    assert run(config, "person", "add", "--name", "Dr Hugo Lemoine", "--establishment", "Valmont") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first != second
    assert run(config, "token", "--person", first) == 0
    (link,) = capsys.readouterr().out.splitlines()
    address, _, token = link.partition("#s=")
    assert address == "https://visite.test/sign-in"
    assert tokens(config).read(token, SignIn) == SignIn(person=first)


def test_a_link_for_nobody_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "token", "--person", "nobody") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "no person nobody" in told.err


def test_a_journal_as_it_was_written_is_found_so(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one_act(config)
    assert run(config, "journal", "verify") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "the journal is as it was written, acts: 1"


def test_a_journal_that_is_not_there_is_not_called_whole(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "journal", "verify") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "rooms.database: there is no journal" in told.err
    one_act(config)
    assert run(config, "journal", "verify", "--act", "another") == 1
    assert "the journal has no act another" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        ("UPDATE journal SET body = replace(body, 'MTG', 'RCP') WHERE version = 1", "line 1: row-changed"),
        ("DELETE FROM journal WHERE version = (SELECT max(version) FROM journal)", "line 3: tail-cut"),
        ("DELETE FROM journal WHERE version = 2", "line 2: row-missing"),
    ],
)
def test_a_changed_row_and_a_cut_tail_are_named(
    harm: str, fault: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    act = one_act(config)
    change_database(config, harm)
    assert run(config, "journal", "verify") == 1
    told = capsys.readouterr().out
    assert f"act {act}, {fault}" in told
    assert "faults" in told.splitlines()[-1]
    assert run(config, "journal", "verify", "--act", act) == 1


def test_verifying_leaves_the_heads_alone(config: Path) -> None:
    """A server may be appending to that file at the same time."""
    one_act(config)
    heads = load(config).data_dir / "heads" / "journal.heads"
    before = (heads.read_bytes(), heads.stat().st_ino)
    assert run(config, "journal", "verify") == 0
    assert (heads.read_bytes(), heads.stat().st_ino) == before


def test_a_wrong_setting_ends_the_start_with_its_dotted_key(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("[signaling]\nprot = 80\n")
    assert run(config, "serve") == 2
    assert capsys.readouterr().err == "visite: signaling.prot: unknown key\n"


def test_a_short_key_ends_the_start(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = load(config).data_dir / "keys" / "tokens.key"
    key.parent.mkdir(parents=True)
    key.touch(0o600)
    key.write_bytes(b"short")
    assert run(config, "serve") == 2
    assert "tokens.key: shorter than 32 bytes" in capsys.readouterr().err


def test_a_taken_port_ends_the_start_at_once(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(f'[signaling]\ndata_dir = "data"\nport = {taken.getsockname()[1]}\n')
        assert run(config, "serve") == 2
    assert "signaling.port: " in capsys.readouterr().err
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        config.write_text(f'[signaling]\ndata_dir = "data"\nport = 0\n[media]\nport = {taken.getsockname()[1]}\n')
        assert run(config, "serve") == 2
    assert "media.port: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ('[signaling]\ndata_dir = "config.toml/data"', "signaling.data_dir"),
        ('[rooms]\ndatabase = "config.toml/here/visite.sqlite"', "rooms.database"),
        ('[recordings]\ndirectory = "config.toml/recordings"', "recordings.directory"),
        ('[media]\nport = 0\nhost = "203.0.113.9"\nadvertise = "192.0.2.7"', "media.host"),
        ('[signaling]\nport = 0\nhost = "203.0.113.9"', "signaling.host"),
    ],
)
def test_a_place_that_cannot_be_had_is_named_by_its_key(
    config: Path, capsys: pytest.CaptureFixture[str], setting: str, key: str
) -> None:
    rest = "" if "[signaling]" in setting else "[signaling]\nport = 0\n"
    config.write_text(f"{rest}{setting}\n")
    assert run(config, "serve") == 2
    assert capsys.readouterr().err.startswith(f"visite: {key}: ")


def test_a_certificate_that_cannot_be_read_ends_the_start(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(
        '[signaling]\ndata_dir = "data"\nport = 0\ntls_certificate = "a.pem"\ntls_key = "b.pem"\n[media]\nport = 0\n'
    )
    assert run(config, "serve") == 2
    assert "signaling.tls_certificate: " in capsys.readouterr().err
