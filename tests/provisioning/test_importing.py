import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import select

import visio.provisioning
from tests.store import samples
from visio.auth import accounts as people
from visio.provisioning import Report, as_csv, as_json, provision
from visio.provisioning.lines import Refused
from visio.store import policies, rooms
from visio.store.audit import Author
from visio.store.database import Database
from visio.store.models import Account, AuditEntry, Room
from visio.store.policies import Allowed

FOLDER = Path(visio.provisioning.__file__).parent


@pytest.fixture
async def ada(database: Database) -> Account:
    return await samples.account(database)


async def imported(
    database: Database, text: str, owner: Account | None = None, *, dry_run: bool = False
) -> Report:
    told: list[tuple[int, int]] = []

    async def progress(done: int, total: int) -> None:
        told.append((done, total))

    owner_id = owner.id if owner else None
    report = await provision(
        database,
        text.encode(),
        progress,
        by=Author("command", "ada"),
        default_owner=owner_id,
        dry_run=dry_run,
    )
    assert told == sorted(told)
    assert not told or told[-1] == (report.total, report.total)
    assert report.made + report.there + len(report.refused) == (report.total or len(report.refused))
    return report


def figures(report: Report) -> tuple[int, int, list[tuple[int, str]]]:
    return report.made, report.there, [(one.line, one.code) for one in report.refused]


async def titles(database: Database) -> set[str]:
    async with database.transaction() as session:
        return set(await session.scalars(select(Room.title).where(Room.deleted_at.is_(None))))


async def test_rooms_are_made_with_their_people(database: Database, ada: Account) -> None:
    bob = await samples.account(database, "bob@example.org")
    text = (
        "title,slug,owner,access,max_participants,members,administrators\n"
        "Conseil,conseil,ada@example.org,trusted,12,bob@example.org ada@example.org,\n"
        "Libre,,ada@example.org,,,,bob@example.org\n"
    )
    assert figures(await imported(database, text)) == (2, 0, [])
    async with database.transaction() as session:
        room = await rooms.by_slug(session, "conseil")
        assert room
        assert (room.title, room.access, room.max_participants) == ("Conseil", "trusted", 12)
        found = await rooms.members(session, room.id)
        assert {(who.id, of.role) for who, of in found} == {(ada.id, "owner"), (bob.id, "member")}
        ((free, member),) = [
            one for one in await rooms.of_account(session, bob.id) if one[0].title == "Libre"
        ]
    assert (free.access, member.role) == ("restricted", "administrator")


async def test_the_operator_is_above_the_policy(database: Database, ada: Account) -> None:
    """Who is at the command line could change it as well."""
    async with database.transaction() as session:
        await policies.choose(session, Allowed(("trusted",), "administrators", 5))
    text = "title,slug,access,max_participants\nA,first-room,,9\nB,second-room,public,\n"
    assert figures(await imported(database, text, ada)) == (2, 0, [])
    async with database.transaction() as session:
        made = [await rooms.by_slug(session, slug) for slug in ("first-room", "second-room")]
    assert [room and room.access for room in made] == ["restricted", "public"]


async def test_a_second_time_makes_nothing(database: Database, ada: Account) -> None:
    text = "title,slug\n" + "".join(
        f"Salle {n},{f'salle-{n}' if n % 2 else ''}\n" for n in range(120)
    )
    assert figures(await imported(database, text, ada)) == (120, 0, [])
    assert figures(await imported(database, text, ada)) == (0, 120, [])
    assert len(await titles(database)) == 120


async def test_the_audit_names_each_room_and_role(database: Database, ada: Account) -> None:
    bob = await samples.account(database, "bob@example.org")
    text = "title,members\nConseil,bob@example.org\nx\x1b,\n"
    await imported(database, text, ada, dry_run=True)
    await imported(database, text, ada)
    async with database.transaction() as session:
        rows = (await session.scalars(select(AuditEntry).order_by(AuditEntry.number))).all()
    assert [(row.act, row.author_kind, row.author) for row in rows] == [
        ("room.created", "command", "ada"),
        ("room.role_given", "command", "ada"),
    ]
    assert rows[1].object == bob.id
    assert "Conseil" not in str([row.detail for row in rows])


async def test_a_dry_run_says_the_same_and_makes_nothing(database: Database, ada: Account) -> None:
    text = "title,slug\nConseil,\nx,UPPER\nConseil,\n"
    dry = await imported(database, text, ada, dry_run=True)
    assert await titles(database) == set()
    assert figures(dry) == (1, 0, [(3, "slug_invalid"), (4, "twice")])
    assert figures(await imported(database, text, ada)) == figures(dry)


async def test_lines_are_refused_one_by_one(database: Database, ada: Account) -> None:
    eve = await samples.account(database, "eve@example.org")
    await people.disable(database, eve.id, samples.NOW)
    bob = await samples.account(database, "bob@example.org")
    await samples.room(database, bob, "bobs-room")
    gone = await samples.room(database, ada, "gone-room")
    async with database.transaction() as session:
        await rooms.remove(session, gone.id, samples.NOW)
    text = (
        "title,slug,owner,members\n"
        "A,,,\n"
        "B,,nobody@example.org,\n"
        "C,,eve@example.org,\n"
        "D,,ada@example.org,nobody@example.org\n"
        "E,bobs-room,ada@example.org,\n"
        "F,gone-room,ada@example.org,\n"
        "G,g-room,ada@example.org,\n"
        "H,g-room,ada@example.org,\n"
    )
    assert figures(await imported(database, text)) == (
        1,
        0,
        [
            (2, "owner_missing"),
            (3, "address_unknown"),
            (4, "address_unknown"),
            (5, "address_unknown"),
            (6, "slug_taken"),
            (7, "slug_taken"),
            (9, "twice"),
        ],
    )
    assert "G" in await titles(database)


async def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
    database: Database, ada: Account
) -> None:
    report = await imported(database, "title\nGood\n" + "x\n" * 5000, ada)
    assert (report.total, figures(report)) == (0, (0, 0, [(5002, "too_many_lines")]))
    assert await titles(database) == set()


def test_every_reason_is_told_in_both_languages() -> None:
    french = json.loads((FOLDER / "fr.json").read_text())
    english = json.loads((FOLDER / "en.json").read_text())
    assert list(french) == list(english)
    source = "".join((FOLDER / name).read_text() for name in ("lines.py", "importing.py"))
    for code in french:
        assert f'"{code}"' in source
    refused = as_json(Report(False, 1, refused=[Refused(2, "owner", "x", "owner_missing")]))
    assert refused["refused"] == [
        {
            "line": 2,
            "column": "owner",
            "value": "x",
            "code": "owner_missing",
            "reason": {"fr": "Le propriétaire manque.", "en": "The owner is missing."},
        }
    ]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", '=cmd|"/c"!A1'])
def test_no_cell_of_the_report_is_a_formula(value: str) -> None:
    """T38."""
    text = as_csv(Report(False, 1, refused=[Refused(2, "slug", value, "slug_invalid")]))
    header, line = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert header[:4] == ["line", "column", "value", "code"]
    assert line[2] == f"'{value}"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in line)
