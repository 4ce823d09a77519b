"""Backups of a server that runs, restored where nothing is: by the commands, as ops do."""

import asyncio
import io
import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
from sqlalchemy import Row, make_url, select
from sqlalchemy.ext.asyncio import create_async_engine

from tests.bucket import Bucket
from tests.databases import Postgres
from tests.store import samples
from tests.store.samples import account, room, said, sitting
from tests.test_cli_people import file, no_settings_of_the_caller, run
from visio.backup import rows
from visio.backup.archive import LARGEST_PART, Found, Part
from visio.errors import VisioError
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import SERVER, Deed
from visio.store.database import Database
from visio.store.models import Account

__all__ = ["file", "no_settings_of_the_caller"]

Content = dict[str, list[Row[Any]]]


@pytest.fixture
async def identity(tmp_path: Path) -> Path:
    """The secret half of a key pair for backups."""
    made = tmp_path / "backup.identity"
    assert (await run("admin", "backup-key", made)).exit_code == 0
    return made


def recipient(identity: Path) -> str:
    return str(pyrage.x25519.Identity.from_str(identity.read_text().strip()).to_public())


def configured(folder: Path, url: str) -> Path:
    """A host with nothing on it: where its keys will lie, and an empty database."""
    folder.mkdir()
    file = folder / "visio.toml"
    file.write_text(
        f'data_dir = "{folder}/var"\ndatabase_url = "{url}"\n'
        f'master_key_file = "{folder}/master"\npublic_url = "https://visio.example.org"\n'
    )
    return file


def with_key(file: Path, key: str) -> None:
    """A server has its keys in files."""
    (file.parent / "master").write_text(key)
    file.write_text(file.read_text() + f'master_key_file = "{file.parent}/master"\n')


def bare(folder: Path) -> Path:
    return configured(folder, f"sqlite+aiosqlite:///{folder}/visio.db")


async def content(url: str) -> Content:
    """Every row of every table."""
    engine = create_async_engine(make_url(url))
    async with engine.connect() as connection:
        found = {
            table.name: list(await connection.execute(select(table).order_by(*table.primary_key)))
            for table in await rows.tables(connection)
        }
    await engine.dispose()
    return found


def without_audit(all_: Content) -> Content:
    return {name: rows for name, rows in all_.items() if not name.startswith("audit")}


async def busy(database: Database) -> None:
    """Somebody met, and spoke."""
    owner = await account(database)
    of = await sitting(database, await room(database, owner), owner)
    await said(database, of, "Le budget est voté.", "À l'unanimité.")
    async with database.transaction() as session:
        await audit.append(session, SERVER, *[Deed(Act.ENDED, detail={"n": n}) for n in range(5)])


async def back_up(file: Path, place: object, identity: Path, *more: object) -> str:
    """The name of a new backup."""
    made = await run(
        "admin", "backup", place, "--recipient", recipient(identity), *more, "--config", file
    )
    assert made.exit_code == 0, made.exception
    return str(made.output).splitlines()[-1]


async def restored(file: Path, place: object, identity: Path, *more: object) -> str:
    """What the command says; raises what it fails with."""
    done = await run("admin", "restore", place, *more, "--identity", identity, "--config", file)
    if done.exception:
        raise done.exception
    return str(done.output)


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
async def test_all_comes_back_on_a_bare_host_with_either_database(
    target: str, file: Path, database: Database, identity: Path, postgres: Postgres
) -> None:
    """R9: rows, and the audit's chain, are those of the moment of the backup."""
    tmp_path = file.parent
    with_key(file, "the key of all words")
    await busy(database)
    name = await back_up(file, tmp_path / "backups", identity)
    before = await content(database.engine.url.render_as_string(hide_password=False))
    new = bare(tmp_path / "new")
    if target == "postgresql":
        new = configured(tmp_path / "pg", await postgres.empty())
    said = await restored(new, tmp_path / "backups", identity, name)
    url = re.search('database_url = "(.*)"', new.read_text())
    assert url
    after = await content(url[1])
    assert without_audit(after) == without_audit(before)
    assert after["audit"][:-1] == before["audit"]
    assert "The audit holds: 6 rows" in said
    assert (new.parent / "master").read_text() == "the key of all words"
    assert (new.parent / "master").stat().st_mode & 0o777 == 0o600


@pytest.mark.one_database
async def test_it_is_one_moment_while_others_write(
    file: Path, database: Database, identity: Path, tmp_path: Path
) -> None:
    """Each account has its row of the audit, in one transaction: never one without the other."""
    begun = asyncio.Event()

    async def write() -> None:
        for number in range(500):
            row = Account(email=f"a{number}@example.org", name="A", password_hash="none")
            async with database.transaction() as session:
                session.add(row)
                await audit.append(session, SERVER, Deed(Act.ACCOUNT_CREATED))
            begun.set()

    writing = asyncio.create_task(write())
    await begun.wait()
    await back_up(file, tmp_path / "backups", identity)
    assert not writing.done()
    await writing
    new = bare(tmp_path / "new")
    await restored(new, tmp_path / "backups", identity)
    after = await content(f"sqlite+aiosqlite:///{tmp_path}/new/visio.db")
    created = [row for row in after["audit"] if "account.created" in row]
    assert 0 < len(created) == len(after["account"]) < 500


@pytest.mark.one_database
async def test_large_rows_are_in_parts_of_their_own(
    file: Path, database: Database, identity: Path, tmp_path: Path
) -> None:
    """A file of the chat has megabytes, and a part is read as a whole."""
    owner = await account(database)
    of = await sitting(database, await room(database, owner), owner)
    spoken = [samples.talkspurt(of, sequence) for sequence in range(12)]
    for one in spoken:
        one.audio = bytes(1 << 20)
    async with database.transaction() as session:
        session.add_all(spoken)
    await back_up(file, tmp_path / "backups", identity)
    new = bare(tmp_path / "new")
    assert "talkspurt                       12" in await restored(
        new, tmp_path / "backups", identity, "--check"
    )
    await restored(new, tmp_path / "backups", identity)
    after = await content(f"sqlite+aiosqlite:///{tmp_path}/new/visio.db")
    assert after["talkspurt"] == (await content(str(database.engine.url)))["talkspurt"]
    engine = database.engine
    async with engine.connect() as connection:
        (table,) = [one for one in await rows.tables(connection) if one.name == "talkspurt"]
        sizes = [count async for count, _ in rows.parts(connection, table)]
    assert sizes == [3, 3, 3, 3]


@pytest.mark.one_database
async def test_nothing_of_it_is_readable_without_the_identity(
    file: Path, database: Database, identity: Path, tmp_path: Path
) -> None:
    """R3, and no half-written file is left."""
    await busy(database)
    name = await back_up(file, tmp_path / "backups", identity)
    assert [one.name for one in (tmp_path / "backups").iterdir()] == [name]
    data = (tmp_path / "backups" / name).read_bytes()
    assert data.startswith(b"age-encryption.org/v1\n")
    assert not any(word in data for word in (b"Weekly", b"example.org", b"ustar", b"\x1f\x8b\x08"))
    other = tmp_path / "other"
    await run("admin", "backup-key", other)
    with pytest.raises(VisioError):
        await restored(bare(tmp_path / "new"), tmp_path / "backups", other)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda data: data[: len(data) // 2],
    "almost whole": lambda data: data[:-1],
    "one bit": lambda data: data[:2000] + bytes([data[2000] ^ 1]) + data[2001:],
    "empty": lambda data: b"",
    "something else": lambda data: b"no backup at all",
}


@pytest.mark.one_database
async def test_a_damaged_one_leaves_nothing_behind(
    file: Path, database: Database, identity: Path, tmp_path: Path
) -> None:
    """The same host takes the whole one afterwards."""
    await busy(database)
    name = await back_up(file, tmp_path / "backups", identity)
    good = (tmp_path / "backups" / name).read_bytes()
    new = bare(tmp_path / "new")
    for damage in DAMAGES.values():
        (tmp_path / "backups" / name).write_bytes(damage(good))
        for more in ([], ["--check"]):
            with pytest.raises(VisioError):
                await restored(new, tmp_path / "backups", identity, *more)
    (tmp_path / "backups" / name).write_bytes(good)
    assert "rows in" in await restored(new, tmp_path / "backups", identity, "--check")
    assert "The audit holds" in await restored(new, tmp_path / "backups", identity)


HEADER = Part("header.json", b'{"format": 1, "revision": "0017"}')
ROW = Part("tables/entity/000000.jsonl", b'{"id": "e", "name": "E", "sort_name": "e"}')


def manifest(*parts: Part, **counts: int) -> Part:
    return Part("manifest.json", Found(counts, {one.name: one.sha256 for one in parts}).written())


FORGED = {
    "no header": [ROW, manifest(ROW, entity=1)],
    "a header of nothing": [Part("header.json", b"{}"), manifest()],
    "a later version": [Part("header.json", b'{"format": 1, "revision": "9999"}'), manifest()],
    "no manifest": [HEADER, ROW],
    "another hash": [HEADER, ROW, manifest(HEADER, Part(ROW.name, b""), entity=1)],
    "a part too many": [HEADER, ROW, manifest(HEADER, entity=1)],
    "other counts": [HEADER, ROW, manifest(HEADER, ROW, entity=2)],
    "no table of ours": [
        HEADER,
        Part("tables/sqlite_schema/0.jsonl", b"{}"),
        manifest(HEADER, Part("tables/sqlite_schema/0.jsonl", b"{}")),
    ],
    "a path": [HEADER, Part("../../etc/passwd", b"x"), manifest(HEADER)],
    "no JSON": [HEADER, Part(ROW.name, b"\x00"), manifest(HEADER, Part(ROW.name, b"\x00"))],
    "no object": [HEADER, Part(ROW.name, b"[1]"), manifest(HEADER, Part(ROW.name, b"[1]"))],
    "another column": [HEADER, Part(ROW.name, b'{"x": 1}'), manifest(HEADER)],
    "no such value": [HEADER, Part(ROW.name, b'{"id": {}}'), manifest(HEADER)],
}


@pytest.mark.one_database
async def test_a_forged_one_is_refused(identity: Path, tmp_path: Path) -> None:
    """Whoever knows the recipient, which is no secret, can write one."""
    huge = tarfile.TarInfo("header.json")
    huge.size = LARGEST_PART + 1
    new = bare(tmp_path / "new")
    await refused(new, huge.tobuf(), identity)
    for parts in FORGED.values():
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w:gz") as tar:
            for part in parts:
                info = tarfile.TarInfo(part.name)
                info.size = len(part.data)
                tar.addfile(info, io.BytesIO(part.data))
        await refused(new, written.getvalue(), identity)
    left = await content(f"sqlite+aiosqlite:///{tmp_path}/new/visio.db")
    assert not any(left[name] for name in ("entity", "account", "audit"))


async def refused(file: Path, archive: bytes, identity: Path) -> None:
    place = file.parent / "backups"
    to = pyrage.x25519.Recipient.from_str(recipient(identity))
    place.mkdir(exist_ok=True)
    (place / "visio-forged.age").write_bytes(pyrage.encrypt(archive, [to]))
    with pytest.raises(VisioError, match=r"no backup|does not know|refuses a row"):
        await restored(file, place, identity)


@pytest.mark.one_database
async def test_neither_a_filled_database_nor_another_key_is_written_over(
    file: Path, database: Database, identity: Path, tmp_path: Path
) -> None:
    await busy(database)
    with_key(file, "one key")
    await back_up(file, tmp_path / "backups", identity)
    with pytest.raises(VisioError, match="not empty"):
        await restored(file, tmp_path / "backups", identity)
    new = bare(tmp_path / "new")
    (new.parent / "master").write_text("another key")
    with pytest.raises(VisioError, match="another key"):
        await restored(new, tmp_path / "backups", identity)
    assert (new.parent / "master").read_text() == "another key"
    (new.parent / "master").unlink()
    await restored(new, tmp_path / "backups", identity)


@pytest.mark.one_database
async def test_only_the_newest_are_kept(
    file: Path, database: Database, identity: Path, tmp_path: Path
) -> None:
    await busy(database)
    place = tmp_path / "backups"
    place.mkdir()
    for old in ("visio-20250101T000000Z.age", "visio-20250102T000000Z.age", "notes.txt"):
        (place / old).write_text("old")
    name = await back_up(file, place, identity, "--keep", 2)
    left = sorted(one.name for one in place.iterdir())
    assert left == ["notes.txt", "visio-20250102T000000Z.age", name]


@pytest.mark.one_database
@pytest.mark.slow
async def test_a_store_that_speaks_s3_holds_them_too(
    file: Path,
    database: Database,
    identity: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await busy(database)
    with pytest.raises(VisioError, match="AWS_ENDPOINT_URL"):
        await restored(bare(tmp_path / "unset"), "s3://kept/visio", identity)
    async with Bucket("kept").served() as bucket:
        monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        bucket.objects["visio/visio-20250101T000000Z.age"] = b"old"
        name = await back_up(file, "s3://kept/visio", identity, "--keep", 1)
        assert list(bucket.objects) == [f"visio/{name}"]
        new = bare(tmp_path / "new")
        assert "The audit holds" in await restored(new, "s3://kept/visio", identity)
        to = recipient(identity)
        absent = await run("admin", "backup", "s3://absent/x", "--recipient", to, "--config", file)
        assert "The store refuses" in str(absent.exception)


@pytest.mark.one_database
async def test_what_is_no_recipient_is_said(file: Path, database: Database, tmp_path: Path) -> None:
    done = await run(
        "admin", "backup", tmp_path / "backups", "--recipient", "ada", "--config", file
    )
    assert isinstance(done.exception, VisioError)
    assert list((tmp_path / "backups").iterdir()) == []
    assert json.dumps(str(done.exception)).count("ada") == 1
