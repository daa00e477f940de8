"""Runs `visite` with one packet plane: python -m tests.load.variant pure serve --config FILE

The load generator starts servers with a configuration of its own; this writes one beside it that names the plane, and
does not wait for calls at the end: the generator ends the server before them.
"""

import os
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("visite")


def main(plane: str, *words: str) -> None:
    given = Path(words[words.index("--config") + 1])
    changed = given.with_name(f"{plane}.toml")  # in the same folder, where its relative paths start
    added = {"[signaling]": "drain_s = 0", "[media]": f'plane = "{plane}"'}
    lines = (f"{line}\n{added[line]}" if line in added else line for line in given.read_text().splitlines())
    changed.write_text("\n".join(lines) + "\n")
    os.execv(PROGRAM, [str(PROGRAM), *(str(changed) if word == str(given) else word for word in words)])


if __name__ == "__main__":
    main(*sys.argv[1:])
