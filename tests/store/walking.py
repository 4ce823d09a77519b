"""Lists that are read part by part."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.cursors import Part
from visio.store.database import Database

Row = TypeVar("Row")


async def walk(
    database: Database,
    page: Callable[[AsyncSession, Part], Awaitable[Sequence[Row]]],
    part: Part,
    where: Callable[[Row], tuple[int | str, str]],
) -> list[Row]:
    """All of a list, each part asked for with where the one before it ended."""
    found: list[Row] = []
    while True:
        async with database.transaction() as session:
            rows = await page(session, part)
        found += rows[: part.limit]
        if len(rows) <= part.limit:
            return found
        part = replace(part, after=where(found[-1]))
