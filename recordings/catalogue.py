"""Which recordings there are. Every question names the owner, and another owner's recording is not found."""

from pathlib import Path

from recordings.manifest import MANIFEST, Damaged, Manifest, State, Track, load
from recordings.playback import TrackFile
from recordings.store import Folder
from recordings.vault import Vault

__all__ = ["NotFound", "RecordingEntry", "Recordings", "StillWriting"]

RecordingEntry = Manifest  # an entry of the catalogue is what the manifest says


class NotFound(LookupError):
    """No such recording or track, or not this owner's: the two are told apart to nobody."""


class StillWriting(RuntimeError):
    """The recording is not finished yet."""


class Recordings:
    """All recordings below `root`. Reads beside the recorder process; methods block on the disk."""

    def __init__(self, root: Path) -> None:
        self._vault = Vault(root)

    def close(self) -> None:
        self._vault.close()

    def list(self, owner: str) -> list[RecordingEntry]:
        """In the order in which they began, those still being written included. Damaged ones are left out."""
        entries = []
        for recording in self._vault.recordings(owner):
            try:
                entries.append(self.entry(owner, recording))
            except NotFound:
                continue  # deleted meanwhile, or damaged
        return sorted(entries, key=lambda entry: entry.started_at)

    def entry(self, owner: str, recording: str) -> RecordingEntry:
        """Raises NotFound."""
        with self._folder(owner, recording) as folder:
            return _load(folder, owner)

    def track(self, owner: str, recording: str, name: str) -> TrackFile:
        """One finished file, open for reading. Raises NotFound, and StillWriting."""
        with self._folder(owner, recording) as folder:
            entry = _load(folder, owner)
            if entry.state == State.WRITING:
                raise StillWriting(recording)
            track = _named(entry, name)
            try:
                return TrackFile(folder.read(track.name), track)
            except FileNotFoundError as reason:
                raise NotFound(name) from reason

    def delete(self, owner: str, recording: str) -> None:
        """Removes every file of it. Raises NotFound, and StillWriting."""
        if self.entry(owner, recording).state == State.WRITING:
            raise StillWriting(recording)
        self._vault.remove(owner, recording)

    def _folder(self, owner: str, recording: str) -> Folder:
        try:
            return self._vault.folder(owner, recording)
        except FileNotFoundError as reason:
            raise NotFound(recording) from reason


def _load(folder: Folder, owner: str) -> Manifest:
    try:
        manifest = load(folder)
    except (FileNotFoundError, Damaged) as reason:
        raise NotFound(MANIFEST) from reason
    if manifest.owner != owner:
        raise NotFound(manifest.recording)
    return manifest


def _named(entry: Manifest, name: str) -> Track:
    """Only names in the manifest exist, whatever lies in the folder."""
    for track in entry.tracks:
        if track.name == name:
            return track
    raise NotFound(name)
