"""What alembic runs: inside `visio.store.schema`, or by hand with the server's own settings."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

from visio.config import load
from visio.store.models import Model
from visio.store.schema import migration_engine


def run(connection: Connection) -> None:
    """Migrate over an open connection; one migrator at a time on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_by_hand() -> None:
    """`alembic revision --autogenerate` and friends, on the database of the settings."""
    engine = migration_engine(load().database_url)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


# Any number, as long as nobody else locks it in this database.
_LOCK = 0x56495349

if connection := context.config.attributes.get("connection"):
    run(connection)
else:
    asyncio.run(run_by_hand())
