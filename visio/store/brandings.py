"""Queries about what the service is called and looks like."""

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import Conflict, NothingToUndo
from visio.store.models import Branding


async def current(session: AsyncSession) -> Branding | None:
    """What is in force; None where nobody has chosen anything."""
    query = select(Branding).order_by(Branding.version.desc()).limit(1)
    return await session.scalar(query)


async def name(session: AsyncSession) -> str:
    """What administrators chose to call the service; "" where they did not."""
    return await session.scalar(select(NAME)) or ""


async def by_id(session: AsyncSession, branding_id: str) -> Branding | None:
    """What is or was in force."""
    return await session.get(Branding, branding_id)


async def add(session: AsyncSession, branding: Branding) -> None:
    """In force from now on; raises Conflict when somebody else chose at the same moment."""
    newest = await session.scalar(select(func.max(Branding.version))) or 0
    branding.version = newest + 1
    try:
        async with session.begin_nested():
            session.add(branding)
    except IntegrityError:
        raise Conflict("Somebody else has just changed it.") from None
    await session.execute(delete(Branding).where(Branding.version <= newest + 1 - _KEPT))


async def undo(session: AsyncSession) -> None:
    """What was before is in force again; raises NothingToUndo."""
    if (newest := await current(session)) is None:
        raise NothingToUndo
    await session.delete(newest)


NAME = select(Branding.name).order_by(Branding.version.desc()).limit(1).scalar_subquery()
"""What the service is called, as a column of another query; NULL where nobody chose that."""

# Changes that can be undone; more keeps more logos.
_KEPT = 20
