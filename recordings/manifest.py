"""What is known of a recording, in a small file beside its tracks."""

from enum import StrEnum

import msgspec

from recordings.ids import OwnerId, RecordingId, TrackName
from recordings.ports import Container, Kind
from recordings.store import Folder

MANIFEST = "manifest.json"
VERSION = 1


class State(StrEnum):
    """How complete a recording is."""

    WRITING = "writing"  # in progress, or cut off by a crash that nobody has mended yet
    FINISHED = "finished"
    RECOVERED = "recovered"  # cut off by a crash; holds what was written until then


class Track(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file. Size and hash are those of the finished file, empty while it is written."""

    name: TrackName
    label: str  # who is heard or seen, as the one who recorded calls them
    source: str  # microphone, camera, …
    kind: Kind
    codec: str  # as in SDP's rtpmap, lower case
    container: Container
    offset_s: float = 0.0  # from the recording's start to the file's time 0; the first may be a little below 0
    duration_s: float = 0.0
    bytes: int = 0
    sha256: str = ""
    indexed: bool = False  # has cues and duration; without them it plays, but seeking is slow


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recording: its files, and how they lie in time. Times of day are seconds since the epoch."""

    recording: RecordingId
    owner: OwnerId
    started_at: float
    state: State = State.WRITING
    reason: str = ""  # why it ended
    duration_s: float = 0.0  # to the end of the last track
    continues: RecordingId | None = None  # the recording that a crash cut off before
    gap_s: float | None = None  # between the end of that one and the start of this; None: unknown, or nothing continued
    tracks: tuple[Track, ...] = ()
    version: int = VERSION

    @property
    def bytes(self) -> int:
        return sum(track.bytes for track in self.tracks)

    @property
    def track_count(self) -> int:
        return len(self.tracks)

    @property
    def recovered(self) -> bool:
        return self.state == State.RECOVERED

    @property
    def ended_at(self) -> float:
        return self.started_at + self.duration_s


class Damaged(ValueError):
    """A manifest that cannot be understood."""


def load(folder: Folder) -> Manifest:
    """Raises FileNotFoundError, and Damaged."""
    with folder.read(MANIFEST) as file:
        content = file.read()
    try:
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as reason:
        raise Damaged(str(reason)) from reason


def save(folder: Folder, manifest: Manifest) -> None:
    folder.replace(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
