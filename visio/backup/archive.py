"""The file: an age stream around a tar stream, written and read without ever lying on disk open."""

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import pyrage

from visio.errors import VisioError


class Sink(Protocol):
    """Where the encrypted bytes go."""

    def write(self, data: bytes, /) -> Any: ...


@dataclass(frozen=True)
class Part:
    """One member of the archive."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Found:
    """What an archive holds: rows of each table, and the hash of each of its parts."""

    rows: dict[str, int]
    parts: dict[str, str]

    @classmethod
    def of(cls, manifest: Part) -> "Found":
        """Read the manifest; raises ValueError for what is none."""
        told = json.loads(manifest.data)
        if not isinstance(told, dict) or not all(
            isinstance(told.get(name), dict) for name in ("rows", "parts")
        ):
            raise ValueError("its manifest says nothing of rows and parts")
        return cls(told["rows"], told["parts"])

    def written(self) -> bytes:
        """The manifest."""
        return json.dumps({"rows": self.rows, "parts": self.parts}, indent=1).encode()


class Writer:
    """Puts parts into an archive and remembers their hashes."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.hashes: dict[str, str] = {}

    def put(self, name: str, data: bytes) -> None:
        """Add a part; a name is used once."""
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self._tar.addfile(info, io.BytesIO(data))
        self.hashes[name] = Part(name, data).sha256


@contextmanager
def written(sink: Sink, recipients: Sequence[str]) -> Iterator[Writer]:
    """An archive that only the recipients can read (age public keys, or of SSH).

    Raises VisioError for what is no recipient, and when it cannot be written.
    """
    keys = [_recipient(text) for text in recipients]
    read_end, write_end = _pipe()
    work = _Work(lambda: pyrage.encrypt_io(read_end, sink, keys), read_end)
    try:
        with write_end, tarfile.open(fileobj=write_end, mode="w|gz") as tar:
            yield Writer(tar)
    except BrokenPipeError:
        pass  # whoever reads the pipe has failed, and says why
    finally:
        work.end()


@contextmanager
def opened(source: BinaryIO, identities: Sequence[str]) -> Iterator[Iterator[Part]]:
    """The parts of an archive, in their order; each is whole in memory, one at a time.

    Raises VisioError when none of the identities (age secret keys) opens it, and for what is
    damaged, cut or no backup.
    """
    keys = [_identity(text) for text in identities]
    read_end, write_end = _pipe()
    work = _Work(lambda: pyrage.decrypt_io(source, write_end, keys), write_end)
    try:
        with read_end, tarfile.open(fileobj=read_end, mode="r|gz") as tar:
            yield _parts(tar)
            # To its end: only then is it known that nothing was cut off.
            while read_end.read(1 << 20):
                pass
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        work.end()
        raise VisioError(f"This is no backup, or a damaged one: {error}") from None
    finally:
        work.end()


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    read_end, write_end = os.pipe()
    return open(read_end, "rb"), open(write_end, "wb")


class _Work:
    """The half that runs in a thread, at one end of a pipe, which it closes."""

    def __init__(self, run: Callable[[], None], end: BinaryIO) -> None:
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(run, end), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Wait for it; raises VisioError for what went wrong there."""
        self._thread.join()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise VisioError(f"The backup cannot be encrypted or read: {failure}") from None

    def _run(self, run: Callable[[], None], end: BinaryIO) -> None:
        try:
            with end:
                run()
        except BrokenPipeError:
            pass  # whoever read has stopped, and says why
        except Exception as error:
            self._failure = error


def _parts(tar: tarfile.TarFile) -> Iterator[Part]:
    for info in tar:
        if not info.isfile() or info.size > LARGEST_PART:
            raise ValueError(f"a part of {info.size} bytes, or no file")
        if body := tar.extractfile(info):
            yield Part(info.name, body.read())


def _recipient(text: str) -> Any:
    for kind in (pyrage.x25519.Recipient, pyrage.ssh.Recipient):
        try:
            return kind.from_str(text)
        except pyrage.RecipientError:
            continue
    raise VisioError(f"{text[:80]} is no recipient: age1… or an SSH public key.")


def _identity(text: str) -> Any:
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        raise VisioError("The identity is not an age secret key.") from None


LARGEST_PART = 256 << 20
"""Bytes. A part is read whole: more lets a forged file fill the memory."""
