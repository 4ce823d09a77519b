"""Queries about what the instance allows its rooms: one row, or none where nobody has chosen."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Policy


@dataclass(frozen=True)
class Allowed:
    """The levels of access that may be chosen, who creates rooms ("everybody" with an account, or
    "administrators"), and how many may be in one (0: any number)."""

    access: tuple[str, ...] = ("restricted", "trusted", "public")
    creators: str = "everybody"
    max_participants: int = 0


async def current(session: AsyncSession) -> Allowed:
    """What is in force."""
    if (row := await session.get(Policy, _ONLY)) is None:
        return Allowed()
    return Allowed(tuple(row.access.split(",")), row.creators, row.max_participants)


async def choose(session: AsyncSession, allowed: Allowed) -> None:
    """In force from now on."""
    await session.merge(
        Policy(
            id=_ONLY,
            access=",".join(allowed.access),
            creators=allowed.creators,
            max_participants=allowed.max_participants,
        )
    )


_ONLY = 1
