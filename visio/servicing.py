"""The commands for services and their API keys. Their messages are for operators, in English."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import click

from visio.auth import accounts, keys
from visio.auth.keys import LONGEST_LIFE, SCOPES, Scope
from visio.errors import VisioError
from visio.local import on_database, operator
from visio.options import with_file
from visio.store import keys as key_rows
from visio.store import services
from visio.store.database import Database
from visio.store.models import Account, ApiKey, wall_clock


@click.group()
def service() -> None:
    """Services: programs and room systems, which own rooms and act by API keys."""


@with_file
@service.command("add")
@click.argument("name")
def add_service(file: Path | None, name: str) -> None:
    """Make a service and print its id."""
    if not 0 < len(name.strip()) <= 100 or not name.isprintable():
        raise VisioError("A name has 1 to 100 printable characters.")

    async def add(database: Database) -> str:
        return (await keys.add_service(database, name.strip(), by=operator())).id

    click.echo(on_database(file, add))


@with_file
@service.command("list")
def list_services(file: Path | None) -> None:
    """Print all services: id, name, whether it is disabled."""

    async def listed(database: Database) -> list[str]:
        async with database.transaction() as session:
            return [
                f"{one.id}\t{one.name}\t{'enabled' if one.disabled_at is None else 'disabled'}"
                for one in await services.listed(session)
            ]

    for line in on_database(file, listed):
        click.echo(line)


@with_file
@service.command("disable")
@click.argument("service_id", metavar="ID")
def disable_service(file: Path | None, service_id: str) -> None:
    """Keep a service out: its keys are refused at once, its meetings end within seconds."""

    async def disable(database: Database) -> None:
        found = await _find(database, service_id)
        await accounts.disable(database, found.id, wall_clock(), by=operator())

    on_database(file, disable)


@with_file
@service.command("enable")
@click.argument("service_id", metavar="ID")
def enable_service(file: Path | None, service_id: str) -> None:
    """Let a service in again that was disabled."""

    async def enable(database: Database) -> None:
        await accounts.enable(database, (await _find(database, service_id)).id, by=operator())

    on_database(file, enable)


@click.group()
def key() -> None:
    """API keys of services."""


@with_file
@key.command("add")
@click.argument("name")
@click.option("--service", "service_id", required=True, metavar="ID", help="Whom it acts as.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(SCOPES),
    help="What it may be used for; repeatable.",
)
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_LIFE.days),
    default=90,
    show_default=True,
    help="For how long it is good.",
)
@click.option(
    "--domain",
    "domains",
    multiple=True,
    help="By La Suite's external API it may act for people of this domain too; repeatable.",
)
def add_key(
    *,
    file: Path | None,
    name: str,
    service_id: str,
    scopes: tuple[str, ...],
    days: int,
    domains: tuple[str, ...],
) -> None:
    """Make a key and print it, this once."""

    async def add(database: Database) -> tuple[ApiKey, str]:
        return await keys.make(
            database,
            await _find(database, service_id),
            name,
            cast("tuple[Scope, ...]", scopes),
            wall_clock(),
            lifetime=timedelta(days=days),
            domains=domains,
            by=operator(),
        )

    made, text = on_database(file, add)
    click.echo(f"id  {made.id}\nkey {text}\nIt is shown only this once.")


@with_file
@key.command("list")
def list_keys(file: Path | None) -> None:
    """Print all keys: id, service, name, scopes, end, last use, whether it was revoked."""

    async def listed(database: Database) -> list[str]:
        async with database.transaction() as session:
            return [_line(one, whose) for one, whose in await key_rows.listed(session)]

    for line in on_database(file, listed):
        click.echo(line)


@with_file
@key.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke_key(file: Path | None, key_id: str) -> None:
    """Make a key good for nothing, at once."""

    async def revoke(database: Database) -> bool:
        return await keys.revoke(database, key_id, wall_clock(), by=operator())

    if not on_database(file, revoke):
        raise VisioError("There is no such API key.")


async def _find(database: Database, service_id: str) -> Account:
    async with database.transaction() as session:
        if (found := await services.find(session, service_id)) is None:
            raise VisioError("There is no such service.")
        return found


def _line(one: ApiKey, whose: Account) -> str:
    revoked = "" if one.revoked_at is None else f"\trevoked {_day(one.revoked_at)}"
    used = "never used" if one.last_used_at is None else f"used {_day(one.last_used_at)}"
    until = f"until {_day(one.expires_at)}"
    return f"{one.id}\t{whose.name}\t{one.name}\t{one.scopes}\t{until}\t{used}{revoked}"


def _day(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).date().isoformat()
