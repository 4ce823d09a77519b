import json
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.store.test_audit import tamper
from tests.test_cli_people import file, no_settings_of_the_caller, run
from visio.errors import VisioError
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import SERVER, Deed
from visio.store.database import Database
from visio.store.models import AuditEntry

__all__ = ["file", "no_settings_of_the_caller"]

pytestmark = pytest.mark.one_database


async def three(database: Database) -> None:
    async with database.transaction() as session:
        await audit.append(session, SERVER, *[Deed(Act.ENDED)] * 3)


async def test_a_chain_that_holds_is_verified_and_its_end_can_be_noted(
    file: Path, database: Database
) -> None:
    await three(database)
    verified = await run("admin", "audit", "verify", "--config", file)
    assert verified.exit_code == 0
    rows, _, end = verified.output.strip().partition(" rows, up to ")
    assert (rows, end[:2]) == ("3", "3:")
    await three(database)
    noted = await run("admin", "audit", "verify", "--expect", end, "--config", file)
    assert noted.exit_code == 0
    other = await run("admin", "audit", "verify", "--expect", "3:00", "--config", file)
    assert other.output.startswith("Row 3 was changed.\n")
    assert isinstance(other.exception, VisioError)
    wrong = await run("admin", "audit", "verify", "--expect", "three", "--config", file)
    assert isinstance(wrong.exception, VisioError)


async def test_where_it_does_not_hold_is_said(file: Path, database: Database) -> None:
    await three(database)
    await tamper(database, "UPDATE audit SET refused = 'x' WHERE number = 2")
    verified = await run("admin", "audit", "verify", "--config", file)
    assert verified.output.startswith("Row 2 was changed.\n3 rows, up to 3:")
    assert isinstance(verified.exception, VisioError)


async def test_it_is_exported_for_whoever_collects_it(file: Path, database: Database) -> None:
    await three(database)
    exported = await run("admin", "audit", "export", "--after", "2", "--config", file)
    last, mine = map(json.loads, exported.output.splitlines())
    assert (last["number"], last["act"]) == (3, "meeting.ended")
    assert (mine["number"], mine["act"]) == (4, "audit.exported")
    assert mine["author_kind"] == "command"
    assert mine["author"]
    table = await run("admin", "audit", "export", "--format", "csv", "--config", file)
    assert table.output.splitlines()[0] == ",".join(audit.COLUMNS)


async def test_what_is_older_than_audit_days_is_purged(
    file: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(audit, "wall_clock", lambda: 1000)
        await three(database)
    await three(database)
    purged = await run("admin", "audit", "purge", "--config", file)
    assert purged.output == "3 rows purged.\n"
    async with database.transaction() as session:
        assert len((await session.scalars(select(AuditEntry.number))).all()) == 4
    assert (await audit.verify(database)).faults == []
