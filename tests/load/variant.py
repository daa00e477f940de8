"""Runs `visite` with one packet plane: python -m tests.load.variant pure serve --config FILE

The load generator starts servers with a configuration of its own; this writes one beside it that names the plane.
"""

import os
import re
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("visite")


def main(plane: str, *words: str) -> None:
    given = Path(words[words.index("--config") + 1])
    changed = given.with_name(f"{plane}.toml")  # in the same folder, where its relative paths start
    changed.write_text(re.sub(r"^\[media\]$", f'[media]\nplane = "{plane}"', given.read_text(), flags=re.MULTILINE))
    os.execv(PROGRAM, [str(PROGRAM), *(str(changed) if word == str(given) else word for word in words)])


if __name__ == "__main__":
    main(*sys.argv[1:])
