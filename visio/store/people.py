"""Queries about the people of the instance, for its administrators: found by words, in parts."""

from collections.abc import Collection, Sequence
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from visio.store import entities, words
from visio.store.cursors import Keys, Part, cut
from visio.store.models import ERASED, Account, AccountWord, OidcSubject

Sort = Literal["created_at", "name", "email", "seen_at"]


async def listed(
    session: AsyncSession, search: str, part: Part, entity: str = ""
) -> Sequence[Account]:
    """Those of a part whom `search` finds (see `visio.store.words`), and one more where there are
    more: two queries at most. Of one entity only, where its id is said, or of `entities.NONE`."""
    if not (sought := words.wanted(search)) or entity:
        return await _walked(session, sought, part, entity)
    counts = (await session.execute(select(*map(_count, sought)))).one()
    fewest, rarest = min(zip(counts, sought, strict=True))
    if fewest > _FEW:
        return await _walked(session, sought, part, "")
    sought.remove(rarest)
    if part.sort == "name":
        return await _picked_by_name(session, rarest, sought, part)
    return await _picked(session, rarest, sought, part)


def place(account: Account, sort: Sort) -> tuple[int | str, str]:
    """What an account is sorted by, and its id."""
    values: dict[Sort, int | str] = {
        "created_at": account.created_at,
        "name": account.sort_name,
        "email": account.email,
        "seen_at": account.seen_at,
    }
    return values[sort], account.id


async def find(session: AsyncSession, account_id: str) -> Account | None:
    """Somebody who is still there."""
    return await session.scalar(select(Account).where(Account.id == account_id, _THERE))


async def of_ids(session: AsyncSession, account_ids: Collection[str]) -> dict[str, Account]:
    """Those of them who are still there."""
    query = select(Account).where(Account.id.in_(account_ids), _THERE)
    return {one.id: one for one in await session.scalars(query)}


async def governing(session: AsyncSession) -> set[str]:
    """The administrators who can sign in, and stay as they are until this transaction ends."""
    provided = exists().where(OidcSubject.account_id == Account.id)
    query = (
        select(Account.id)
        .where(_THERE, Account.administrator, Account.disabled_at.is_(None))
        .where(or_(Account.password_hash.is_not(None), provided))
        # In one order: two who ask for these locks never wait for each other.
        .order_by(Account.id)
        .with_for_update(of=Account)
    )
    return set(await session.scalars(query))


async def _walked(
    session: AsyncSession, sought: Sequence[str], part: Part, entity: str
) -> Sequence[Account]:
    """Those who have all the words, along the index that is in order: the entity's own, for it."""
    query = select(Account).where(_THERE, *(_found_by(Account.id, word) for word in sought))
    if entity:
        query = query.where(entities.within(entity))
    return (await session.scalars(cut(query, KEYS, Account.id, part))).all()


async def _picked(
    session: AsyncSession, rarest: str, others: Sequence[str], part: Part
) -> Sequence[Account]:
    """Those who have the rarest word and the others, put in order then."""
    picked = select(AccountWord.account_id).where(_begins(AccountWord.word, rarest))
    query = select(Account).where(
        Account.id.in_(picked), *(_found_by(Account.id, word) for word in others)
    )
    # Added to, it cannot be had from an index, which the database would walk along.
    keys = {part.sort: KEYS[part.sort] + ("" if part.sort == "email" else 0)}
    return (await session.scalars(cut(query, keys, Account.id, part))).all()


async def _picked_by_name(
    session: AsyncSession, rarest: str, others: Sequence[str], part: Part
) -> Sequence[Account]:
    """As `_picked`, by what the words say alone: only a part of the accounts is read."""
    row_id = AccountWord.account_id
    query = (
        select(row_id, AccountWord.sort_name)
        .distinct()
        .where(_begins(AccountWord.word, rarest), *(_found_by(row_id, word) for word in others))
    )
    chosen = cut(query, {part.sort: AccountWord.sort_name}, row_id, part).subquery()
    accounts = select(Account).join(chosen, chosen.c.account_id == Account.id)
    order = (Account.sort_name, Account.id)
    return (
        await session.scalars(
            accounts.order_by(*(c.desc() if part.descending else c for c in order))
        )
    ).all()


def _count(word: str) -> ColumnElement[int]:
    """How many words begin so, as far as it matters."""
    some = select(AccountWord.word).where(_begins(AccountWord.word, word)).limit(_FEW + 1)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _found_by(account_id: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    other = aliased(AccountWord)
    return exists().where(other.account_id == account_id, _begins(other.word, word))


def _begins(column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    return column.between(word, word + _LAST)


KEYS: Keys = {
    "created_at": Account.created_at,
    "name": Account.sort_name,
    "email": Account.email,
    "seen_at": Account.seen_at,
}
"""What people are sorted by."""
_THERE = and_(Account.kind == "person", ~Account.email.endswith(ERASED))
# Behind every other letter.
_LAST = "\U0010ffff"
# So many words are put in order at once; with more of them, enough people for a page are soon met
# along an index. More is dear for what most people have, less for those who come late in order.
_FEW = 20_000
