"""Starts, watches and restarts the media workers and the recorder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Of the media workers: worker i binds UDP port `port` + i (each a free one if 0)."""

    host: str
    port: int
    workers: int
    advertise: tuple[str, ...]  # addresses written into candidates; empty: `host`


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    root: Path  # folder of all recordings
    reserve_bytes: int = 1_073_741_824


class Workers:
    """Every child process of this node. `recorder` None: nothing can be recorded."""

    def __init__(self, media: WorkerSettings, recorder: RecorderSettings | None) -> None: ...

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All are ready when it is entered, all have ended when it is left."""
        yield

    @property
    def ready(self) -> bool:
        """Whether at least one media worker obeys commands now (`/readyz`)."""
        raise NotImplementedError

    @property
    def ports(self) -> tuple[int, ...]:
        """UDP ports of the workers that are ready."""
        raise NotImplementedError
