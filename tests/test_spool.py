import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from visio.spool import Spool, SpoolBrokenError, SpoolFullError
from visio.store.talkspurts import Fresh

FRESH = Fresh("id-1", "meeting", "participant", "TR_1", 1700, 900, b"sealed\nbytes", True)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    spool = Spool(tmp_path / "spool", 10_000)
    assert spool.recover() == []
    return spool


def test_what_is_kept_comes_back(spool: Spool) -> None:
    assert spool.read(spool.keep(FRESH)) == FRESH


def test_the_next_server_finds_it_in_order(spool: Spool, tmp_path: Path) -> None:
    some = [replace(FRESH, id=f"{name}") for name in ("z", "a", "m")]
    for one in some:
        spool.keep(one)
    following = Spool(tmp_path / "spool", 10_000)
    assert [following.read(file).id for file in following.recover()] == ["z", "a", "m"]
    assert following.size == spool.size
    following.keep(replace(FRESH, id="last"))
    assert [file.name[13:-10] for file in Spool(tmp_path / "spool", 1).recover()][-1] == "last"


def test_what_landed_is_gone(spool: Spool, tmp_path: Path) -> None:
    file = spool.keep(FRESH)
    spool.drop(file)
    spool.drop(file)
    assert spool.size == 0
    assert Spool(tmp_path / "spool", 1).recover() == []


def test_a_file_that_was_never_whole_does_not_count(spool: Spool, tmp_path: Path) -> None:
    torn = tmp_path / "spool" / "000000000000-id.unfinished"
    torn.write_bytes(b"{")
    assert Spool(tmp_path / "spool", 1).recover() == []
    assert not torn.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n", b'{"id": "x"}\naudio'])
def test_a_damaged_file_is_told(spool: Spool, content: bytes) -> None:
    file = spool.keep(FRESH)
    file.write_bytes(content)
    with pytest.raises(SpoolBrokenError):
        spool.read(file)


def test_it_is_bounded(spool: Spool) -> None:
    with pytest.raises(SpoolFullError):
        spool.keep(replace(FRESH, audio=bytes(10_000)))
    spool.keep(FRESH)


def test_a_full_disk_leaves_nothing_half_written(spool: Spool, tmp_path: Path) -> None:
    kept = spool.keep(FRESH)
    with no_room(4096), pytest.raises(OSError, match="too large"):
        spool.keep(replace(FRESH, audio=bytes(9000)))
    assert list((tmp_path / "spool").iterdir()) == [kept]
    assert spool.keep(replace(FRESH, id="id-2"))


def test_only_its_owner_looks_in(spool: Spool, tmp_path: Path) -> None:
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0


@contextmanager
def no_room(size: int) -> Iterator[None]:
    """No file of this process may become larger: writes fail as on a full disk."""
    import signal

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_names_are_durable_with_their_folder(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file before its name, the name before the answer."""
    synced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().suffix)
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", note)
    spool.keep(FRESH)
    assert synced == [".unfinished", ""]
