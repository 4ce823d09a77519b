"""`visio admin person` and `visio admin meeting`: what is stored of somebody, and for how long."""

import json
from pathlib import Path
from typing import Any, get_args

import click
from sqlalchemy.ext.asyncio import AsyncSession

from visio import dossier, retention
from visio.auth.accounts import normalised
from visio.config import Config, load, read_master_keys, read_smtp_password
from visio.errors import VisioError
from visio.local import on_database, operator
from visio.mail import Mail
from visio.options import with_file
from visio.postbox import Postbox
from visio.scheduling import Schedule
from visio.store import persons
from visio.store.database import Database
from visio.store.models import wall_clock
from visio.store.persons import Person
from visio.store.retention import Hold, HoldReason, ReleaseReason, Rule
from visio.store.sealing import Keyring


@click.group()
def person() -> None:
    """What is stored of one person: WHO is an e-mail address, or a guest's identity (p-…)."""


@with_file
@person.command()
@click.argument("who")
def show(file: Path | None, who: str) -> None:
    """Print how many rows of which tables are about somebody."""

    async def count(database: Database) -> dict[str, int]:
        async with database.transaction() as session:
            return await dossier.counts(session, await _find(session, who), operator())

    for name, rows in on_database(file, count).items():
        click.echo(f"{name}\t{rows}")


@with_file
@person.command()
@click.argument("who")
def export(file: Path | None, who: str) -> None:
    """Print all that is stored of somebody as JSON, with what they said, and their audit."""
    keyring = Keyring(*read_master_keys(load(file)))

    async def collect(database: Database) -> dict[str, Any]:
        return await dossier.export(
            database, lambda session: _find(session, who), keyring, operator()
        )

    click.echo(json.dumps(on_database(file, collect), ensure_ascii=False, indent=1))


@with_file
@person.command()
@click.argument("who")
@click.option("--words", is_flag=True, help="Erase what they said, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(*, file: Path | None, who: str, words: bool, yes: bool) -> None:
    """Erase somebody; transcripts stay, under another name. Prints the proof: its audit row.

    Meetings to come in rooms that they alone own are cancelled; a server sends the letters.
    """
    if not yes:
        click.confirm(f"Erase {who}? Nobody can take this back.", abort=True)
    config = load(file)

    async def go(database: Database) -> dict[str, Any]:
        schedule = _schedule(config, database)
        async with database.transaction() as session:
            found = await _find(session, who)
            return await dossier.erase(
                session, found, wall_clock(), schedule, words=words, by=operator()
            )

    click.echo(json.dumps(on_database(file, go)))


def _words(of: object) -> click.Choice[str]:
    return click.Choice(get_args(of))


@click.group()
def meeting() -> None:
    """How long meetings are kept: MEETING is the id in the address of its page."""


@with_file
@meeting.command()
@click.argument("meeting")
@click.option("--reason", type=_words(HoldReason), default="other", show_default=True)
@click.option("--reference", default="", help="The number of the case; goes with the meeting.")
def hold(file: Path | None, meeting: str, reason: HoldReason, reference: str) -> None:
    """Keep a meeting whatever the rules say, for a court or an inquiry."""
    why = Hold(reason, reference.strip()[:200])
    on_database(
        file,
        lambda database: retention.hold(database, meeting, why, wall_clock(), operator()),
    )


@with_file
@meeting.command()
@click.argument("meeting")
@click.option("--reason", type=_words(ReleaseReason), default="other", show_default=True)
def release(file: Path | None, meeting: str, reason: ReleaseReason) -> None:
    """Let the rules decide again."""
    on_database(file, lambda database: retention.release(database, meeting, reason, operator()))


@with_file
@meeting.command()
def purge(file: Path | None) -> None:
    """Delete the meetings whose time is over; servers do so by themselves, once an hour."""
    config = load(file)
    rule = Rule(config.retention_days, config.retention_most)

    async def go(database: Database) -> int:
        await retention.delete_scheduled(database, rule, wall_clock(), operator())
        return await retention.delete_due(database, rule, wall_clock(), operator())

    click.echo(f"{on_database(file, go)} meetings deleted.")


async def _find(session: AsyncSession, who: str) -> Person:
    if "@" in who:
        found = await persons.of_account(session, normalised(who))
    else:
        found = await persons.of_identity(session, who)
    if found is None:
        raise VisioError(f"Nothing is stored of {who}.")
    return found


def _schedule(config: Config, database: Database) -> Schedule:
    keyring, mail = Keyring(*read_master_keys(config)), Mail(config, read_smtp_password(config))
    return Schedule(database, Postbox(database, keyring, mail, wall_clock), config, wall_clock)
