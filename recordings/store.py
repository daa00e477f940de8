"""Files on the local disk, reached only by plain names below one root.

Every step is taken from an open folder by its descriptor and follows no symbolic link, so that no name, whoever made
it, leads outside the root. Folders are readable by their owner alone (0700), files too (0600).
"""

import errno
import io
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,95}")
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


def plain(name: str) -> str:
    """The name, if it cannot lead elsewhere. Raises FileNotFoundError: no such file can be ours."""
    if not PLAIN_NAME.fullmatch(name):
        raise FileNotFoundError("not a name of ours")
    return name


@dataclass(slots=True)
class Folder:
    """An open folder. Raises OSError as the disk does; `close` or `with` lets it go."""

    _descriptor: int

    @classmethod
    def root(cls, path: Path) -> Self:
        """The root itself, made if absent. The path is the operator's and may go over links."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        os.close(self._descriptor)

    def make(self, name: str) -> "Folder":
        """A new folder. Raises FileExistsError."""
        os.mkdir(plain(name), 0o700, dir_fd=self._descriptor)
        os.fsync(self._descriptor)
        return self.open(name)

    def open(self, name: str) -> "Folder":
        """Raises FileNotFoundError, also for what is no folder or a link to one."""
        return Folder(self._descriptor_of(name, _FOLDER_FLAGS))

    def folders(self) -> list[str]:
        return sorted(entry.name for entry in self._entries() if entry.is_dir(follow_symlinks=False))

    def files(self) -> list[str]:
        return sorted(entry.name for entry in self._entries() if entry.is_file(follow_symlinks=False))

    def create(self, name: str) -> io.FileIO:
        """A new file, to write and to read back, unbuffered. Raises FileExistsError."""
        descriptor = os.open(
            plain(name), os.O_RDWR | os.O_CREAT | os.O_EXCL | _FILE_FLAGS, 0o600, dir_fd=self._descriptor
        )
        return os.fdopen(descriptor, "w+b", buffering=0)

    def read(self, name: str) -> io.FileIO:
        """An ordinary file, to read, unbuffered. Raises FileNotFoundError, also for links and pipes."""
        descriptor = self._descriptor_of(name, os.O_RDONLY | os.O_NONBLOCK | _FILE_FLAGS)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError("not an ordinary file")
        return os.fdopen(descriptor, "rb", buffering=0)

    def replace(self, name: str, content: bytes) -> None:
        """Writes a small file so that whoever reads it finds either the old content or the new, even after a crash."""
        part = plain(name) + ".part"
        self.remove(part)
        with self.create(part) as file:
            write_all(file, content)
            os.fsync(file.fileno())
        self.rename(part, name)

    def rename(self, old: str, new: str) -> None:
        os.rename(plain(old), plain(new), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        os.fsync(self._descriptor)

    def link(self, old: str, new: str) -> None:
        """A second name for a file. Raises FileExistsError."""
        os.link(plain(old), plain(new), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor, follow_symlinks=False)

    def remove(self, name: str) -> None:
        """An absent file is as good as removed."""
        try:
            os.unlink(plain(name), dir_fd=self._descriptor)
        except FileNotFoundError:
            return

    def remove_folder(self, name: str) -> None:
        """An empty one. Raises OSError if it is not."""
        os.rmdir(plain(name), dir_fd=self._descriptor)
        os.fsync(self._descriptor)

    def free_bytes(self) -> int:
        disk = os.fstatvfs(self._descriptor)
        return disk.f_bavail * disk.f_frsize

    def _descriptor_of(self, name: str, flags: int) -> int:
        try:
            return os.open(plain(name), flags, dir_fd=self._descriptor)
        except NotADirectoryError as reason:
            raise FileNotFoundError(reason.errno, "not a folder") from reason
        except OSError as reason:
            if reason.errno == errno.ELOOP:
                raise FileNotFoundError(reason.errno, "a link, which is never followed") from reason
            raise

    def _entries(self) -> list[os.DirEntry[str]]:
        with os.scandir(self._descriptor) as entries:
            return list(entries)


class Nowhere(io.BytesIO):
    """A file that keeps nothing but its length."""

    def __init__(self) -> None:
        super().__init__()
        self._position = self._length = 0

    def write(self, data: "ReadableBuffer", /) -> int:
        size = memoryview(data).nbytes
        self._position += size
        self._length = max(self._length, self._position)
        return size

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position


def write_all(file: BinaryIO, data: bytes) -> None:
    """An unbuffered file may take less than it is given."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
