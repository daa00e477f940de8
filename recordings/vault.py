"""Where recordings are written: who makes their names, and how they become whole.

    root/<digest of the owner>/<recording>/manifest.json
                                           t0001.webm.live     while it is written
                                           t0001.webm          finished

The owner's folder is a digest, so that asking with another owner finds nothing. At every moment of a crash either the
manifest says `writing`, and the live files are there to be finished again, or it names whole files.
"""

import errno
import hashlib
import logging
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec

from recordings.ids import OwnerId, RecordingId, TrackName
from recordings.manifest import MANIFEST, Damaged, Manifest, State, Track, load, save
from recordings.ports import Container, Kind, Remux
from recordings.store import Folder, Nowhere, write_all

log = logging.getLogger(__name__)

RECORDING_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
SUFFIXES: dict[Container, str] = {"webm": ".webm", "matroska": ".mkv"}
LIVE = ".live"
PART = ".part"


def owner_folder(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:40]


def recording_id(name: str) -> RecordingId:
    """Raises FileNotFoundError for a name that no recording can have."""
    if not RECORDING_NAME.fullmatch(name):
        raise FileNotFoundError("not a name of a recording")
    return RecordingId(name)


@dataclass(slots=True)
class OpenTrack:
    """The file of one track while it is written."""

    name: TrackName
    shelf: "OpenRecording"
    _file: BinaryIO

    def write(self, data: bytes) -> None:
        if self._file.closed:
            raise OSError(errno.EBADF, "the track is closed")
        write_all(self._file, data)

    def set_offset(self, offset_s: float) -> None:
        self.shelf.set_offset(self.name, offset_s)

    def sync(self) -> None:
        """May be called from another thread."""
        try:
            os.fdatasync(self._file.fileno())
        except ValueError:
            return  # closed in the meantime, which wrote it out

    def close(self) -> None:
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()


@dataclass(slots=True, eq=False)
class OpenRecording:
    """One recording until it is finished. Raises OSError as the disk does."""

    vault: "Vault"
    manifest: Manifest
    cut_off: bool = False  # by a crash, in an earlier life of the process
    _folder: Folder | None = None  # held only while tracks are written
    _tracks: list[OpenTrack] = field(default_factory=list)

    @property
    def recording(self) -> str:
        return self.manifest.recording

    def add_track(self, *, label: str, source: str, kind: Kind, codec: str, container: Container) -> OpenTrack:
        name = TrackName(f"t{len(self.manifest.tracks) + 1:04d}{SUFFIXES[container]}")
        with self._open_folder() as folder:
            file = folder.create(name + LIVE)
            track = Track(name, label, source, kind, codec, container)
            self._save(folder, tracks=(*self.manifest.tracks, track))
        opened = OpenTrack(name, self, file)
        self._tracks.append(opened)
        return opened

    def set_offset(self, name: TrackName, offset_s: float) -> None:
        tracks = self.manifest.tracks
        moved = [msgspec.structs.replace(t, offset_s=offset_s) if t.name == name else t for t in tracks]
        with self._open_folder() as folder:
            self._save(folder, tracks=tuple(moved))

    def sync(self) -> None:
        for track in list(self._tracks):
            track.sync()

    def finish(self, remux: Remux, reason: str) -> Manifest:
        """Closes what is open, makes every file whole, and says so in the manifest; then the live files go.

        The reason is noted first: a recording that ended well, and whose finishing alone was cut off, is no wreck.
        """
        for track in self._tracks:
            track.close()
        wreck = self.cut_off and not self.manifest.reason
        with self._open_folder() as folder:
            if not self.cut_off:
                self._save(folder, reason=reason)
            finished = [whole for track in self.manifest.tracks if (whole := _whole(folder, track, remux))]
            self._save(
                folder,
                tracks=tuple(finished),
                state=State.RECOVERED if wreck else State.FINISHED,
                reason=self.manifest.reason or reason,
                duration_s=max((track.offset_s + track.duration_s for track in finished), default=0.0),
                gap_s=self._gap(),
            )
            _sweep(folder, self.manifest)
        self.vault.forget(self)
        return self.manifest

    def _gap(self) -> float | None:
        previous = self.manifest.continues
        if previous is None:
            return None
        try:
            with self.vault.folder(self.manifest.owner, previous) as folder:
                before = load(folder)
        except (FileNotFoundError, Damaged):
            return None
        return max(0.0, self.manifest.started_at - before.ended_at) if before.state != State.WRITING else None

    def _open_folder(self) -> Folder:
        return self.vault.folder(self.manifest.owner, self.manifest.recording)

    def _save(self, folder: Folder, **changes: object) -> None:
        self.manifest = msgspec.structs.replace(self.manifest, **changes)
        save(folder, self.manifest)


class Vault:
    """All recordings below one root. Used by one process at a time to write; anyone may read beside it."""

    def __init__(self, root: Path) -> None:
        self._root = Folder.root(root)
        self._open: list[OpenRecording] = []

    def close(self) -> None:
        self._root.close()

    def begin(self, recording: str, owner: str, started_at: float, continues: str | None = None) -> OpenRecording:
        """Raises FileExistsError where the owner has this recording already."""
        previous = recording_id(continues) if continues else None
        manifest = Manifest(recording_id(recording), OwnerId(owner), started_at, continues=previous)
        with self._owner_folder(owner) as shelf, shelf.make(recording) as folder:
            save(folder, manifest)
        opened = OpenRecording(self, manifest)
        self._open.append(opened)
        return opened

    def unfinished(self) -> list[OpenRecording]:
        """What a crash left behind; folders without a manifest never began, or were being deleted, and go."""
        found: list[OpenRecording] = []
        for owner in self._root.folders():
            with self._root.open(owner) as shelf:
                for recording in shelf.folders():
                    if (manifest := _examine(shelf, recording)) and manifest.state == State.WRITING:
                        found.append(OpenRecording(self, manifest, cut_off=True))
        return found

    def folder(self, owner: str, recording: str) -> Folder:
        """Raises FileNotFoundError, also when the recording is another owner's."""
        with self._root.open(owner_folder(owner)) as shelf:
            return shelf.open(recording_id(recording))

    def recordings(self, owner: str) -> list[str]:
        try:
            with self._root.open(owner_folder(owner)) as shelf:
                return shelf.folders()
        except FileNotFoundError:
            return []

    def remove(self, owner: str, recording: str) -> None:
        """The manifest first: from then on the recording is gone, and a crash in between is swept up."""
        with self._root.open(owner_folder(owner)) as shelf:
            _remove(shelf, recording_id(recording))

    def free_bytes(self) -> int:
        return self._root.free_bytes()

    def sync(self) -> None:
        for opened in list(self._open):
            opened.sync()

    def forget(self, opened: OpenRecording) -> None:
        if opened in self._open:
            self._open.remove(opened)

    def _owner_folder(self, owner: str) -> Folder:
        try:
            return self._root.make(owner_folder(owner))
        except FileExistsError:
            return self._root.open(owner_folder(owner))


def _examine(shelf: Folder, recording: str) -> Manifest | None:
    """The manifest of one folder, after sweeping up what a crash left over."""
    try:
        with shelf.open(recording) as folder:
            manifest = load(folder)
            if manifest.state != State.WRITING:
                _sweep(folder, manifest)
            return manifest
    except FileNotFoundError:
        _remove(shelf, recording)
    except Damaged:
        log.exception("a manifest is damaged, its recording is left alone", extra={"recording": recording})
    return None


def _remove(shelf: Folder, recording: str) -> None:
    with shelf.open(recording) as folder:
        folder.remove(MANIFEST)
        for name in folder.files():
            folder.remove(name)
    shelf.remove_folder(recording)


def _sweep(folder: Folder, manifest: Manifest) -> None:
    """Removes what the manifest does not name."""
    known = {MANIFEST, *(track.name for track in manifest.tracks)}
    for name in folder.files():
        if name not in known:
            folder.remove(name)


def _whole(folder: Folder, track: Track, remux: Remux) -> Track | None:
    """The track with its finished file; None where nothing was written.

    Where the disk has no room for a second copy, or the file cannot be understood, the live file stays as it is: what
    was recorded is never thrown away for want of an index.
    """
    if not _measure(folder, track.name + LIVE)[0]:
        return None
    duration = _index(folder, track, remux)
    indexed = duration is not None
    if duration is None:
        duration = _adopt(folder, track, remux)
    size, digest = _measure(folder, track.name)
    return msgspec.structs.replace(track, duration_s=duration, bytes=size, sha256=digest, indexed=indexed)


def _index(folder: Folder, track: Track, remux: Remux) -> float | None:
    """Copies the live file with cues and duration; None where that cannot be done."""
    part = track.name + PART
    folder.remove(part)
    try:
        with folder.read(track.name + LIVE) as live, folder.create(part) as final:
            if folder.free_bytes() < 2 * os.fstat(live.fileno()).st_size:  # others write meanwhile
                raise OSError(errno.ENOSPC, "no room for a copy")
            duration = remux(live, final, track.container)
            os.fsync(final.fileno())
        folder.rename(part, track.name)
    except ValueError:
        log.exception("a track cannot be indexed", extra={"track": track.name})
        folder.remove(part)
        return None
    except OSError as error:
        folder.remove(part)
        if error.errno != errno.ENOSPC:
            raise
        return None
    return duration


def _adopt(folder: Folder, track: Track, remux: Remux) -> float:
    """Takes the live file as the finished one, under both names until the manifest is written; returns its length."""
    folder.remove(track.name)
    folder.link(track.name + LIVE, track.name)
    try:
        with folder.read(track.name) as live:
            return remux(live, Nowhere(), track.container)
    except ValueError:
        return 0.0


def _measure(folder: Folder, name: str) -> tuple[int, str]:
    """Size in bytes and SHA-256."""
    with folder.read(name) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return os.fstat(file.fileno()).st_size, digest
