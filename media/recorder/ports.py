"""What the recorder needs of whoever keeps the files. The archive names them; the recorder never sees a path."""

from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol

from media.recorder.commands import Kind
from media.recorder.muxer import Container

Remux = Callable[[BinaryIO, BinaryIO, Container], float]  # see `muxer.remux`


class TrackSink(Protocol):
    """The file of one track while it is written. The archive has it on the disk within about a second."""

    def write(self, data: bytes) -> None:
        """All of `data`. Raises OSError."""

    def set_offset(self, offset_s: float) -> None:
        """Where the file's time 0 lies, in seconds since the recording's start. Raises OSError."""

    def close(self) -> None:
        """May be called again."""


class Outcome(Protocol):
    """What a finished recording holds."""

    @property
    def track_count(self) -> int: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def bytes(self) -> int: ...
    @property
    def recovered(self) -> bool:
        """A crash cut it off."""


class Shelf(Protocol):
    """One recording's place in the archive."""

    @property
    def recording(self) -> str: ...
    def add_track(self, *, label: str, source: str, kind: Kind, codec: str, container: Container) -> TrackSink:
        """Raises OSError."""

    def finish(self, remux: Remux, reason: str) -> Outcome:
        """Closes what is open and makes every file whole; takes as long as the disk needs. Raises OSError.

        A `reason` that was noted before a crash interrupted this outlives it.
        """


class Archive(Protocol):
    """All recordings of this machine."""

    def begin(self, recording: str, owner: str, started_at: float, continues: str | None) -> Shelf:
        """Raises FileExistsError where the recording is known already, and OSError."""

    def unfinished(self) -> Sequence[Shelf]:
        """What a crash left behind."""

    def free_bytes(self) -> int: ...
    def sync(self) -> None:
        """Sees to it that what was written survives a loss of power. Raises OSError."""
