"""Queries about who was in a meeting."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Participant


async def joined(
    session: AsyncSession,
    meeting_id: str,
    identity: str,
    sid: str,
    *,
    account_id: str | None,
    name: str,
    now: int,
    shared_microphone: bool = False,
) -> Participant:
    """A new row: who comes back under the same identity has two."""
    participant = Participant(
        meeting_id=meeting_id,
        identity=identity,
        sid=sid,
        account_id=account_id,
        name=name,
        joined_at=now,
        shared_microphone=shared_microphone,
    )
    session.add(participant)
    await session.flush()
    return participant


async def left(session: AsyncSession, participant_id: str, now: int) -> None:
    """Note the leave; a second one changes nothing."""
    await session.execute(
        update(Participant)
        .where(Participant.id == participant_id, Participant.left_at.is_(None))
        .values(left_at=now)
    )


async def set_shared_microphone(session: AsyncSession, participant_id: str, shared: bool) -> None:
    """Whether several people speak into this participant's microphone."""
    await session.execute(
        update(Participant).where(Participant.id == participant_id).values(shared_microphone=shared)
    )


async def of_meeting(session: AsyncSession, meeting_id: str) -> Sequence[Participant]:
    """Everybody who was there, in order of joining."""
    query = select(Participant).where(Participant.meeting_id == meeting_id)
    return (await session.scalars(query.order_by(Participant.joined_at, Participant.id))).all()


async def attended(session: AsyncSession, meeting_id: str, identity: str) -> bool:
    """Whether somebody of that identity was there."""
    query = select(Participant.id).where(
        Participant.meeting_id == meeting_id, Participant.identity == identity
    )
    return await session.scalar(query.limit(1)) is not None
