"""What the vault needs from outside."""

from typing import BinaryIO, Literal, Protocol

Kind = Literal["audio", "video"]
Container = Literal["webm", "matroska"]


class Remux(Protocol):
    """Makes a file that was written live whole: cues, duration."""

    def __call__(self, live: BinaryIO, final: BinaryIO, container: Container, /) -> float:
        """Returns the end of the last frame in seconds. Raises ValueError when nothing of `live` can be played."""
