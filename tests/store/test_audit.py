import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import exc, select, text

from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Deed, Fault, Wanted
from visio.store.database import Database
from visio.store.models import AuditEntry, AuditHead, wall_clock

ADA = Author("account", "ada", "192.0.2.7")
YEAR = timedelta(days=365) // timedelta(milliseconds=1)


async def append(database: Database, *deeds: Deed, by: Author = ADA) -> None:
    async with database.transaction() as session:
        await audit.append(session, by, *deeds)


async def five(database: Database) -> None:
    for number in range(1, 6):
        await append(database, Deed(Act.MUTED, ("participant", f"p-{number}"), "RM_1"))


async def numbers(database: Database) -> list[int]:
    async with database.transaction() as session:
        return list(await session.scalars(select(AuditEntry.number).order_by(AuditEntry.number)))


async def head(database: Database) -> AuditHead:
    async with database.transaction() as session:
        return (await session.scalars(select(AuditHead))).one()


async def tamper(database: Database, *statements: str, **values: int) -> None:
    """As somebody does who may do everything with the database."""
    async with database.transaction() as session:
        if database.dialect == "postgresql":
            for table in ("audit", "audit_head"):
                await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            found = await session.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            )
            for name in found.all():
                await session.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            await session.execute(text(statement), values)


async def faults(database: Database) -> list[Fault]:
    return list((await audit.verify(database)).faults)


async def test_an_empty_chain_holds(database: Database) -> None:
    verdict = await audit.verify(database)
    assert (verdict.rows, verdict.number, verdict.faults) == (0, 0, [])


async def test_acts_are_chained_in_the_order_they_were_done(database: Database) -> None:
    await append(database, Deed(Act.SIGNED_IN, refused="invalid_credentials"), by=Author("nobody"))
    await append(database, Deed(Act.ADMITTED), Deed(Act.BANNED, ("account", "bob"), "room"))
    verdict = await audit.verify(database)
    assert (verdict.rows, verdict.number, verdict.faults) == (3, 3, [])
    async with database.transaction() as session:
        last = (await audit.page(session, Wanted(), before=None, limit=1))[0]
    assert last.hash == verdict.hash
    shown = audit.shown(last)
    del shown["hash"], shown["created_at"]
    assert shown == {
        "number": 3,
        "act": "room.banned",
        "author_kind": "account",
        "author": "ada",
        "address": "192.0.2.7",
        "object_kind": "account",
        "object": "bob",
        "room": "room",
        "refused": None,
        "detail": "{}",
    }


async def test_an_act_that_fails_leaves_no_row(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await audit.append(session, ADA, Deed(Act.ENDED))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await numbers(database) == []
    await five(database)
    assert await faults(database) == []


async def test_those_who_append_at_once_make_one_chain(database: Database) -> None:
    await asyncio.gather(*(five(database) for _ in range(10)))
    assert await numbers(database) == list(range(1, 51))
    assert await faults(database) == []


CHANGES = [
    "UPDATE audit SET act = 'meeting.ended' WHERE number = 3",
    "UPDATE audit SET author = 'adb' WHERE number = 3",
    "UPDATE audit SET author_kind = 'guest' WHERE number = 3",
    "UPDATE audit SET address = NULL WHERE number = 3",
    "UPDATE audit SET object = 'p-30' WHERE number = 3",
    "UPDATE audit SET object_kind = 'account' WHERE number = 3",
    "UPDATE audit SET room = 'RM_2' WHERE number = 3",
    "UPDATE audit SET refused = 'x' WHERE number = 3",
    "UPDATE audit SET detail = '{} ' WHERE number = 3",
    "UPDATE audit SET created_at = created_at + 1 WHERE number = 3",
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.one_database
async def test_one_changed_byte_is_found(database: Database, change: str) -> None:
    await five(database)
    await tamper(database, change)
    assert await faults(database) == [Fault(3, "changed")]


async def test_a_changed_hash_breaks_the_chain_where_it_stands(database: Database) -> None:
    await five(database)
    await tamper(database, "UPDATE audit SET hash = lower('X') WHERE number = 3")
    assert await faults(database) == [Fault(3, "changed"), Fault(4, "changed")]


@pytest.mark.parametrize("gone", [1, 3, 5])
async def test_a_missing_row_is_found(database: Database, gone: int) -> None:
    await five(database)
    await tamper(database, "DELETE FROM audit WHERE number = :gone", gone=gone)
    assert await faults(database) == [Fault(gone, "missing")]


async def test_rows_in_another_order_are_found(database: Database) -> None:
    await five(database)
    await tamper(
        database,
        "UPDATE audit SET number = 99 WHERE number = 2",
        "UPDATE audit SET number = 2 WHERE number = 3",
        "UPDATE audit SET number = 3 WHERE number = 99",
    )
    assert await faults(database) == [
        Fault(2, "changed"),
        Fault(3, "changed"),
        Fault(4, "changed"),
    ]


async def test_whoever_cuts_the_end_off_with_the_head_is_found_by_what_was_noted(
    database: Database,
) -> None:
    await five(database)
    before = await audit.verify(database)
    noted = (before.number, before.hash)
    await tamper(
        database,
        "DELETE FROM audit WHERE number = 5",
        "UPDATE audit_head SET number = 4, hash = (SELECT hash FROM audit WHERE number = 4)",
    )
    assert await faults(database) == []
    assert (await audit.verify(database, expected=noted)).faults == [Fault(5, "missing")]
    await append(database, Deed(Act.ENDED))
    await tamper(database, "UPDATE audit_head SET number = 5")
    found = (await audit.verify(database, expected=noted)).faults
    assert Fault(5, "changed") in found


FORBIDDEN = [
    "UPDATE audit SET act = 'x' WHERE number = 3",
    "DELETE FROM audit WHERE number = 3",
    "DELETE FROM audit WHERE number = 1",
    "DELETE FROM audit",
    "UPDATE audit_head SET number = 9",
    "UPDATE audit_head SET hash = 'x'",
    "UPDATE audit_head SET purged_number = 5",
    "UPDATE audit_head SET purged_number = 2, hash = 'x'",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head SELECT 2, 0, hash, 0, hash, 0 FROM audit_head",
    "INSERT INTO audit (number, act, author_kind, detail, hash, created_at)"
    " VALUES (9, 'x', 'server', '{}', 'x', 0)",
]
BY_DIALECT = {
    "sqlite": [
        "INSERT OR REPLACE INTO audit (number, act, author_kind, detail, hash, created_at)"
        " VALUES (3, 'x', 'server', '{}', 'x', 0)"
    ],
    "postgresql": ["TRUNCATE audit", "TRUNCATE audit_head"],
}


async def test_the_database_itself_refuses_to_change_a_row(database: Database) -> None:
    await five(database)
    for statement in [*FORBIDDEN, *BY_DIALECT[database.dialect]]:
        with pytest.raises(exc.DBAPIError, match="the audit is never changed"):
            async with database.transaction() as session:
                await session.execute(text(statement))
    assert await numbers(database) == [1, 2, 3, 4, 5]
    assert await faults(database) == []


async def test_what_is_old_is_purged_and_the_rest_still_holds(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0, 10, 20, 30, 40])
    with monkeypatch.context() as patch:
        patch.setattr(audit, "wall_clock", lambda: next(times))
        await five(database)
    async with database.transaction() as session:
        assert await audit.purge(session, 0) == 0
    async with database.transaction() as session:
        assert await audit.purge(session, 30) == 3
    assert await numbers(database) == [4, 5, 6]
    verdict = await audit.verify(database)
    assert (verdict.rows, verdict.number, verdict.faults) == (3, 6, [])
    async with database.transaction() as session:
        anchor = (await audit.page(session, Wanted(act=Act.AUDIT_PURGED), before=None, limit=9))[0]
    assert anchor.author_kind == "server"
    assert anchor.detail.startswith('{"hash":"')
    assert anchor.detail.endswith('","rows":3,"through":3}')
    purged = (2, "any hash")
    assert (await audit.verify(database, expected=purged)).faults == [Fault(2, "purged")]


async def test_whoever_moves_the_anchor_is_found(database: Database) -> None:
    await five(database)
    await tamper(
        database,
        "UPDATE audit_head SET purged_number = 4,"
        " purged_hash = (SELECT hash FROM audit WHERE number = 4)",
        "DELETE FROM audit WHERE number <= 4",
    )
    assert await faults(database) == [Fault(4, "missing")]


async def test_all_but_the_newest_may_go_and_more_may_follow(database: Database) -> None:
    await five(database)
    async with database.transaction() as session:
        assert await audit.purge(session, wall_clock() + YEAR) == 4
    assert await numbers(database) == [5, 6]
    await append(database, Deed(Act.ENDED))
    async with database.transaction() as session:
        assert await audit.purge(session, wall_clock() + YEAR) == 2
    assert await numbers(database) == [7, 8]
    assert await faults(database) == []


async def test_a_chain_with_a_hole_is_not_purged(database: Database) -> None:
    await five(database)
    await tamper(database, "DELETE FROM audit WHERE number = 4")
    async with database.transaction() as session:
        assert await audit.purge(session, wall_clock() + YEAR) == 0
    assert await numbers(database) == [1, 2, 3, 5]


async def test_rows_are_chosen(database: Database) -> None:
    await five(database)
    await append(database, Deed(Act.ENDED, ("meeting", "m"), "RM_2"), by=SERVER)

    async def chosen(**wanted: Any) -> list[int]:
        async with database.transaction() as session:
            rows = await audit.page(session, Wanted(**wanted), before=None, limit=100)
        return [row.number for row in rows]

    assert await chosen(act=Act.ENDED) == [6]
    assert await chosen(author="ada", room="RM_1") == [5, 4, 3, 2, 1]
    assert await chosen(object="p-2") == [2]
    assert await chosen(since=wall_clock() + 1000) == []
    assert await chosen(until=wall_clock() + 1000, room="RM_2") == [6]
    async with database.transaction() as session:
        rows = await audit.page(session, Wanted(room="RM_1"), before=4, limit=2)
    assert [row.number for row in rows] == [3, 2]
    read = [row.number async for some in audit.read(database, Wanted(), after=4) for row in some]
    assert read == [5, 6]
