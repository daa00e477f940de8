"""S10: no name, link or range makes the recordings give out a byte that lies outside their root."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.catalogue import NotFound, Recordings
from recordings.ids import TrackName
from recordings.manifest import Track
from recordings.playback import ByteRange, TrackFile
from recordings.ports import Container
from recordings.store import Folder
from recordings.vault import Vault

OWNER = "act-1"
SECRET = b"not for anybody"
HOSTILE = [
    "",
    ".",
    "..",
    "/",
    "~",
    "../secret",
    "../../secret",
    "..\\secret",
    "/etc/passwd",
    "%2e%2e%2fsecret",
    "t0001.webm/../../secret",
    "t0001.webm\0",
    "t0001.webm\n",
    "\N{FULLWIDTH FULL STOP}\N{FULLWIDTH FULL STOP}/secret",
    "a" * 5000,
    "manifest.json",
    "t0001.webm.live",
    "secret",
]


def copy(live: BinaryIO, final: BinaryIO, container: Container) -> float:
    final.write(live.read())
    return 1.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with one recording of one track, and a secret beside and above it."""
    (tmp_path / "secret").write_bytes(SECRET)
    vault = Vault(tmp_path / "recordings")
    shelf = vault.begin("rec-1", OWNER, 1000.0)
    track = shelf.add_track(label="seat-1", source="camera", kind="video", codec="vp8", container="webm")
    track.write(b"frames")
    shelf.finish(copy, "moderator")
    vault.close()
    (folder_of(tmp_path) / "secret").write_bytes(SECRET)
    return tmp_path / "recordings"


def folder_of(tmp_path: Path) -> Path:
    return next((tmp_path / "recordings").glob("*/rec-1"))


@pytest.fixture
def recordings(root: Path) -> Iterator[Recordings]:
    recordings = Recordings(root)
    yield recordings
    recordings.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_only_names_in_the_manifest_are_tracks(name: str, recordings: Recordings) -> None:
    with pytest.raises(NotFound):
        recordings.track(OWNER, "rec-1", name)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_a_recording_leads_elsewhere(name: str, recordings: Recordings) -> None:
    for ask in (recordings.entry, recordings.delete):
        with pytest.raises(NotFound):
            ask(OWNER, name)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_owner_leads_elsewhere(name: str, recordings: Recordings) -> None:
    assert recordings.list(name) == []
    with pytest.raises(NotFound):
        recordings.entry(name, "rec-1")


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "secret"])
def test_no_recording_is_begun_under_such_a_name(name: str, root: Path) -> None:
    before = sorted(root.rglob("*"))
    vault = Vault(root)
    with pytest.raises(FileNotFoundError):
        vault.begin(name, OWNER, 1000.0)
    vault.close()
    assert sorted(root.rglob("*")) == before


@given(name=st.text(max_size=60))
def test_a_folder_opens_nothing_but_plain_names(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.getbasetemp() / "outside"
    outside.mkdir(exist_ok=True)
    with Folder.root(outside / "root") as folder, pytest.raises(FileNotFoundError):
        folder.read(name)


def test_links_are_not_followed(root: Path, recordings: Recordings, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "t0001.webm").unlink()
    (folder / "t0001.webm").symlink_to(tmp_path / "secret")
    with pytest.raises(NotFound):
        recordings.track(OWNER, "rec-1", "t0001.webm")


def test_linked_folders_are_neither_entered_nor_emptied(root: Path, recordings: Recordings, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    folder_of(tmp_path).rename(elsewhere)
    (root / os.listdir(root)[0] / "rec-1").symlink_to(elsewhere)
    for ask in (recordings.entry, recordings.delete):
        with pytest.raises(NotFound):
            ask(OWNER, "rec-1")
    vault = Vault(root)
    assert vault.unfinished() == []
    vault.close()
    assert (elsewhere / "t0001.webm").read_bytes() == b"frames"


def test_a_pipe_in_place_of_a_track_blocks_nobody(recordings: Recordings, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "t0001.webm").unlink()
    os.mkfifo(folder / "t0001.webm")
    with pytest.raises(NotFound):
        recordings.track(OWNER, "rec-1", "t0001.webm")


@given(start=st.integers(0, 1 << 40), length=st.integers(0, 1 << 40))
def test_a_range_ends_where_the_file_ends(start: int, length: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    with Folder.root(tmp_path_factory.getbasetemp() / "ranges") as folder:
        folder.replace("file", b"frames")
        with folder.read("file") as file:
            track = TrackFile(file, Track(TrackName("file"), "", "camera", "video", "vp8", "webm"))
            assert track.read(start, length) == b"frames"[start : start + length]
            assert b"".join(track.chunks(ByteRange(0, 6, 6))) == b"frames"
