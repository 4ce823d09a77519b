"""Where backups lie: a directory, or a bucket of an S3-compatible store."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from visio.backup.archive import Sink
from visio.config import make_folder
from visio.errors import VisioError


class Place(Protocol):
    """Holds files by name."""

    def names(self) -> list[str]:
        """Those of all files here, sorted."""

    def writing(self, name: str) -> AbstractContextManager[Sink]:
        """A context with a `Sink`; the file is there, and whole, once it ends well."""

    def reading(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A context with a file to read."""

    def remove(self, name: str) -> None:
        """Delete one."""


class Folder:
    """A directory of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Those of all files here, sorted."""
        return sorted(one.name for one in self._path.glob("*") if one.is_file())

    @contextmanager
    def writing(self, name: str) -> Iterator[Sink]:
        """A file under another name until it is on the disk."""
        make_folder(self._path)
        part = self._path / f".{name}.part"
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            part.rename(self._path / name)
            _sync(self._path)
        finally:
            part.unlink(missing_ok=True)

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """A file to read."""
        with (self._path / name).open("rb") as file:
            yield file

    def remove(self, name: str) -> None:
        """Delete one."""
        (self._path / name).unlink()


class Bucket:
    """A bucket, or a prefix in one."""

    def __init__(self, url: str, environment: Mapping[str, str]) -> None:
        missing = [name for name in _NEEDED if not environment.get(name)]
        if missing:  # nobody else is asked for an address or for credentials
            raise VisioError(f"{', '.join(missing)} must be set to reach {url}.")
        endpoint, key, secret = (environment[name] for name in _NEEDED)
        self._store = S3Store.from_url(
            url,
            endpoint=endpoint,
            access_key_id=key,
            secret_access_key=secret,
            region=environment.get("AWS_REGION", "us-east-1"),
            client_options={"allow_http": endpoint.startswith("http://")},
        )

    def names(self) -> list[str]:
        """Those of all objects here, sorted."""
        with _told():
            return sorted(one["path"] for page in obstore.list(self._store) for one in page)

    @contextmanager
    def writing(self, name: str) -> Iterator[Sink]:
        """An object, in parts: it is there when all of them are."""
        with _told():
            out = obstore.open_writer(self._store, name)
            # Left open when the block raises: an upload that is not completed is no object.
            yield out
            out.close()

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """An object to read."""
        with _told():
            yield cast(BinaryIO, io.BufferedReader(_Raw(obstore.open_reader(self._store, name))))

    def remove(self, name: str) -> None:
        """Delete one."""
        with _told():
            obstore.delete(self._store, name)


class _Raw(io.RawIOBase):
    """An object as Python's own readers want a file."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = bytes(self._source.read(len(buffer)))
        buffer[: len(data)] = data
        return len(data)


def place(text: str) -> Place:
    """Where `text` points: s3://BUCKET/PREFIX, else a directory."""
    return Bucket(text, os.environ) if text.startswith("s3://") else Folder(Path(text))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise VisioError(f"The store refuses: {str(error).splitlines()[0]}") from None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


_NEEDED = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
