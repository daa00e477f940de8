"""The rules of docs/architecture.md, held: arrows, doorkeepers of libraries, sizes, and what no file names."""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSES = {"signaling": {"rooms", "media", "recordings"}, "rooms": set(), "media": set(), "recordings": set()}

# Inside a house a part imports parts of lower lines only, and its own files.
LAYERS = {
    "media": (
        "worker",
        "relay",
        "peer",
        "plane dtls ice sdp bandwidth",
        "recorder",
        "alerts stun rtcp tcp express speaker",
        "rtp",
        "commands events channel watchdog beat",
        "ports",
        "ids",
    ),
    "rooms": (
        "service",
        "office meeting",
        "desk",
        "ledger standing",
        "sequel portrait",
        "room",
        "act lobby consent oncall",
        "seat plan",
        "roles ports",
        "facts",
        "views errors",
        "ids",
    ),
}

# A wing points at the house's words only, and nothing inside points at a wing.
WINGS = {"rooms": "storage directory pathways imaging forms statistics interop"}
WORDS = {"rooms": {"ports", "views", "facts", "errors", "ids"}}

# Who may import a library that shapes the code around it: files, or folders with a slash at the end.
DOORKEEPERS = {
    "aiohttp.web": ("signaling/api/", "signaling/app.py", "signaling/gateway.py"),
    "aioice": ("media/stun.py", "media/ice.py", "media/dtls.py"),
    "aiortc": ("media/",),
    "alembic": ("rooms/storage/", "rooms/directory/"),
    "av": ("media/recorder/", "recordings/"),
    "cffi": ("media/plane/native/",),
    "jwt": ("signaling/tokens.py",),
    "media.plane._native": ("media/plane/compiled.py",),
    "pylibsrtp": ("media/plane/srtp.py", "media/dtls.py"),
    "redis": ("signaling/presence.py",),
    "socketio": ("signaling/gateway.py",),
    "sqlalchemy": ("rooms/storage/", "rooms/directory/"),
}
# Validity of tokens and cookies, and the one anchor of the rooms' clock.
READS_THE_WALL_CLOCK = {"signaling/app.py", "signaling/cli.py", "signaling/api/entry.py"}
KNOWS_PRIVATE_AIORTC = "media/dtls.py"

MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 400
LONG_BY_NATURE = {
    "signaling/messages.py",  # the whole wire in one place, a few lines a message
    "web-client/src/i18n/en.ts",  # one line a text
    "web-client/src/i18n/fr.ts",
}
NOT_OURS = {"node_modules", "dist", "build", "__pycache__", "data"}
HIDDEN_BUT_OURS = {".ci"}

# Written in pieces so that this file does not break its own rule.
PACKAGE_HOSTS = ("pypi" + ".org", "python" + "hosted", "npm" + "js.org", "registry" + ".yarn", "deb." + "debian")
MACHINE_PATH = re.compile(r"""(?:^|[\s"'`(=:])/(?:work|root|home|tmp)/\w""")


def our_files(*suffixes: str) -> Iterator[Path]:
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name in HIDDEN_BUT_OURS or not name.startswith(".")]
        inner[:] = [name for name in inner if name not in NOT_OURS]
        for name in names:
            if not suffixes or name.endswith(suffixes):
                yield Path(folder, name)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def house_files() -> list[Path]:
    return sorted(path for house in HOUSES for path in (ROOT / house).rglob("*.py"))


def python_files() -> list[Path]:
    return sorted([*our_files(".py"), ROOT / "visite"])


def imports_of(path: Path) -> Iterator[str]:
    """Dotted names that a file imports; of `from a import b` both a and a.b, for b may be a module."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno}: imports are absolute here"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> tuple[str, str]:
    """House and part: media/rtp/header.py is ("media", "rtp"); a house's own __init__.py has the part ""."""
    house, first, *_ = path.relative_to(ROOT).parts
    return house, first.removesuffix(".py").removeprefix("__init__")


def inner_imports(path: Path) -> set[str]:
    """The other parts of its own house that a file imports."""
    house, own = part_of(path)
    parts = {name.split(".")[1] for name in imports_of(path) if name.startswith(f"{house}.")}
    return {part for part in parts if part != own and is_part(house, part)}


def is_part(house: str, part: str) -> bool:
    return (ROOT / house / part).is_dir() or (ROOT / house / f"{part}.py").exists()


def test_a_house_imports_only_the_houses_below_it() -> None:
    wrong = []
    for path in house_files():
        house, _ = part_of(path)
        reached = {name.split(".")[0] for name in imports_of(path)} & HOUSES.keys()
        wrong += [f"{name_of(path)} imports {other}" for other in reached - HOUSES[house] - {house}]
    assert not wrong


@pytest.mark.parametrize("house", LAYERS)
def test_inside_a_house_arrows_point_downwards(house: str) -> None:
    rank = {part: line for line, parts in enumerate(LAYERS[house]) for part in parts.split()}
    wings = WINGS.get(house, "").split()
    wrong = []
    for path in sorted((ROOT / house).rglob("*.py")):
        _, own = part_of(path)
        if own == "":
            continue
        if own not in rank and own not in wings:
            wrong.append(f"{name_of(path)} has no line in LAYERS")
            continue
        allowed = WORDS[house] if own in wings else {part for part in rank if rank[part] > rank[own]}
        wrong += [f"{name_of(path)} imports {house}/{part}" for part in sorted(inner_imports(path) - allowed)]
    assert not wrong


@pytest.mark.parametrize("library", DOORKEEPERS)
def test_a_library_has_its_doorkeepers(library: str) -> None:
    doors = DOORKEEPERS[library]
    users = {
        name_of(path)
        for path in house_files()
        if any(name == library or name.startswith(f"{library}.") for name in imports_of(path))
    }
    strangers = {
        user
        for user in users
        if not any(user == door or (door.endswith("/") and user.startswith(door)) for door in doors)
    }
    assert not strangers, f"{library} belongs to {doors}"


def test_only_dtls_touches_the_private_names_of_aiortc() -> None:
    wrong = []
    for path in house_files():
        libraries = {name.split(".")[0] for name in imports_of(path)}
        if name_of(path) == KNOWS_PRIVATE_AIORTC or not libraries & {"aiortc", "aioice"}:
            continue
        wrong += [
            f"{name_of(path)}: {name}" for name in imports_of(path) if re.match(r"aio(rtc|ice)\b.*\._[a-z]", name)
        ]
        wrong += [
            f"{name_of(path)}:{node.lineno}: {ast.unparse(node)}"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Attribute)
            and re.match(r"_[a-z]", node.attr)
            and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
        ]
    assert not wrong


def test_every_task_has_a_parent() -> None:
    """`create_task` is called on a TaskGroup; the loop's and asyncio's own make orphans."""
    wrong = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if re.search(r"(^|\.)ensure_future$|^create_task$|(asyncio|loop(\(\))?)\.create_task$", called):
                wrong.append(f"{name_of(path)}:{getattr(node, 'lineno', 0)}: {called}")
    assert not wrong


def test_only_the_edge_reads_the_clock_on_the_wall() -> None:
    """Somebody may set it in mid-call; what waits or orders anything goes by a clock that only moves on."""
    wrong = []
    for path in house_files():
        if name_of(path) in READS_THE_WALL_CLOCK or name_of(path).startswith("signaling/load/"):
            continue
        for node in ast.walk(tree_of(path)):
            read = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if read in {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today"}:
                wrong.append(f"{name_of(path)}:{getattr(node, 'lineno', 0)}: {read}")
    assert not wrong


def test_functions_fit_a_screen() -> None:
    long = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    long.append(f"{name_of(path)}:{node.lineno}: {node.name} has {lines} lines")
    assert not long


def test_files_stay_small() -> None:
    paths = [path for path in our_files(".py", ".ts", ".tsx", ".css") if "do not edit" not in path.read_text()[:200]]
    sizes = {name_of(path): len(path.read_text().splitlines()) for path in paths}
    assert not {name: lines for name, lines in sizes.items() if lines > MAX_FILE_LINES and name not in LONG_BY_NATURE}


def test_no_file_names_a_package_host_or_a_path_of_somebodys_machine() -> None:
    wrong = []
    for path in our_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture
        for number, line in enumerate(text.splitlines(), start=1):
            if any(host in line for host in PACKAGE_HOSTS) or MACHINE_PATH.search(line):
                wrong.append(f"{name_of(path)}:{number}: {line.strip()[:120]}")
    assert not wrong
