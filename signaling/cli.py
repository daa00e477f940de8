"""The command line. Whatever another program reads, a token or a link, is the last line of standard output."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from rooms.directory.people import Establishment, Person
from rooms.errors import NotFound, StoreDown
from rooms.ids import EstablishmentId, PersonId
from rooms.ports import Fault
from rooms.views import Role
from signaling import app, demo
from signaling.config import ConfigError, Settings, load
from signaling.keys import BadKey
from signaling.links import Address
from signaling.load import command as load_command
from signaling.stores import opened
from signaling.telemetry import start_logging
from signaling.tokens import ApiToken

DAY_S = 86_400
Command = Callable[[argparse.Namespace, Settings], int]


def main(words: Sequence[str] | None = None) -> int:
    """Exit code 0: done; 1: what was checked is not in order; 2: the command or a setting is wrong."""
    arguments = parser().parse_args(words)
    try:
        if "command" not in arguments:
            return load_command.run(arguments)
        command: Command = arguments.command
        settings = load(arguments.config)
        start_logging(settings.signaling.log_level, private=settings.signaling.log_private)
        app.make_folders(settings)
        return command(arguments, settings)
    except (ConfigError, BadKey, app.CannotStart) as error:
        print(f"visite: {error}", file=sys.stderr)
        return 2
    except StoreDown as error:
        print(f"visite: the database does not answer ({error})", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="visite",
        description="Video teleconsultation, each call tied to its act.",
        epilog="Settings stand in config.toml, each with its default and its reason.",
    )
    verbs = top.add_subparsers(required=True, metavar="COMMAND", title="commands")
    add = _adder(verbs.add_parser)
    add("serve", serve, "run the server until SIGTERM or Ctrl-C")
    add("demo", run_demo, "run the server with a Télé-AVC act, and print a link for each of its people")

    token = add("token", make_token, "print a token for a program, or a sign-in link for a professional")
    whose = token.add_mutually_exclusive_group(required=True)
    whose.add_argument("--role", choices=[Role.ADMIN.value], help="an API token with this role")
    whose.add_argument("--person", metavar="ID", help="a link that signs this person of the directory in, once")
    token.add_argument("--name", default="cli", help="what the journal calls the holder of an API token (default: cli)")

    journal = verbs.add_parser("journal", help="check the journal of the acts").add_subparsers(
        required=True, metavar="COMMAND", title="commands"
    )
    verify = _adder(journal.add_parser)(
        "verify", verify_journal, "check that no line was changed, lost or cut off; exit code 1 if one was"
    )
    verify.add_argument("--act", metavar="ID", help="only this act (default: all)")

    person = verbs.add_parser("person", help="add professionals to the directory").add_subparsers(
        required=True, metavar="COMMAND", title="commands"
    )
    added = _adder(person.add_parser)(
        "add", add_person, "add a professional, with her establishment if that is new, and print her id"
    )
    added.add_argument("--name", required=True, help="as others will read it, for example 'Dr Camille Martin'")
    added.add_argument("--establishment", required=True, metavar="NAME", help="where she works")

    text = "let virtual participants join a server, and report what they received"
    load_command.add_options(verbs.add_parser("load", help=text, description=text[0].upper() + text[1:] + "."))
    return top


def _adder(
    add_parser: Callable[..., argparse.ArgumentParser],
) -> Callable[[str, Command, str], argparse.ArgumentParser]:
    """Adds a command that takes --config; its help says the same in the list and on its own page."""

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        made = add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.add_argument(
            "--config", type=Path, metavar="FILE", help="settings (default: ./config.toml, if it is there)"
        )
        made.set_defaults(command=command)
        return made

    return add


def serve(_: argparse.Namespace, settings: Settings) -> int:
    asyncio.run(app.serve(settings))
    return 0


def run_demo(_: argparse.Namespace, settings: Settings) -> int:
    asyncio.run(demo.serve(settings, _say))
    return 0


def make_token(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.person is None:
        content = ApiToken(role=arguments.role, subject=arguments.name)
        print(app.tokens_of(settings).mint(content, time.time(), settings.signaling.api_token_days * DAY_S))
        return 0
    try:
        print(asyncio.run(_sign_in_link(settings, PersonId(arguments.person))))
    except NotFound:
        print(f"visite: the directory has no person {arguments.person}", file=sys.stderr)
        return 1
    return 0


def verify_journal(arguments: argparse.Namespace, settings: Settings) -> int:
    if not settings.database.exists():
        raise ConfigError(f"rooms.database: there is no journal, for there is no {settings.database}")
    acts, faults = asyncio.run(_verified(settings, arguments.act))
    for fault in faults:
        print(f"act {fault.act}, line {fault.version}: {fault.code}")
    if not acts:
        print("the journal has no act" + (f" {arguments.act}" if arguments.act else ""))
        return 1 if arguments.act else 0
    print(f"{len(faults)} faults" if faults else f"the journal is as it was written, acts: {acts}")
    return 1 if faults else 0


def add_person(arguments: argparse.Namespace, settings: Settings) -> int:
    print(asyncio.run(_added(settings, arguments.name, arguments.establishment)))
    return 0


async def _sign_in_link(settings: Settings, person: PersonId) -> str:
    """Raises NotFound for a person whom the directory does not have, ConfigError when no address is known."""
    if not settings.signaling.port and not settings.signaling.public_url:
        raise ConfigError("signaling.public_url: needed for links when signaling.port is 0")
    address = Address.of(settings.signaling, settings.signaling.port)
    async with opened(settings, serving=False) as stores:
        if await stores.directory.person(person) is None:
            raise NotFound("no-such-person")
    return app.links_of(settings.signaling, app.tokens_of(settings), address).sign_in(person)


async def _verified(settings: Settings, act: str | None) -> tuple[int, list[Fault]]:
    """How many acts were looked at, and what is not in order with them."""
    async with opened(settings, serving=False) as stores:
        known = await stores.journal.acts()
        chosen = known if act is None else [one for one in known if one == act]
        return len(chosen), [fault for one in chosen for fault in await stores.journal.verify(one)]


async def _added(settings: Settings, name: str, establishment: str) -> PersonId:
    async with opened(settings, serving=False) as stores:
        known = await stores.directory.establishments()
        place = next((each for each in known if each.name == establishment), None)
        if place is None:
            place = Establishment(EstablishmentId(uuid4().hex), establishment)
            await stores.directory.add_establishment(place)
        person = Person(PersonId(uuid4().hex), place.establishment, name)
        await stores.directory.add_person(person)
        return person.person


def _say(text: str) -> None:
    print(text, flush=True)  # whoever reads it through a pipe waits for the links
