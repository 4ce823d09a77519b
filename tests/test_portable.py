"""R13: an instance leaves in open formats, and arrives on a bare host with either database."""

import asyncio
import base64
import csv
import hashlib
import io
import json
import random
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import icalendar
import pytest
from sqlalchemy import Boolean, Column, Enum, LargeBinary, String, Table, func, insert, select

from tests.databases import Postgres, opened
from tests.store import samples
from tests.store.samples import KEYRING, account, room, said, sitting
from tests.test_backup import Content, configured, content
from tests.test_cli_people import file, no_settings_of_the_caller, run
from visio import portable
from visio.backup.archive import LARGEST_PART
from visio.errors import VisioError
from visio.indexing import Indexing
from visio.minutes.written import Action, Minutes, Statement
from visio.portable.columns import BYTES, LEFT_OUT, Bytes
from visio.store import audit, corrections, minutes
from visio.store.acts import Act
from visio.store.audit import SERVER, Deed
from visio.store.corrections import Writer
from visio.store.database import Database
from visio.store.models import (
    Account,
    AccountWord,
    ChatFile,
    Invitation,
    Meeting,
    MeetingMinutes,
    Model,
    OccurrenceChange,
    ScheduledMeeting,
    Utterance,
    UtteranceStem,
)
from visio.store.sealing import Keyring, MeetingKey

__all__ = ["file", "no_settings_of_the_caller"]

THERE = Keyring(bytes(range(32, 64)))
"""The master key of the host where an export arrives."""


def key_of(keyring: bytes) -> str:
    return base64.b64encode(keyring).decode()


@pytest.fixture
def here(file: Path) -> Path:
    """The settings of a server whose words are sealed under `samples.KEYRING`."""
    (file.parent / "master").write_text(key_of(bytes(range(32))))
    file.write_text(file.read_text() + f'master_key_file = "{file.parent}/master"\n')
    return file


def there(folder: Path, url: str = "") -> Path:
    """A bare host with a master key of its own."""
    file = configured(folder, url or f"sqlite+aiosqlite:///{folder}/visio.db")
    (folder / "master").write_text(key_of(bytes(range(32, 64))))
    return file


def url_of(file: Path) -> str:
    found = re.search('database_url = "(.*)"', file.read_text())
    assert found
    return found[1]


async def command(*words: object) -> str:
    """What it says; raises what it fails with."""
    done = await run("admin", *words)
    if done.exception:
        raise done.exception
    return str(done.output)


async def export(file: Path, place: Path, *more: object) -> str:
    return await command("export", place, *more, "--config", file)


async def import_(file: Path, place: Path) -> str:
    return await command("import", place, "--config", file)


# Every table and column, whatever they will be.

MADE_BY_CODE = {"audit", "audit_head"}
# What a random word cannot be: it is read when the export is made readable for people.
GIVEN: dict[tuple[str, str], str] = {
    ("meeting_minutes", "text"): Minutes(summary=[Statement(text="ok")]).model_dump_json(),
    ("utterance", "words"): '[[0, 10, "é", 0.5]]',
}


def tables() -> list[Table]:
    return Model.metadata.sorted_tables


async def fill(database: Database, seed: int) -> None:
    """Two rows in each table with something in every column."""
    chance = random.Random(seed)  # noqa: S311 - rows, not secrets
    ids: dict[str, list[dict[str, Any]]] = {}
    keys: dict[str, MeetingKey] = {}
    async with database.transaction() as session:
        for table in tables():
            if table.name in MADE_BY_CODE:
                continue
            made = [one_of(table, chance, ids, keys) for _ in range(2)]
            ids[table.name] = made
            await session.execute(insert(table), made)
        acts = [Deed(Act.ENDED, detail={"n": n}, room="r", refused="x") for n in range(3)]
        whole = audit.Author("account", "a", "192.0.2.1")
        await audit.append(session, whole, *acts, Deed(Act.ENDED, ("room", "r")))


def one_of(
    table: Table,
    chance: random.Random,
    ids: dict[str, list[dict[str, Any]]],
    keys: dict[str, MeetingKey],
) -> dict[str, Any]:
    """A row that refers to rows that are there; each in its turn, as two may have to differ."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.foreign_keys:
            (key,) = column.foreign_keys
            rows = ids[key.column.table.name]
            number = len(ids.get(f"turn {column}", []))
            ids.setdefault(f"turn {column}", []).append({})
            row[column.name] = rows[number % 2][key.column.name]
        elif not isinstance(column.type, LargeBinary):
            row[column.name] = value_of(column, chance)
    if table.name == "meeting":
        keys[row["id"]], row["wrapped_key"] = KEYRING.new_meeting_key()
    for column in table.columns:
        if isinstance(column.type, LargeBinary) and column.name not in row:
            row[column.name] = sealed(column, row, chance, keys)
    return row


def value_of(column: Column[Any], chance: random.Random) -> Any:
    if isinstance(column.type, Enum):
        return chance.choice(column.type.enums)
    if isinstance(column.type, Boolean):
        return chance.random() < 0.5
    if isinstance(column.type, String):
        length = min(column.type.length or 40, 36)
        if column.name == "email" or column.primary_key:
            return f"{chance.getrandbits(256):064x}"[:length]
        return "".join(chance.choice('é"\\\n\t,=☃𝄞a0') for _ in range(length))
    # Some of them are times that people read.
    return chance.randrange(2**31, 2**41)


def sealed(
    column: Column[Any], row: dict[str, Any], chance: random.Random, keys: dict[str, MeetingKey]
) -> bytes:
    how = BYTES.get((column.table.name, column.name), Bytes("base64"))
    given = GIVEN.get((column.table.name, column.name))
    data = given.encode() if given else chance.choice(["", "été", "x\n☃"]).encode()
    if how.form in ("file", "base64"):
        data = chance.randbytes(300)
    if not how.context:
        return data
    return keys[row["meeting_id"]].seal(data, how.context.format_map(row))


def test_each_column_of_bytes_has_a_form_and_nothing_is_named_that_is_not_there() -> None:
    columns = {(table.name, one.name): one for table in tables() for one in table.columns}
    names = {table.name for table in tables()} | {".".join(one) for one in columns}
    assert LEFT_OUT.keys() <= names
    assert {
        name
        for name, column in columns.items()
        if isinstance(column.type, LargeBinary) and not {name[0], ".".join(name)} & LEFT_OUT.keys()
    } == BYTES.keys()


def test_what_is_left_out_is_told_with_its_reason() -> None:
    text = (Path(__file__).parents[1] / "docs/export.md").read_text()
    assert [name for name, why in LEFT_OUT.items() if f"| `{name}` | {why} |" not in text] == []


async def opened_rows(database: Database, keyring: Keyring) -> dict[str, list[dict[str, Any]]]:
    """All that leaves, opened."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with database.transaction() as session:
        wrapped = dict((await session.execute(select(Meeting.id, Meeting.wrapped_key))).all())
        for table in tables():
            rows = (await session.execute(select(table).order_by(*table.primary_key))).mappings()
            if table.name not in LEFT_OUT:
                found[table.name] = sorted(
                    (
                        {k: open_(table, k, row, wrapped, keyring) for k in left(table)}
                        for row in rows
                    ),
                    key=lambda row: [str(value) for value in row.values()],
                )
    return found


def left(table: Table) -> list[str]:
    return [one.name for one in table.columns if f"{table.name}.{one.name}" not in LEFT_OUT]


def open_(table: Table, name: str, row: Any, wrapped: dict[str, bytes], keyring: Keyring) -> Any:
    how = BYTES.get((table.name, name))
    if how is None or not how.context or row[name] is None:
        return row[name]
    plain = keyring.unwrap(wrapped[row["meeting_id"]]).open(row[name], how.context.format_map(row))
    return json.loads(plain) if how.form == "json" else plain


@pytest.mark.parametrize(("target", "name"), [("sqlite", "export.tar"), ("postgresql", "export")])
async def test_every_column_of_every_table_comes_back(
    *, target: str, name: str, here: Path, database: Database, postgres: Postgres, tmp_path: Path
) -> None:
    """… but for those that are said to be left out; whatever is in them."""
    await fill(database, seed=len(target))
    before = await opened_rows(database, KEYRING)
    for table, rows in before.items():
        for column in left(Model.metadata.tables[table]):
            assert any(row[column] is not None for row in rows), (table, column)
    new = there(tmp_path / "new", await postgres.empty() if target == "postgresql" else "")
    await export(here, tmp_path / name)
    assert "The audit holds" in await import_(new, tmp_path / name)
    async with opened(url_of(new)) as elsewhere:
        after = await opened_rows(elsewhere, THERE)
    exported = before.pop("audit")
    assert [one for one in after["audit"] if one["number"] <= len(exported)] == exported
    acts = {one["act"] for one in after["audit"] if one["number"] > len(exported)}
    assert acts == {"instance.exported", "instance.imported"}
    del before["audit_head"]
    for table, rows in before.items():
        assert after[table] == rows, table
    await export(new, tmp_path / "again")
    assert hashes(tmp_path / "again") == hashes(tmp_path / name)


def parts(place: Path) -> dict[str, bytes]:
    """What is in an export, by name."""
    if place.is_dir():
        files = [one for one in place.rglob("*") if one.is_file()]
        return {str(one.relative_to(place)): one.read_bytes() for one in files}
    with tarfile.open(place) as tar:
        bodies = [(one.name, tar.extractfile(one)) for one in tar]
        return {name.removeprefix("visio-export/"): body.read() for name, body in bodies if body}


def hashes(place: Path) -> dict[str, str]:
    """Of all but what tells of the export itself."""
    own = ("export.json", "manifest.json", "tables/audit")
    return {
        name: hashlib.sha256(data).hexdigest()
        for name, data in parts(place).items()
        if not name.startswith(own)
    }


# What a person reads.


async def met(database: Database) -> samples.Sitting:
    """A meeting with words, a correction, a hidden line, a chat with a file, minutes; and one to
    come, a series of which one meeting was moved."""
    ada = await account(database)
    place = await room(database, ada)
    of = await sitting(database, place, ada)
    await said(database, of, "Le budget est voté.", "À l'unanimité.", "Un secret.")
    message = samples.message(of, "Voici l'ordre du jour.")
    agenda = ChatFile(message_id=message.id, meeting_id=of.meeting.id, size=4)
    agenda.name = of.key.seal(b"../../ordre du jour.PDF", f"chat_file:{message.id}:name")
    agenda.content = of.key.seal(b"%PDF", f"chat_file:{message.id}:content")
    noted = Minutes(
        summary=[Statement(text="On a voté.")], actions=[Action(text="Envoyer", who="Ada")]
    )
    sealed_text = minutes.sealed(of.meeting.id, noted.model_dump_json(), of.key)
    async with database.transaction() as session:
        session.add_all([message, series(place.id, ada)])
        await session.flush()
        session.add(agenda)
        row = MeetingMinutes(meeting_id=of.meeting.id, state="done", text=sealed_text)
        session.add(row)
        lines = (await session.scalars(select(Utterance).order_by(Utterance.started_at))).all()
        who = Writer(ada.id, None, samples.NOW)
        await corrections.hide(session, lines[2], "privé", who, of.key, by_host=True)
        await audit.append(session, SERVER, *[Deed(Act.ENDED)] * 5)
    return of


def series(room_id: str, organizer: Account) -> ScheduledMeeting:
    rule = {"frequency": "weekly", "interval": 1, "weekdays": ["MO"], "by": "day"}
    rule |= {"until": None, "count": 5}
    return ScheduledMeeting(
        id="the-series",
        room_id=room_id,
        organizer_id=organizer.id,
        title="Comité",
        agenda="",
        zone="Europe/Paris",
        begins="2026-11-23T10:00",
        length=3_600_000,
        recurrence=json.dumps(rule),
        language="fr",
        changed_at=samples.NOW,
    )


@pytest.mark.one_database
@pytest.mark.parametrize("name", ["export", "export.tar"])
async def test_people_read_it_without_a_program(
    name: str, here: Path, database: Database, tmp_path: Path
) -> None:
    of = await met(database)
    async with database.transaction() as session:
        session.add(Invitation(scheduled_meeting_id="the-series", email="bob@example.org"))
        moved = {"original": "2026-11-30T10:00", "begins": "2026-12-01T10:00"}
        session.add(
            OccurrenceChange(
                scheduled_meeting_id="the-series", length=3_600_000, sequence=1, **moved
            )
        )
    said_of = await export(here, tmp_path / name, "--language", "en")
    assert "in clear" in said_of
    found = parts(tmp_path / name)
    folder = f"meetings/{of.meeting.id}"
    spoken = json.loads(found[f"{folder}/transcript.json"])
    assert [one["text"] for one in spoken["passages"]] == ["Le budget est voté.", "À l'unanimité."]
    assert "Hidden passages" in found[f"{folder}/transcript.txt"].decode()
    (sheet,) = csv.DictReader(io.StringIO(found[f"{folder}/attendance.csv"].decode()))
    assert (sheet["name"], sheet["joined_at"]) == ("Ada", "2023-11-14T22:13:20+00:00")
    assert found[f"{folder}/minutes.md"].decode() == (
        "# Summary\n\n- On a voté.\n\n# Actions\n\n- Ada – Envoyer\n"
    )
    chat = json.loads(found[f"{folder}/chat.jsonl"])
    assert (chat["from"], chat["text"]) == ("Ada", "Voici l'ordre du jour.")
    assert chat["file"].endswith(".PDF")
    assert found[chat["file"]] == b"%PDF"
    events = icalendar.Calendar.from_ical(found["calendar/the-series.ics"]).walk("VEVENT")
    assert [str(one["SUMMARY"]) for one in events] == ["Comité"] * 2
    assert events[0]["ATTENDEE"] == "mailto:bob@example.org"


@pytest.mark.one_database
async def test_only_its_owner_may_read_it(here: Path, database: Database, tmp_path: Path) -> None:
    await met(database)
    for place in (tmp_path / "export", tmp_path / "export.tar"):
        await export(here, place)
        found = [place, *place.rglob("*")]
        assert {one.stat().st_mode & 0o077 for one in found} == {0}
    assert not left_over(tmp_path)


def left_over(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part"))


@pytest.mark.one_database
async def test_no_secret_is_in_it(here: Path, database: Database, tmp_path: Path) -> None:
    """A password's hash, the digest of an API key, a meeting's key."""
    await met(database)
    await fill(database, 1)
    async with database.transaction() as session:
        wanted = [
            bytes(value) if isinstance(value, bytes) else str(value).encode()
            for table in tables()
            for column in table.columns
            if {table.name, f"{table.name}.{column.name}"} & SECRETS
            for value in await session.scalars(select(column))
            if value and not column.foreign_keys and isinstance(value, (bytes, str))
        ]
    assert len(wanted) > 10
    await export(here, tmp_path / "export")
    everything = b"".join(parts(tmp_path / "export").values())
    assert not [one for one in wanted if len(one) > 20 and one in everything]


SECRETS = {
    *("account.password_hash", "api_key.digest", "meeting.wrapped_key"),
    *("mailed_link", "recovery_code", "second_factor", "session"),
}


@pytest.mark.one_database
async def test_what_is_there_already_is_not_written_over(
    here: Path, database: Database, tmp_path: Path
) -> None:
    await met(database)
    (tmp_path / "export").mkdir()
    with pytest.raises(VisioError, match="is there already"):
        await export(here, tmp_path / "export")
    await export(here, tmp_path / "export.tar")
    with pytest.raises(VisioError, match="not empty"):
        await import_(here, tmp_path / "export.tar")


@pytest.mark.one_database
async def test_under_another_master_key_nothing_is_exported(
    here: Path, database: Database, tmp_path: Path
) -> None:
    """… rather than an export that lacks what was said."""
    await met(database)
    (here.parent / "master").write_text(key_of(bytes(range(64, 96))))
    with pytest.raises(VisioError, match="does not open under the master key"):
        await export(here, tmp_path / "export")
    assert not left_over(tmp_path)
    assert not (tmp_path / "export").exists()


@pytest.mark.one_database
async def test_it_is_one_moment_while_others_write(
    here: Path, database: Database, tmp_path: Path
) -> None:
    """Each account has its row of the audit, in one transaction: never one without the other."""
    begun = asyncio.Event()

    async def write() -> None:
        for number in range(500):
            row = Account(email=f"a{number}@example.org", name="A")
            async with database.transaction() as session:
                session.add(row)
                await audit.append(session, SERVER, Deed(Act.ACCOUNT_CREATED))
            begun.set()

    writing = asyncio.create_task(write())
    await begun.wait()
    await export(here, tmp_path / "export")
    assert not writing.done()
    await writing
    new = there(tmp_path / "new")
    await import_(new, tmp_path / "export")
    after: Content = await content(url_of(new))
    created = [row for row in after["audit"] if "account.created" in row]
    assert 0 < len(created) == len(after["account"]) < 500


@pytest.mark.one_database
async def test_large_tables_are_in_parts(here: Path, database: Database, tmp_path: Path) -> None:
    """A part is read as a whole."""
    owner = await account(database)
    of = await sitting(database, await room(database, owner), owner)
    spoken = [samples.talkspurt(of, sequence) for sequence in range(12)]
    for one in spoken:
        one.audio = of.key.seal(bytes(1 << 20), f"talkspurt:{one.id}:audio")
    async with database.transaction() as session:
        session.add_all(spoken)
    await export(here, tmp_path / "export")
    found = parts(tmp_path / "export")
    sizes = [found[name].count(b"\n") for name in sorted(found) if name.startswith("tables/talks")]
    assert sizes == [3, 3, 3, 3]


@pytest.mark.one_database
async def test_words_are_found_and_people_too_where_it_arrives(
    here: Path, database: Database, tmp_path: Path
) -> None:
    """Their indexes do not leave."""
    await met(database)
    await export(here, tmp_path / "export")
    new = there(tmp_path / "new")
    await import_(new, tmp_path / "export")
    async with opened(url_of(new)) as elsewhere:
        await Indexing(elsewhere, THERE).review()
        async with elsewhere.transaction() as session:
            assert await session.scalar(select(func.count()).select_from(UtteranceStem))
            words = set(await session.scalars(select(AccountWord.word)))
    assert {"ada", "ada@example.org"} <= words


# What may be wrong with it.

Parts = dict[str, bytes]
DAMAGES: dict[str, tuple[Callable[[Parts], None], str]] = {
    "a byte": (lambda all_: change(all_, "tables/room/000000.jsonl", b"Weekly", b"weekly"), "room"),
    "an audit's byte": (
        lambda all_: change(all_, "tables/audit/000000.jsonl", b"5", b"6"),
        "audit",
    ),
    "a part gone": (lambda all_: gone(all_, "tables/account/000000.jsonl"), "account"),
    "no manifest": (lambda all_: gone(all_, "manifest.json"), "manifest|cut off"),
    "no header": (lambda all_: gone(all_, "export.json"), "export.json|header"),
    "another format": (lambda all_: header(all_, format="other"), "header"),
    "a later version": (lambda all_: header(all_, version=2), "version 2"),
    "a later schema": (lambda all_: header(all_, schema="9999"), "does not know the schema 9999"),
    "a schema that is none": (lambda all_: header(all_, schema="-x --sql"), "no schema"),
    "no list of parts": (lambda all_: all_.update({"manifest.json": b"[]"}), "its manifest"),
    "nested": (lambda all_: all_.update({"manifest.json": b"[" * 100_000}), "no export"),
    "a path": (lambda all_: add(all_, "../../escaped", b"x"), "no name of a part"),
    "an absolute path": (lambda all_: add(all_, "/etc/passwd", b"x"), "no name of a part"),
    "no table": (lambda all_: add(all_, "tables/sqlite_schema/0.jsonl", b"{}"), "no table"),
    "a session": (lambda all_: add(all_, "tables/session/000000.jsonl", b"{}"), "no table"),
    "a secret": (lambda all_: row(all_, "account", password_hash="x"), "no column"),
    "another column": (lambda all_: row(all_, "account", x=1), "no column x"),
    "a wrong type": (lambda all_: row(all_, "account", email=5), "a wrong email"),
    "no id": (lambda all_: row(all_, "chat_message", id=None), "a row|has no|refuses"),
    "hashes of lists": (lambda all_: manifest(all_, lists), "not as its manifest says"),
    "too large": (lambda all_: row(all_, "account", seen_at=2**70), "a wrong seen_at"),
    "too long": (lambda all_: row(all_, "account", email="x" * 255), "a wrong email"),
    "nobody's room": (lambda all_: row(all_, "room", owner_id="x"), "refers to|refuses"),
    "another count": (lambda all_: count(all_, "room", 2), "other rows"),
    "a row twice": (lambda all_: twice(all_, "tables/account/000000.jsonl"), "refuses a row"),
    "a file gone": (lambda all_: gone(all_, "files/chat_file", told=True), "file of a row"),
    "a file too many": (lambda all_: add(all_, "files/chat_file/x.pdf", b"x"), "no row for"),
}


def change(all_: Parts, name: str, old: bytes, new: bytes) -> None:
    assert old in all_[name]
    all_[name] = all_[name].replace(old, new, 1)


def lists(told: Any) -> None:
    told["parts"] = {name: [] for name in told["parts"]}


def named(all_: Parts, begin: str) -> str:
    return next(name for name in all_ if name.startswith(begin))


def gone(all_: Parts, begin: str, *, told: bool = False) -> None:
    """Without the knowledge of the manifest, unless it is `told`."""
    name = named(all_, begin)
    del all_[name]
    if told:
        manifest(all_, lambda it: it["parts"].pop(name))


def header(all_: Parts, **values: Any) -> None:
    all_["export.json"] = json.dumps({**json.loads(all_["export.json"]), **values}).encode()
    rehash(all_, "export.json")


def row(all_: Parts, table: str, **values: Any) -> None:
    name = f"tables/{table}/000000.jsonl"
    first, *rest = all_[name].splitlines()
    all_[name] = b"\n".join([json.dumps({**json.loads(first), **values}).encode(), *rest])
    rehash(all_, name)


def twice(all_: Parts, name: str) -> None:
    all_[name] *= 2
    rehash(all_, name)


def add(all_: Parts, name: str, data: bytes) -> None:
    all_[name] = data
    rehash(all_, name)


def count(all_: Parts, table: str, rows: int) -> None:
    manifest(all_, lambda it: it["rows"].update({table: rows}))


def rehash(all_: Parts, name: str) -> None:
    digest = hashlib.sha256(all_[name]).hexdigest()
    manifest(all_, lambda it: it["parts"].update({name: digest}))


def manifest(all_: Parts, act: Callable[[Any], object]) -> None:
    told = json.loads(all_.pop("manifest.json"))
    act(told)
    all_["manifest.json"] = json.dumps(told).encode()


def as_tar(all_: Parts, file: Path) -> Path:
    with tarfile.open(file, "w") as tar:
        for name, data in all_.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def as_folder(all_: Parts, folder: Path) -> Path:
    for name, data in all_.items():
        if name.startswith(("/", "..")):  # only the manifest tells of it
            continue
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


@pytest.mark.one_database
async def test_a_damaged_one_leaves_nothing_behind(
    here: Path, database: Database, tmp_path: Path
) -> None:
    """The same host takes the whole one afterwards."""
    await met(database)
    await export(here, tmp_path / "good.tar")
    new = there(tmp_path / "new")
    for name in WHERE_IT_LIES:
        for place in damaged(name, tmp_path):
            await refused(new, place, DAMAGES[name][1])
    assert "The audit holds" in await import_(new, tmp_path / "good.tar")


@pytest.mark.slow
@pytest.mark.long  # a look at the schema for each
@pytest.mark.one_database
async def test_a_forged_one_leaves_nothing_behind(
    here: Path, database: Database, tmp_path: Path
) -> None:
    """Whoever writes an export can write hashes, too."""
    await met(database)
    await export(here, tmp_path / "good.tar")
    new = there(tmp_path / "new")
    for name in DAMAGES.keys() - WHERE_IT_LIES:
        await refused(new, damaged(name, tmp_path)[0], DAMAGES[name][1])
    left = await content(url_of(new))
    assert not any(left[name] for name in ("account", "room", "audit"))
    assert "The audit holds" in await import_(new, tmp_path / "good.tar")


def damaged(name: str, folder: Path) -> tuple[Path, Path]:
    """The good one with this damage, as an archive and as a directory."""
    all_ = parts(folder / "good.tar")
    DAMAGES[name][0](all_)
    return as_tar(all_, folder / f"{name}.tar"), as_folder(all_, folder / name)


async def refused(file: Path, place: Path, sentence: str) -> None:
    with pytest.raises(VisioError, match=sentence), portable.reading(place) as read:
        await portable.enter(url_of(file), THERE, read)


# What a directory is read for otherwise than a tar archive.
WHERE_IT_LIES = {"a byte", "a part gone", "no manifest", "a path"}


@pytest.mark.one_database
async def test_what_is_no_file_or_too_large_is_refused(here: Path, tmp_path: Path) -> None:
    """A link would lead out of it; a part is read whole."""
    link, huge = tarfile.TarInfo("export.json"), tarfile.TarInfo("export.json")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    huge.size = LARGEST_PART + 1
    for info in (link, huge):
        (tmp_path / "forged.tar").write_bytes(info.tobuf())
        with pytest.raises(VisioError, match="is no file"):
            await import_(here, tmp_path / "forged.tar")
    (tmp_path / "forged").mkdir()
    (tmp_path / "forged" / "manifest.json").write_text('{"parts": {"export.json": ""}}')
    (tmp_path / "forged" / "export.json").symlink_to("/etc/hostname")
    with pytest.raises(VisioError, match="is not in it"):
        await import_(here, tmp_path / "forged")


@pytest.mark.one_database
async def test_an_audit_that_was_rewritten_is_told(
    here: Path, database: Database, tmp_path: Path
) -> None:
    """Hashes that were made anew do not mend the chain."""
    await met(database)
    await export(here, tmp_path / "export.tar")
    all_ = parts(tmp_path / "export.tar")
    row(all_, "audit", refused="not_allowed")
    with pytest.raises(VisioError, match="audit of the export does not hold"):
        await import_(there(tmp_path / "new"), as_tar(all_, tmp_path / "forged.tar"))
