"""Queries about second factors: the shared secret, and the codes for when it is lost."""

from collections.abc import Iterable

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import RecoveryCode, SecondFactor


async def find(session: AsyncSession, account_id: str) -> SecondFactor | None:
    """That of an account, confirmed or not."""
    return await session.get(SecondFactor, account_id)


async def confirmed(session: AsyncSession, account_id: str) -> SecondFactor | None:
    """That of an account, once it counts."""
    factor = await find(session, account_id)
    return factor if factor and factor.confirmed_at is not None else None


async def confirmed_among(session: AsyncSession, account_ids: Iterable[str]) -> set[str]:
    """Those who have one."""
    query = select(SecondFactor.account_id).where(
        SecondFactor.account_id.in_(list(account_ids)), SecondFactor.confirmed_at.is_not(None)
    )
    return set(await session.scalars(query))


async def replace(session: AsyncSession, factor: SecondFactor) -> None:
    """Insert; what the account had before is gone, and so are its recovery codes."""
    await remove(session, factor.account_id)
    session.add(factor)
    await session.flush()


async def confirm(session: AsyncSession, account_id: str, now: int) -> None:
    """From now on it counts."""
    await session.execute(
        update(SecondFactor).where(SecondFactor.account_id == account_id).values(confirmed_at=now)
    )


async def take_step(session: AsyncSession, account_id: str, step: int) -> bool:
    """Use up the code of a time step; False when it, or a later one, was used before."""
    query = (
        update(SecondFactor)
        .where(SecondFactor.account_id == account_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.account_id)
    )
    return await session.scalar(query) is not None


async def replace_codes(session: AsyncSession, account_id: str, code_ids: Iterable[str]) -> None:
    """New recovery codes; the old ones are good for nothing."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.add_all([RecoveryCode(id=one, account_id=account_id) for one in code_ids])
    await session.flush()


async def take_code(session: AsyncSession, code_id: str) -> bool:
    """Use a recovery code up; False when there is no such one."""
    query = delete(RecoveryCode).where(RecoveryCode.id == code_id).returning(RecoveryCode.id)
    return await session.scalar(query) is not None


async def remove(session: AsyncSession, account_id: str) -> None:
    """The factor of an account with its recovery codes."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    await session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
