from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

import migrations
from visio.store import schema
from visio.store.database import Database
from visio.store.models import Model


async def test_migrated_schema_equals_the_models(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_a_forgotten_column_would_be_noticed(database: Database) -> None:
    """Holds the comparison itself: a schema that lacks something differs."""
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("ALTER TABLE room DROP COLUMN title")
        (difference,) = await connection.run_sync(_differences)
    assert difference[0] == "add_column"


async def test_checks_of_words_are_in_the_migrated_schema(
    database: Database, empty_database_url: str
) -> None:
    """Alembic does not compare CHECK constraints: compare with what the models create."""
    async with database.engine.connect() as connection:
        migrated = await connection.run_sync(_checks)
    created = await Database.open(empty_database_url)
    async with created.engine.begin() as connection:
        await connection.run_sync(Model.metadata.create_all)
        expected = await connection.run_sync(_checks)
    await created.close()
    assert migrated == expected
    assert ("room", "ck_room_access") in expected


async def test_migrations_run_up_down_and_up_again(empty_database_url: str) -> None:
    await schema.upgrade(empty_database_url)
    assert await schema.revision(empty_database_url) is not None
    await schema.downgrade(empty_database_url, "base")
    assert await _tables(empty_database_url) == {"alembic_version"}
    await schema.upgrade(empty_database_url)
    assert await _tables(empty_database_url) == {"alembic_version", *Model.metadata.tables}


def test_revisions_are_those_of_the_scripts() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__path__[0])))
    known = [one.revision for one in scripts.walk_revisions()]
    assert schema.revisions() == tuple(reversed(known))


async def test_schema_of_a_later_version_is_refused(empty_database_url: str) -> None:
    await schema.upgrade(empty_database_url)
    engine = schema.migration_engine(empty_database_url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await engine.dispose()
    with pytest.raises(schema.UnknownRevision, match="does not know"):
        await schema.upgrade(empty_database_url)


async def test_upgrading_twice_changes_nothing(empty_database_url: str) -> None:
    await schema.upgrade(empty_database_url)
    before = await schema.revision(empty_database_url)
    await schema.upgrade(empty_database_url)
    assert await schema.revision(empty_database_url) == before


async def test_a_failing_migration_leaves_nothing_behind(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("alembic.op.create_index", broken)
    with pytest.raises(RuntimeError):
        await schema.upgrade(empty_database_url)
    assert await _tables(empty_database_url) == set()


def _differences(connection: Connection) -> list[Any]:
    return compare_metadata(
        MigrationContext.configure(connection, opts={"compare_type": True}), Model.metadata
    )


def _checks(connection: Connection) -> set[tuple[str, str | None]]:
    inspector = inspect(connection)
    return {
        (table, check["name"])
        for table in Model.metadata.tables
        for check in inspector.get_check_constraints(table)
    }


async def _tables(url: str) -> set[str]:
    database = await Database.open(url)
    try:
        async with database.engine.connect() as connection:
            return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
    finally:
        await database.close()
