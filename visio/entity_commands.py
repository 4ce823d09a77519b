"""`visio admin entity`: the administrations that share the instance. Its messages are for
operators, in English."""

from pathlib import Path

import click

from visio.auth import entities
from visio.auth.oidc import LONGEST_IDENTIFIER
from visio.config import load
from visio.errors import VisioError
from visio.local import account_id, on_database, operator
from visio.options import with_file
from visio.store import entities as rows
from visio.store.cursors import Part
from visio.store.database import Database


@click.group()
def entity() -> None:
    """Entities: the administrations that share the instance. NAME is what one is called."""


@with_file
@entity.command()
@click.argument("name")
@click.option("--identifier", default="", help="What the identity provider's claim calls it.")
def add(file: Path | None, name: str, identifier: str) -> None:
    """Make an entity."""
    name, identifier = _checked(name, _LONGEST), _checked(identifier, LONGEST_IDENTIFIER, least=0)

    async def make(database: Database) -> None:
        await entities.create(database, name, identifier, by=operator())

    on_database(file, make)


@with_file
@entity.command("list")
def list_entities(file: Path | None) -> None:
    """Print all entities: name, identifier, how many people and how many rooms."""

    async def listed(database: Database) -> list[str]:
        async with database.transaction() as session:
            part = Part("name", limit=await rows.count(session, ""))
            return [
                f"{one.entity.name}\t{one.entity.identifier or ''}\t{one.people}\t{one.rooms}"
                for one in await rows.page(session, "", part)
            ]

    for line in on_database(file, listed):
        click.echo(line)


@with_file
@entity.command()
@click.argument("name")
@click.option("--name", "new", help="What it is called from now on.")
@click.option("--identifier", help="What the identity provider's claim calls it; empty for none.")
def change(file: Path | None, name: str, new: str | None, identifier: str | None) -> None:
    """Rename an entity, or give it another identifier."""
    new = None if new is None else _checked(new, _LONGEST)
    if identifier is not None:
        identifier = _checked(identifier, LONGEST_IDENTIFIER, least=0)

    async def go(database: Database) -> None:
        entity_id = await _id(database, name)
        await entities.change(database, entity_id, new, identifier, by=operator())

    on_database(file, go)


@with_file
@entity.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(*, file: Path | None, name: str, yes: bool) -> None:
    """Delete an entity; its people stay, with their rooms, and are of none."""
    if not yes:
        click.confirm(f"Delete {name}?", abort=True)

    async def go(database: Database) -> int:
        return await entities.delete(database, await _id(database, name), by=operator())

    click.echo(f"{on_database(file, go)} people are of no entity now.")


@with_file
@click.command()
@click.argument("email")
@click.argument("name", required=False)
def set_entity(file: Path | None, email: str, name: str | None) -> None:
    """Say of which entity somebody is: of that NAME, or of none."""
    claimed = bool(load(file).oidc_entity_claim)

    async def go(database: Database) -> None:
        entity_id = None if name is None else await _id(database, name)
        ids = [await account_id(database, email)]
        for refused in await entities.assign(
            database, ids, entity_id, claimed=claimed, by=operator()
        ):
            raise refused.refusal

    on_database(file, go)


async def _id(database: Database, name: str) -> str:
    async with database.transaction() as session:
        found = await rows.called(session, name)
    if found is None:
        raise VisioError(f"There is no entity {name}.")
    return found.id


def _checked(text: str, most: int, *, least: int = 1) -> str:
    if not least <= len(text.strip()) <= most or not text.isprintable():
        raise VisioError(f"This has {least} to {most} printable characters.")
    return text.strip()


# Characters of a name.
_LONGEST = 200
