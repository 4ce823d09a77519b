"""Where an export lies: a directory, or a tar archive. In clear, so only its owner may read it."""

import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from visio.backup.archive import LARGEST_PART, Part
from visio.errors import VisioError


class Writer(Protocol):
    """Takes the parts of an export."""

    def put(self, name: str, data: bytes) -> None:
        """Add a part; a name is used once."""


@contextmanager
def writing(place: Path) -> Iterator[Writer]:
    """A new export, which is there, and whole, once the block ends well; nothing is otherwise.

    Raises VisioError where something is in its place, or it cannot be written.
    """
    if place.exists():
        raise VisioError(f"{place} is there already: name another place.")
    part = place.with_name(f".{place.name}.part")
    try:
        with _tar(part) if _is_tar(place) else _folder(part) as writer:
            yield writer
        part.rename(place)
    except OSError as error:
        raise VisioError(f"{place} cannot be written: {error.strerror}.") from None
    finally:
        _remove(part)


@contextmanager
def reading(place: Path) -> Iterator[Iterator[Part]]:
    """The parts of an export, in the order in which they were written, `manifest.json` the last;
    each is whole in memory, one at a time.

    Raises VisioError for what is no export, or a damaged one.
    """
    try:
        if place.is_dir():
            yield _of_folder(place)
        else:
            with tarfile.open(place, "r|*") as tar:
                yield _of_tar(tar)
    except (
        tarfile.TarError,
        EOFError,
        OSError,
        ValueError,
        OverflowError,
        RecursionError,
    ) as error:
        raise VisioError(f"This is no export, or a damaged one: {error}") from None


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, data: bytes) -> None:
        *folders, last = name.split("/")
        place = self._root
        for folder in folders:  # each of them: `parents=True` leaves the upper ones open
            place /= folder
            place.mkdir(mode=0o700, exist_ok=True)
        file = place / last
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)


class _Tar:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def put(self, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(f"{_ROOT}{name}")
        info.size, info.mode = len(data), 0o600
        self._tar.addfile(info, io.BytesIO(data))


@contextmanager
def _folder(root: Path) -> Iterator[Writer]:
    _remove(root)
    root.mkdir(mode=0o700, parents=True)
    yield _Folder(root)


@contextmanager
def _tar(file: Path) -> Iterator[Writer]:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(opened, "wb") as out, tarfile.open(fileobj=out, mode="w") as tar:
        yield _Tar(tar)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


def _of_folder(root: Path) -> Iterator[Part]:
    """What its manifest names, and nothing else."""
    manifest = _read(root, "manifest.json")
    told = json.loads(manifest.data)
    if not isinstance(told, dict) or not isinstance(told.get("parts"), dict):
        raise ValueError("its manifest names no parts")
    for name in told["parts"]:
        yield _read(root, name)
    yield manifest


def _read(root: Path, name: str) -> Part:
    file = root / _checked(name)
    if not file.resolve().is_relative_to(root.resolve()) or not file.is_file():
        raise ValueError(f"{name} is not in it")
    if (size := file.stat().st_size) > LARGEST_PART:
        raise ValueError(f"{name} has {size} bytes")
    return Part(name, file.read_bytes())


def _of_tar(tar: tarfile.TarFile) -> Iterator[Part]:
    for info in tar:
        name = _checked(info.name.removeprefix(_ROOT))
        if not info.isfile() or info.size > LARGEST_PART:
            raise ValueError(f"{name} has {info.size} bytes, or is no file")
        if body := tar.extractfile(info):
            yield Part(name, body.read())


def _checked(name: str) -> str:
    """Names are used as paths only after this."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:80]!r} is no name of a part")
    return name


def _is_tar(place: Path) -> bool:
    return place.suffix == ".tar"


# Tar archives that are opened by hand fill no folder with their parts.
_ROOT = "visio-export/"
_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,64}/){0,4}[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9]{1,8})?")
