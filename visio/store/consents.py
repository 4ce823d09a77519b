"""Who agreed to be transcribed or recorded, asked in which words: rows are only ever added.

What people say or show is stored through `allows` alone. What they type they hand over to be kept
themselves, where they are told for how long (`visio.chat`): nobody is asked for that.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import ScalarSelect, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Consent, Participant, Talkspurt

Kind = Literal["transcription", "recording"]
Standing = Literal["granted", "withdrawn", "erased"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said when asked, by the text of that version in that language.

    A no `erases` where it also takes back what was kept before it.
    """

    kind: Kind
    granted: bool
    wording: str
    language: str
    erases: bool = False


async def record(session: AsyncSession, participant_id: str, answer: Answer, now: int) -> bool:
    """Keep an answer; returns whether the one before it was a yes."""
    before = await _answers(session, participant_id, answer.kind)
    given = Consent(participant_id=participant_id, answered_at=now, **asdict(answer))
    session.add(given)
    await session.flush()
    return bool(before) and before[-1].granted


async def allows(session: AsyncSession, participant_id: str, kind: Kind, said_at: int) -> bool:
    """Whether what somebody said or showed then may be kept, in milliseconds since 1970 UTC.

    Nobody can take it back until the transaction ends.
    """
    answers = await _answers(session, participant_id, kind)
    if any(one.erases and one.answered_at >= said_at for one in answers):
        return False
    then = [one for one in answers if one.answered_at <= said_at]
    return bool(then) and then[-1].granted


async def newest(session: AsyncSession, participant_id: str, kind: Kind, since: int) -> bool | None:
    """What somebody answered last, since then; None where they did not."""
    answers = await _answers(session, participant_id, kind)
    return answers[-1].granted if answers and answers[-1].answered_at >= since else None


def asked_in() -> ScalarSelect[str]:
    """The language in which whose talkspurt it is answered last, in a query of talkspurts."""
    answers = select(Consent.language).where(
        Consent.participant_id == Talkspurt.participant_id, Consent.kind == "transcription"
    )
    newest = answers.order_by(Consent.answered_at.desc(), Consent.created_at.desc()).limit(1)
    return newest.correlate(Talkspurt).scalar_subquery()


async def of_meeting(session: AsyncSession, meeting_id: str) -> Sequence[Consent]:
    """All answers given in a meeting, oldest first."""
    query = select(Consent).join(Participant).where(Participant.meeting_id == meeting_id)
    return (await session.scalars(query.order_by(Consent.answered_at, Consent.created_at))).all()


async def of_account(
    session: AsyncSession, meeting_id: str, account_id: str, kind: Kind
) -> Sequence[Consent]:
    """The answers of somebody with an account in a meeting, in all their stays, oldest first."""
    query = (
        select(Consent)
        .join(Participant)
        .where(Participant.meeting_id == meeting_id, Participant.account_id == account_id)
        .where(Consent.kind == kind)
    )
    return (await session.scalars(query.order_by(Consent.answered_at, Consent.created_at))).all()


def standing(answers: Sequence[Consent]) -> Standing | None:
    """What the answers of one person, oldest first, come to; None where there never was a yes."""
    if not any(one.granted for one in answers):
        return None
    newest = {one.participant_id: one for one in answers}
    if any(one.granted for one in newest.values()):
        return "granted"
    return "erased" if any(one.erases for one in answers) else "withdrawn"


async def _answers(session: AsyncSession, participant_id: str, kind: Kind) -> Sequence[Consent]:
    """Oldest first; whoever else asks, or answers, waits."""
    lock = select(Participant.id).where(Participant.id == participant_id)
    await session.execute(lock.with_for_update(key_share=True))
    query = select(Consent).where(Consent.participant_id == participant_id, Consent.kind == kind)
    return (await session.scalars(query.order_by(Consent.answered_at, Consent.created_at))).all()
