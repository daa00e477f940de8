"""CPU seconds and lost datagrams of processes on this machine, from /proc (proc(5))."""

import os
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> set[int]:
    """A process and all its descendants; empty if there is none."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = set(), [pid] if _stat(pid) else []
    while waiting:
        found.add(one := waiting.pop())
        waiting += children.get(one, [])
    return found


def cpu_s(pids: Iterable[int]) -> float:
    """User and system time together; a process that has ended counts nothing."""
    return sum(int(fields[11]) + int(fields[12]) for pid in pids if (fields := _stat(pid))) / TICKS


def dropped(inodes: set[int]) -> int:
    """Datagrams that found the buffers of these UDP sockets full."""
    lines = [line.split() for name in ("udp", "udp6") for line in _lines(PROC / "net" / name)]
    return sum(int(fields[12]) for fields in lines if len(fields) > 12 and fields[9] in {str(one) for one in inodes})


def _stat(pid: int) -> list[str]:
    """The fields behind the command's name, which may hold anything."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()[1:]
    except OSError:
        return []
