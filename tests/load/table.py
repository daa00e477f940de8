"""Tables of README.md, each between two marks of its own, and the turn of a measurement among others."""

import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

README = Path(__file__).with_name("README.md")


def _replace(name: str, text: str) -> None:
    """Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = README.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{README.name} has no place for {name}")
    README.write_text(before + begin + text.strip() + "\n" + end + after)


def tell(name: str, text: str, *, write: bool) -> None:
    """Puts a table into its place, or only prints it."""
    if write:
        _replace(name, text)
    else:
        sys.stdout.write(text + "\n")


def rows(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def load_average() -> str:
    """How busy the machine is with other things, one minute and fifteen."""
    one, _, fifteen = os.getloadavg()
    return f"{one:.1f} ({fifteen:.1f} in a quarter of an hour)"


@contextmanager
def turn(lock: Path | None) -> Iterator[None]:
    """Waits until no other process holds the file; without one there is nobody to wait for."""
    if lock is None:
        yield
        return
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
