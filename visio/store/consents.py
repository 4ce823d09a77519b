"""Queries about who agreed to be transcribed: rows are only ever added."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Consent


async def record(
    session: AsyncSession, participant_id: str, granted: bool, wording: str, now: int
) -> Consent:
    """Keep an answer, with the version of the text that was shown."""
    consent = Consent(
        participant_id=participant_id, granted=granted, wording=wording, answered_at=now
    )
    session.add(consent)
    await session.flush()
    return consent


async def latest(session: AsyncSession, participant_id: str) -> Consent | None:
    """The answer that counts."""
    query = select(Consent).where(Consent.participant_id == participant_id)
    return await session.scalar(
        query.order_by(Consent.answered_at.desc(), Consent.created_at.desc()).limit(1)
    )
