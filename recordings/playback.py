"""How recordings are played in a browser: files by byte ranges, and when each has to start."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from recordings.ids import RecordingId, TrackName
from recordings.manifest import Manifest, State, Track

CHUNK = 65_536  # bytes read at a time
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CODECS = {"vp8": "vp8", "vp9": "vp9", "av1": "av01.0.08M.08", "h264": "avc1.42e01f", "opus": "opus"}


class Unsatisfiable(ValueError):
    """No byte of the file lies in the range asked for: answer 416 with `Content-Range: bytes */size`."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `start` to `end` − 1 of a file of `size` bytes."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The range of a `Range` header; None: answer 200 with the whole file (RFC 9110 §14.2 leaves that free).

    Other units, several ranges and malformed ones are ignored so. Raises Unsatisfiable.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise Unsatisfiable(header)
    return ByteRange(start, end, size)


@dataclass(slots=True)
class TrackFile:
    """An open finished track. Reading blocks on the disk; close it, or use it in `with`."""

    file: BinaryIO
    track: Track

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    @property
    def content_type(self) -> str:
        return content_type(self.track)

    @property
    def etag(self) -> str:
        """A strong one, quotes included: a finished file never changes."""
        return f'"{self.track.sha256}"'

    def read(self, start: int, length: int) -> bytes:
        """At most `length` bytes from `start`; fewer only at the end. May be called from several threads."""
        parts = []
        while length and (part := os.pread(self.file.fileno(), min(length, CHUNK), start)):
            parts.append(part)
            start += len(part)
            length -= len(part)
        return b"".join(parts)

    def chunks(self, wanted: ByteRange) -> Iterator[bytes]:
        """The bytes of a range in pieces of at most CHUNK."""
        for start in range(wanted.start, wanted.end, CHUNK):
            yield self.read(start, min(CHUNK, wanted.end - start))

    def close(self) -> None:
        self.file.close()


def content_type(track: Track) -> str:
    """The media type with its codec, as `canPlayType` wants it."""
    container = "webm" if track.container == "webm" else "x-matroska"
    return f"{track.kind}/{container}; codecs={_CODECS[track.codec]}"


class PlaybackTrack(msgspec.Struct, frozen=True):
    """One element of the page: it starts when the common clock shows `offset_s`."""

    name: TrackName
    label: str
    source: str
    kind: str
    content_type: str
    offset_s: float
    duration_s: float
    bytes: int


class Playback(msgspec.Struct, frozen=True):
    """All tracks on one clock that begins at 0."""

    recording: RecordingId
    started_at: float  # seconds since the epoch at the clock's 0
    duration_s: float
    state: State
    reason: str
    continues: RecordingId | None
    gap_s: float | None
    tracks: tuple[PlaybackTrack, ...]


def playback(entry: Manifest) -> Playback:
    """What a player needs. Offsets are shifted so that none is negative: a first frame may have been under way already
    when the recording began."""
    early = min((0.0, *(track.offset_s for track in entry.tracks)))
    return Playback(
        recording=entry.recording,
        started_at=entry.started_at + early,
        duration_s=entry.duration_s - early,
        state=entry.state,
        reason=entry.reason,
        continues=entry.continues,
        gap_s=entry.gap_s,
        tracks=tuple(_playback_track(track, early) for track in entry.tracks),
    )


def _playback_track(track: Track, early: float) -> PlaybackTrack:
    return PlaybackTrack(
        name=track.name,
        label=track.label,
        source=track.source,
        kind=track.kind,
        content_type=content_type(track),
        offset_s=track.offset_s - early,
        duration_s=track.duration_s,
        bytes=track.bytes,
    )
