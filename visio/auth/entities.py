"""The entities that share the instance: made, changed, and who is of which."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from visio.auth.governing import Refused
from visio.errors import AccountNotFound, EntityNotFound, EntityProvided, Refusal
from visio.store import audit, entities, people, subjects
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.database import Database
from visio.store.models import Account, Entity


async def create(database: Database, name: str, identifier: str, *, by: Author) -> Entity:
    """A new one; raises EntityNameTaken, EntityIdentifierTaken."""
    entity = Entity()
    async with database.transaction() as session:
        await entities.save(session, entity, name, identifier)
        detail = {"identifier": identifier}
        await audit.append(session, by, Deed(Act.ENTITY_CREATED, _of(entity), detail=detail))
    return entity


async def change(
    database: Database,
    entity_id: str,
    name: str | None = None,
    identifier: str | None = None,
    *,
    by: Author,
) -> None:
    """What is not None is changed; raises EntityNotFound, EntityNameTaken, EntityIdentifierTaken.

    Whom the provider signs in are of another one from their next sign-in on, if it calls theirs
    otherwise.
    """
    async with database.transaction() as session:
        entity = await _found(session, entity_id)
        before = entity.name, entity.identifier or ""
        after = before[0] if name is None else name, before[1] if identifier is None else identifier
        if after == before:
            return
        await entities.save(session, entity, *after)
        detail = {"renamed": after[0] != before[0], "identifier": after[1]}
        await audit.append(session, by, Deed(Act.ENTITY_CHANGED, _of(entity), detail=detail))


async def delete(database: Database, entity_id: str, *, by: Author) -> int:
    """Its people stay, of no entity: how many; raises EntityNotFound."""
    async with database.transaction() as session:
        entity = await _found(session, entity_id)
        left = await entities.remove(session, entity)
        gone = Deed(Act.ENTITY_DELETED, _of(entity), detail={"people": left})
        await audit.append(session, by, gone)
    return left


async def assign(
    database: Database,
    account_ids: Sequence[str],
    entity_id: str | None,
    *,
    claimed: bool,
    by: Author,
) -> Sequence[Refused]:
    """They are of that entity from now on, or of none; returns those of whom it could not be done.

    `claimed`: a claim says so of whom the identity provider signs in. Raises EntityNotFound.
    """
    ids, refused, done = list(dict.fromkeys(account_ids)), [], []
    async with database.transaction() as session:
        if entity_id is not None:
            await _found(session, entity_id)
        there = await people.of_ids(session, ids)
        provided = await subjects.known_among(session, ids) if claimed else set()
        for account_id in ids:
            account = there.get(account_id)
            if refusal := _refusal(account, provided):
                refused.append(Refused(account_id, account.email if account else "", refusal))
            elif account and account.entity_id != entity_id:
                done.append(account_id)
        await entities.assign(session, done, entity_id)
        await audit.append(session, by, *(_set(one, entity_id) for one in done))
    return refused


async def follow(session: AsyncSession, account: Account, identifier: str) -> list[Deed]:
    """Somebody is of the entity that their claim names, of none where it names none of ours; what
    was done is to be written down."""
    entity = await entities.of_identifier(session, identifier) if identifier else None
    entity_id = entity.id if entity else None
    if account.entity_id == entity_id:
        return []
    account.entity_id = entity_id
    return [_set(account.id, entity_id, provider=True)]


def _refusal(account: Account | None, provided: set[str]) -> Refusal | None:
    if account is None:
        return AccountNotFound()
    return EntityProvided() if account.id in provided else None


async def _found(session: AsyncSession, entity_id: str) -> Entity:
    if (entity := await entities.find(session, entity_id)) is None:
        raise EntityNotFound
    return entity


def _of(entity: Entity) -> tuple[str, str]:
    return "entity", entity.id


def _set(account_id: str, entity_id: str | None, **more: object) -> Deed:
    return Deed(Act.ENTITY_SET, ("account", account_id), detail={"entity": entity_id, **more})
