"""Talkspurts on disk until the database has them: one file each, in the order they were said."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from visio.config import make_folder
from visio.errors import VisioError
from visio.store.talkspurts import Fresh


class SpoolFullError(VisioError):
    """The spool has no room left."""


class SpoolBrokenError(VisioError):
    """A file of the spool cannot be read."""


class Spool:
    """A folder of talkspurts, at most `limit` bytes; their audio is sealed before it comes here.

    Files outlive a killed server: what `keep` returned for is on the disk, whole.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._sizes: dict[Path, int] = {}
        self._next = 0

    @property
    def size(self) -> int:
        """Bytes kept."""
        return sum(self._sizes.values())

    def recover(self) -> list[Path]:
        """What a server before us kept, in order."""
        make_folder(self._folder)
        for torn in self._folder.glob(f"*{_UNFINISHED}"):
            torn.unlink()
        files = sorted(self._folder.glob(f"*{_WHOLE}"))
        self._sizes = {file: file.stat().st_size for file in files}
        self._next = int(files[-1].name.partition("-")[0]) + 1 if files else 0
        return files

    def keep(self, talkspurt: Fresh) -> Path:
        """Write it down, durably. Raises SpoolFullError, and OSError as the disk does."""
        content = b"".join(_written(talkspurt))
        if self.size + len(content) > self._limit:
            raise SpoolFullError
        file = self._folder / f"{self._next:012d}-{talkspurt.id}{_WHOLE}"
        unfinished = file.with_suffix(_UNFINISHED)
        try:
            with unfinished.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            unfinished.rename(file)
            _sync(self._folder)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._next += 1
        self._sizes[file] = len(content)
        return file

    def read(self, file: Path) -> Fresh:
        """What was kept there. Raises SpoolBrokenError, FileNotFoundError."""
        head, _, audio = file.read_bytes().partition(b"\n")
        try:
            return Fresh(**json.loads(head), audio=audio)
        except (ValueError, TypeError) as error:
            raise SpoolBrokenError(SpoolBrokenError.__doc__) from error

    def drop(self, file: Path) -> None:
        """The database has it. Not synced: what comes back after a crash still lands once."""
        file.unlink(missing_ok=True)
        self._sizes.pop(file, None)


def _written(talkspurt: Fresh) -> Iterator[bytes]:
    columns = {name: value for name, value in asdict(talkspurt).items() if name != "audio"}
    yield json.dumps(columns).encode()
    yield b"\n"
    yield talkspurt.audio


def _sync(folder: Path) -> None:
    """A new name is only durable with its folder."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


_WHOLE = ".talkspurt"
_UNFINISHED = ".unfinished"
