"""Brings a database to the schema of the models: alembic, run in-process at every start."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

import migrations
from visio.store.database import make_engine


async def upgrade(url: str, revision: str = "head") -> None:
    """Apply the missing migrations, all or none; two servers that start together wait in turn."""
    await _run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to `revision` ("base": every table goes)."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def revision(url: str) -> str | None:
    """Where the database stands; None when it is empty."""
    engine = migration_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    finally:
        await engine.dispose()


def revisions() -> tuple[str, ...]:
    """All that this program knows, the newest last."""
    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(one.revision for one in reversed(list(found)))


def migration_engine(url: str) -> AsyncEngine:
    """An engine for migrations only: foreign keys asleep, so that SQLite can rebuild a table."""
    return make_engine(make_url(url), foreign_keys=False)


async def _run(url: str, step: Any) -> None:
    config = _config()

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        step(config)

    engine = migration_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    return config
