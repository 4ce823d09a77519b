"""What is stored of one person, shown, taken along and erased: each time, the audit says so."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from visio.scheduling import Schedule
from visio.store import audit, entities, persons
from visio.store.acts import Act
from visio.store.audit import Author, Deed, Wanted
from visio.store.database import Database
from visio.store.models import AuditEntry
from visio.store.persons import Person
from visio.store.sealing import Keyring


async def counts(session: AsyncSession, person: Person, by: Author) -> dict[str, int]:
    """How many rows of which tables are theirs."""
    stored = await persons.stored(session, person)
    await audit.append(session, by, Deed(Act.PERSON_SHOWN, _named(person)))
    return {name: len(rows) for name, rows in stored.items()}


async def export(
    database: Database,
    find: Callable[[AsyncSession], Awaitable[Person]],
    keyring: Keyring,
    by: Author,
) -> dict[str, Any]:
    """All of it, with their entity's name, what they said and typed, and what the audit says of
    them."""
    async with database.transaction() as session:
        person = await find(session)
        stored = await persons.stored(session, person)
        said = await persons.said(session, person, keyring)
        typed = await persons.typed(session, person, keyring)
        entity = await entities.name_of(session, person.account)
        await audit.append(session, by, Deed(Act.PERSON_EXPORTED, _named(person)))
    rows = await _audit_of(database, _named(person)[1])
    shown = [audit.shown(row) for row in rows]
    return {"stored": stored, "entity": entity, "said": said, "typed": typed, "audit": shown}


async def erase(
    session: AsyncSession,
    person: Person,
    now: int,
    schedule: Schedule,
    *,
    words: bool,
    by: Author,
) -> dict[str, Any]:
    """Erase them, what they said too with `words`; returns the proof, a row of the audit.

    Meetings to come in rooms that are thereby closed are taken back first, while there is somebody
    in whose name those invited are written to; the letters wait for the postbox.
    """
    whom = _named(person)
    for room in await persons.sole_rooms(session, person):
        await audit.append(session, by, *await schedule.cancel_within(session, room.id))
    done = await persons.erase(session, person, now, words=words)
    deed = Deed(Act.PERSON_ERASED, whom, detail={"words": words, "rows": done})
    await audit.append(session, by, deed)
    wanted = Wanted(act=Act.PERSON_ERASED, object=whom[1])
    return audit.shown((await audit.page(session, wanted, before=None, limit=1))[0])


def _named(person: Person) -> tuple[str, str]:
    if person.account:
        return "account", person.account.id
    return "participant", person.participants[0].identity


async def _audit_of(database: Database, name: str) -> list[AuditEntry]:
    """What they did, and what was done to them, in order."""
    found = {
        row.number: row
        for wanted in (Wanted(author=name), Wanted(object=name))
        async for some in audit.read(database, wanted)
        for row in some
    }
    return [found[number] for number in sorted(found)]
