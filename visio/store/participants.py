"""Queries about who was in a meeting."""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import Table, bindparam, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Account, Participant


async def joined(
    session: AsyncSession,
    meeting_id: str,
    identity: str,
    sid: str,
    *,
    account_id: str | None,
    name: str,
    now: int,
    kind: str = "guest",
    person: str = "",
    shared_microphone: bool = False,
    microphone_people: int | None = None,
) -> Participant:
    """A new row for each stay; `person` ties those of one person together."""
    participant = Participant(
        meeting_id=meeting_id,
        identity=identity,
        sid=sid,
        account_id=account_id,
        name=name,
        joined_at=now,
        kind=kind,
        person=person or identity,
        shared_microphone=shared_microphone,
        microphone_people=microphone_people,
    )
    session.add(participant)
    await session.flush()
    return participant


async def left(session: AsyncSession, participant_id: str, now: int, spoken: int = 0) -> None:
    """Note the leave, and how long they spoke; a second one changes nothing."""
    await session.execute(
        update(Participant)
        .where(Participant.id == participant_id, Participant.left_at.is_(None))
        .values(left_at=now, spoken=spoken)
    )


async def set_spoken(session: AsyncSession, spoken: Mapping[str, int]) -> None:
    """How long some have spoken by now, by the ids of their rows; not of those who have left."""
    table = cast("Table", Participant.__table__)
    newer = update(table).where(table.c.id == bindparam("row"), table.c.left_at.is_(None))
    connection = await session.connection()
    await connection.execute(
        newer.values(spoken=bindparam("length")),
        [{"row": row, "length": length} for row, length in spoken.items()],
    )


async def returned(session: AsyncSession, participant_id: str, sid: str) -> None:
    """Somebody goes on with their stay, under another sid."""
    await session.execute(
        update(Participant).where(Participant.id == participant_id).values(sid=sid)
    )


async def remove(session: AsyncSession, meeting_id: str, identity: str) -> None:
    """Somebody was sent away from a meeting, under that identity."""
    theirs = update(Participant).where(
        Participant.meeting_id == meeting_id, Participant.identity == identity
    )
    await session.execute(theirs.values(removed=True))


async def set_shared_microphone(
    session: AsyncSession, participant_id: str, shared: bool, people: int | None = None
) -> None:
    """Whether several people speak into this participant's microphone, and how many if known."""
    whose = update(Participant).where(Participant.id == participant_id)
    await session.execute(whose.values(shared_microphone=shared, microphone_people=people))


async def microphone_people(session: AsyncSession, meeting_id: str) -> dict[str, int]:
    """How many people were at shared microphones where somebody said so, by participants' rows."""
    query = select(Participant.id, Participant.microphone_people).where(
        Participant.meeting_id == meeting_id, Participant.microphone_people.is_not(None)
    )
    return {row: people for row, people in await session.execute(query) if people}


async def of_meeting(session: AsyncSession, meeting_id: str) -> Sequence[Participant]:
    """Everybody who was there, in order of joining."""
    query = select(Participant).where(Participant.meeting_id == meeting_id)
    return (await session.scalars(query.order_by(Participant.joined_at, Participant.id))).all()


async def of_account(
    session: AsyncSession, meeting_id: str, account_id: str
) -> Sequence[Participant]:
    """The stays of somebody with an account in a meeting, in order of joining."""
    query = select(Participant).where(
        Participant.meeting_id == meeting_id, Participant.account_id == account_id
    )
    return (await session.scalars(query.order_by(Participant.joined_at, Participant.id))).all()


async def own(
    session: AsyncSession, meeting_id: str, account_id: str | None, identity: str | None
) -> Sequence[Participant]:
    """The stays of an account, and those under an identity, in order of joining."""
    theirs = []
    if account_id is not None:
        theirs.append(Participant.account_id == account_id)
    if identity is not None:
        theirs.append(Participant.identity == identity)
    query = select(Participant).where(Participant.meeting_id == meeting_id, or_(false(), *theirs))
    return (await session.scalars(query.order_by(Participant.joined_at, Participant.id))).all()


async def attended(session: AsyncSession, meeting_id: str, identity: str) -> bool:
    """Whether somebody of that identity was there whose account, if any, is not disabled."""
    query = (
        select(Participant.id)
        .outerjoin(Account, Participant.account_id == Account.id)
        .where(
            Participant.meeting_id == meeting_id,
            Participant.identity == identity,
            Account.disabled_at.is_(None),
        )
    )
    return await session.scalar(query.limit(1)) is not None
