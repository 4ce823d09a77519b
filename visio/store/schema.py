"""Brings a database to the schema of the models: alembic, run in-process where there is something
to do. It is read only then: a start, and so a silence after a crash, would wait for it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

import migrations
from visio.errors import VisioError
from visio.store.database import make_engine

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig


class UnknownRevision(VisioError):  # noqa: N818 - it names what is unknown
    """This version does not know the database's schema."""


async def upgrade(url: str, to: str = "head") -> None:
    """Apply the missing migrations, all or none; two servers that start together wait in turn.

    Raises UnknownRevision.
    """
    if to == "head" and await revision(url) == revisions()[-1]:
        return
    from alembic import command
    from alembic.util import CommandError

    try:
        await _run(url, lambda config: command.upgrade(config, to))
    except CommandError:
        raise UnknownRevision(UnknownRevision.__doc__) from None


async def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to `revision` ("base": every table goes)."""
    from alembic import command

    await _run(url, lambda config: command.downgrade(config, revision))


async def revision(url: str) -> str | None:
    """Where the database stands; None when it is empty."""
    engine = migration_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await engine.dispose()


def revisions() -> tuple[str, ...]:
    """All that this program knows, the newest last."""
    versions = Path(migrations.__path__[0]) / "versions"
    return tuple(sorted(file.name.partition("_")[0] for file in versions.glob("[0-9]*_*.py")))


def migration_engine(url: str) -> AsyncEngine:
    """An engine for migrations only: foreign keys asleep, so that SQLite can rebuild a table."""
    return make_engine(make_url(url), foreign_keys=False)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


async def _run(url: str, step: Callable[["AlembicConfig"], None]) -> None:
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


def _config() -> "AlembicConfig":
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    return config
