"""How recordings are written, made whole, and found again; every crash leaves something that can be finished."""

import errno
import hashlib
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from recordings.catalogue import NotFound, Recordings, StillWriting
from recordings.manifest import State
from recordings.ports import Container
from recordings.store import Nowhere
from recordings.vault import OpenRecording, OpenTrack, Vault

OWNER = "act-1"


def copy(live: BinaryIO, final: BinaryIO, container: Container) -> float:
    """Stands for FFmpeg: the finished file is the live one with a mark, two seconds long."""
    final.write(b"indexed " + live.read())
    return 2.0


def refuse(error: Exception) -> Callable[[BinaryIO, BinaryIO, Container], float]:
    """Fails like a full disk or a file without sense, but can still tell how long a file is."""

    def remux(live: BinaryIO, final: BinaryIO, container: Container) -> float:
        if not isinstance(final, Nowhere):
            raise error
        return 3.0

    return remux


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    vault = Vault(tmp_path)
    yield vault
    vault.close()


@pytest.fixture
def recordings(tmp_path: Path) -> Iterator[Recordings]:
    recordings = Recordings(tmp_path)
    yield recordings
    recordings.close()


def begin(vault: Vault, recording: str = "rec-1", owner: str = OWNER, at: float = 1000.0) -> OpenRecording:
    return vault.begin(recording, owner, at)


def add(shelf: OpenRecording, content: bytes = b"frames", offset_s: float = 0.5) -> OpenTrack:
    track = shelf.add_track(label="seat-1", source="camera", kind="video", codec="vp8", container="webm")
    track.write(content)
    track.set_offset(offset_s)
    return track


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("*/*/*"))


def test_a_finished_recording_has_whole_files_with_sizes_and_hashes(vault: Vault, recordings: Recordings) -> None:
    shelf = begin(vault)
    add(shelf)
    add(shelf, b"more", offset_s=1.5)
    shelf.finish(copy, "moderator")
    entry = recordings.entry(OWNER, "rec-1")
    assert (entry.state, entry.reason, entry.duration_s) == (State.FINISHED, "moderator", 3.5)
    assert [track.name for track in entry.tracks] == ["t0001.webm", "t0002.webm"]
    with recordings.track(OWNER, "rec-1", "t0002.webm") as file:
        content = file.read(0, file.size)
    assert content == b"indexed more"
    assert (entry.tracks[1].bytes, entry.tracks[1].sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_nothing_but_finished_files_and_the_manifest_stays(vault: Vault, tmp_path: Path) -> None:
    shelf = begin(vault)
    add(shelf)
    assert files(tmp_path) == ["manifest.json", "t0001.webm.live"]
    shelf.finish(copy, "moderator")
    assert files(tmp_path) == ["manifest.json", "t0001.webm"]


def test_only_our_user_may_read(vault: Vault, tmp_path: Path) -> None:
    shelf = begin(vault)
    add(shelf)
    shelf.finish(copy, "moderator")
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), ValueError("no sense")])
def test_a_file_that_cannot_be_indexed_is_kept_as_it_was_recorded(
    error: Exception, vault: Vault, recordings: Recordings, tmp_path: Path
) -> None:
    shelf = begin(vault)
    add(shelf, b"frames")
    shelf.finish(refuse(error), "disk-full")
    (track,) = recordings.entry(OWNER, "rec-1").tracks
    assert (track.indexed, track.bytes) == (False, 6)
    assert files(tmp_path) == ["manifest.json", "t0001.webm"]


def test_a_disk_that_fails_leaves_the_recording_to_the_next_start(vault: Vault, recordings: Recordings) -> None:
    shelf = begin(vault)
    add(shelf)
    with pytest.raises(OSError, match="broken"):
        shelf.finish(refuse(OSError(errno.EIO, "broken")), "moderator")
    (unfinished,) = vault.unfinished()
    unfinished.finish(copy, "recorder-killed")
    entry = recordings.entry(OWNER, "rec-1")
    assert (entry.state, entry.reason) == (State.FINISHED, "moderator")  # it had ended well before


def crash_before_the_first_frame(folder: Path) -> None:
    (folder / "t0001.webm.live").write_bytes(b"")


def crash_while_indexing(folder: Path) -> None:
    (folder / "t0001.webm.part").write_bytes(b"half")


def crash_before_the_manifest(folder: Path) -> None:
    (folder / "t0001.webm").write_bytes(b"indexed frames")


def crash_while_writing_the_manifest(folder: Path) -> None:
    (folder / "manifest.json.part").write_bytes(b"{")


@pytest.mark.parametrize(
    ("crash", "tracks"),
    [
        (crash_before_the_first_frame, 0),
        (crash_while_indexing, 1),
        (crash_before_the_manifest, 1),
        (crash_while_writing_the_manifest, 1),
    ],
)
def test_wherever_it_crashed_the_next_start_finishes_it(
    crash: Callable[[Path], None], tracks: int, vault: Vault, recordings: Recordings, tmp_path: Path
) -> None:
    add(begin(vault)).close()
    crash(next(tmp_path.glob("*/rec-1")))
    (unfinished,) = vault.unfinished()
    assert unfinished.finish(copy, "recorder-killed").track_count == tracks
    entry = recordings.entry(OWNER, "rec-1")
    assert (entry.state, len(entry.tracks)) == (State.RECOVERED, tracks)
    assert files(tmp_path) == ["manifest.json", *(track.name for track in entry.tracks)]
    assert vault.unfinished() == []


def test_what_a_crash_left_beside_finished_files_is_swept_up(vault: Vault, tmp_path: Path) -> None:
    shelf = begin(vault)
    add(shelf)
    shelf.finish(copy, "moderator")
    (next(tmp_path.glob("*/rec-1")) / "t0001.webm.live").write_bytes(b"frames")
    assert vault.unfinished() == []
    assert files(tmp_path) == ["manifest.json", "t0001.webm"]


def test_a_folder_without_a_manifest_goes_and_a_damaged_manifest_stays(
    vault: Vault, recordings: Recordings, tmp_path: Path
) -> None:
    for recording in ("rec-1", "rec-2"):
        shelf = begin(vault, recording)
        add(shelf).close()
    next(tmp_path.glob("*/rec-1/manifest.json")).unlink()
    next(tmp_path.glob("*/rec-2/manifest.json")).write_bytes(b"{")
    assert vault.unfinished() == []
    assert [path.name for path in tmp_path.glob("*/*")] == ["rec-2"]
    assert recordings.list(OWNER) == []


def test_a_continuation_tells_the_gap(vault: Vault, recordings: Recordings) -> None:
    add(begin(vault, at=1000.0)).close()
    (unfinished,) = vault.unfinished()
    unfinished.finish(copy, "recorder-killed")  # 0.5 s after its start begin two seconds of picture
    following = vault.begin("rec-2", OWNER, 1010.0, continues="rec-1")
    add(following)
    following.finish(copy, "moderator")
    entry = recordings.entry(OWNER, "rec-2")
    assert (entry.continues, entry.gap_s) == ("rec-1", 7.5)


def test_a_recording_that_exists_is_not_begun_again(vault: Vault) -> None:
    add(begin(vault)).close()
    with pytest.raises(FileExistsError):
        begin(vault)


def test_the_list_is_in_order_and_of_one_owner(vault: Vault, recordings: Recordings) -> None:
    for recording, owner, at in (("b", OWNER, 1000.0), ("a", OWNER, 2000.0), ("c", "act-2", 1500.0)):
        begin(vault, recording, owner, at).finish(copy, "moderator")
    assert [entry.recording for entry in recordings.list(OWNER)] == ["b", "a"]
    assert recordings.list("act-3") == []


def test_another_owner_finds_nothing(vault: Vault, recordings: Recordings) -> None:
    shelf = begin(vault)
    add(shelf)
    shelf.finish(copy, "moderator")
    for ask in (
        lambda: recordings.entry("act-2", "rec-1"),
        lambda: recordings.track("act-2", "rec-1", "t0001.webm"),
        lambda: recordings.delete("act-2", "rec-1"),
    ):
        with pytest.raises(NotFound):
            ask()
    assert recordings.entry(OWNER, "rec-1").track_count == 1


def test_what_is_still_written_is_listed_but_neither_played_nor_deleted(vault: Vault, recordings: Recordings) -> None:
    shelf = begin(vault)
    add(shelf)
    assert [entry.state for entry in recordings.list(OWNER)] == [State.WRITING]
    with pytest.raises(StillWriting):
        recordings.track(OWNER, "rec-1", "t0001.webm")
    with pytest.raises(StillWriting):
        recordings.delete(OWNER, "rec-1")
    shelf.finish(copy, "moderator")


def test_what_is_deleted_is_gone(vault: Vault, recordings: Recordings, tmp_path: Path) -> None:
    shelf = begin(vault)
    add(shelf)
    shelf.finish(copy, "moderator")
    recordings.delete(OWNER, "rec-1")
    assert files(tmp_path) == []
    with pytest.raises(NotFound):
        recordings.entry(OWNER, "rec-1")


def test_a_closed_track_takes_no_more(vault: Vault) -> None:
    track = add(begin(vault))
    track.close()
    track.close()
    with pytest.raises(OSError, match="closed"):
        track.write(b"late")


def test_what_is_written_can_be_forced_to_the_disk_at_any_time(vault: Vault) -> None:
    shelf = begin(vault)
    add(shelf)
    vault.sync()
    shelf.finish(copy, "moderator")
    vault.sync()
