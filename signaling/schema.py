"""Makes, from signaling/messages.py, what others read of it: `python -m signaling.schema`.

docs/schema.json (JSON Schema 2020-12), the tables at the end of docs/protocol.md, and the client's types. A test fails
when they differ from what stands in the tree.
"""

import inspect
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from signaling import messages
from signaling.dispatch import RULES
from signaling.messages import AnyCommand, AnyEvent, Command, Envelope, Event

ROOT = Path(__file__).resolve().parents[1]
BEGIN = "<!-- From here to the end: made by `python -m signaling.schema`; do not edit. -->\n"
SIMPLE = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null"}
WORDS = {str: "text", int: "integer", float: "number", bool: "yes or no", NoneType: "nothing"}

Struct = type[msgspec.Struct]


def main() -> None:
    for path, text in made().items():
        path.write_text(text)


def made() -> dict[Path, str]:
    """Every file that is made from the messages, as it should be."""
    protocol = ROOT / "docs" / "protocol.md"
    written = protocol.read_text().partition(BEGIN)[0].rstrip()
    return {
        ROOT / "docs" / "schema.json": json_schema(),
        protocol: f"{written}\n\n{BEGIN}\n{tables()}",
        ROOT / "web-client" / "src" / "protocol" / "messages.ts": typescript(),
    }


# -- JSON Schema ---------------------------------------------------------------------------------------------------


def json_schema() -> str:
    """What a client sends is `#/$defs/Command`, what it gets `#/$defs/Envelope`."""
    (command, _), parts = msgspec.json.schema_components([AnyCommand, Envelope], ref_template="#/$defs/{name}")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Visite, wire version {messages.PROTOCOL}",
        "$defs": {"Command": command, **dict(sorted(parts.items()))},
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


# -- TypeScript ----------------------------------------------------------------------------------------------------


def typescript() -> str:
    """Interfaces of all messages; fields with a default may be left out of what a client sends."""
    sent = set(_reached(get_args(AnyCommand)))
    structs: list[Struct] = list(dict.fromkeys([*_in_order(AnyCommand), *_in_order(AnyEvent), Envelope]))
    blocks = [
        "// The messages of signaling/messages.py as types. Made by `python -m signaling.schema`; do not edit.",
        f"export const PROTOCOL = {messages.PROTOCOL};\nexport const MAX_TEXT = {messages.MAX_TEXT};",
        "\n".join(f"export type {name} = {_choices(alias)};" for name, alias in _aliases().items()),
        *(_interface(struct, optional=struct in sent) for struct in structs),
        _union("AnyCommand", get_args(AnyCommand)),
        _union("AnyEvent", get_args(AnyEvent)),
    ]
    return "\n\n".join(blocks) + "\n"


def _interface(struct: Struct, *, optional: bool) -> str:
    tag = struct.__struct_config__.tag
    lines = [f'  readonly type: "{tag}";'] if tag is not None else []
    for field, hint in _fields(struct):
        mark = "?" if optional and not field.required else ""
        lines.append(f"  readonly {field.name}{mark}: {_typescript(hint)};")
    return "\n".join([f"export interface {struct.__name__} {{", *lines, "}"])


def _typescript(hint: Any) -> str:
    if hint in SIMPLE:
        return SIMPLE[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _typescript(arguments[0])
    if origin is Literal:
        return next((name for name, alias in _aliases().items() if alias == hint), _choices(hint))
    if origin is tuple:
        item = _typescript(arguments[0])
        return f"readonly ({item})[]" if "|" in item else f"readonly {item}[]"
    if hint == AnyEvent:
        return "AnyEvent"
    return " | ".join(_typescript(argument) for argument in arguments)


def _choices(alias: Any) -> str:
    return " | ".join(f'"{choice}"' for choice in get_args(alias))


def _union(name: str, structs: Sequence[Struct]) -> str:
    return "\n".join([f"export type {name} =", *(f"  | {struct.__name__}" for struct in structs)]) + ";"


def _aliases() -> dict[str, Any]:
    """Choices that messages.py gives a name of their own."""
    return {name: value for name, value in vars(messages).items() if get_origin(value) is Literal}


# -- tables --------------------------------------------------------------------------------------------------------


def tables() -> str:
    """Every message with its fields and limits; a command also with the right that it needs."""
    used = [s for s in _in_order(AnyCommand | AnyEvent) if not issubclass(s, Command | Event)]
    commands = [(*_row(struct), f"`{RULES[struct].verb}`") for struct in get_args(AnyCommand)]
    return (
        "\n\n".join(
            [
                "## What a client sends",
                _table(("type", "fields", "what", "right"), commands),
                "## What the server sends",
                _table(("type", "fields", "what"), [_row(struct) for struct in get_args(AnyEvent)]),
                "## What they are made of",
                _table(("part", "fields", "what"), [_row(struct) for struct in dict.fromkeys(used)]),
            ]
        )
        + "\n"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _row(struct: Struct) -> tuple[str, str, str]:
    fields = (
        f"`{field.name}`{'' if field.required else '?'} {_words(hint)}"
        for field, hint in _fields(struct)
        if not (issubclass(struct, Command) and field.name == "id")
    )
    name = str(struct.__struct_config__.tag or struct.__name__)
    told = (inspect.cleandoc(struct.__doc__ or "") or "").split("\n\n")[0].replace("\n", " ")
    return f"`{name}`", "; ".join(fields) or "–", told if not told.startswith(f"{struct.__name__}(") else ""


def _words(hint: Any) -> str:
    if hint in WORDS:
        return WORDS[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return f"`{hint.__name__}`"
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return " ".join([_words(arguments[0]), *(_limits(meta) for meta in arguments[1:] if isinstance(meta, Meta))])
    if origin is Literal:
        return " / ".join(f"`{choice}`" for choice in arguments)
    if origin is tuple:
        return f"list of {_words(arguments[0])}"
    return " or ".join(_words(argument) for argument in arguments)


def _limits(meta: Meta) -> str:
    low, high = meta.min_length or meta.ge, meta.max_length or meta.le
    if high is None:
        return f"≥ {low}"
    return f"{low}–{high}" if low else f"≤ {high}"


# -- what the messages are -----------------------------------------------------------------------------------------


def _fields(struct: Struct) -> Iterator[tuple[msgspec.structs.FieldInfo, Any]]:
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        yield field, hints[field.name]


def _in_order(union: Any) -> list[Struct]:
    """The structs of a union, each behind those it is made of."""
    return list(dict.fromkeys(reached for struct in get_args(union) for reached in _reached([struct])))


def _reached(hints: Sequence[Any]) -> Iterator[Struct]:
    for hint in hints:
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            yield from _reached([inner for _, inner in _fields(hint)])
            yield hint
        elif get_origin(hint) in {Annotated, tuple, Union, UnionType}:
            yield from _reached([argument for argument in get_args(hint) if not isinstance(argument, Meta)])


if __name__ == "__main__":
    main()
