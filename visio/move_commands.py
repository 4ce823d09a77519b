"""`visio admin export` and `import`: an instance leaves in open formats, and arrives elsewhere."""

import asyncio
from pathlib import Path

import click

from visio import portable
from visio.backup.archive import Found
from visio.calendar import invitation
from visio.config import Config, load, make_folder, read_master_keys
from visio.documents import Language
from visio.errors import VisioError
from visio.local import on_database, operator
from visio.options import with_file
from visio.scheduling import planned
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.database import Database
from visio.store.models import wall_clock
from visio.store.sealing import Keyring


@with_file
@click.command("export")
@click.argument("place", type=click.Path(path_type=Path), metavar="DIRECTORY|FILE.tar")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def export_all(file: Path | None, place: Path, language: Language) -> None:
    """Write everything IN CLEAR in open formats, to leave for another host or product.

    Transcripts, chats and their files are opened: whoever has the export reads all of it. Only its
    owner may open the files; keep it encrypted, and delete it afterwards. Passwords, keys and
    sessions are not in it. Meetings may run. What is in it: docs/export.md. To keep a copy, make a
    backup instead.
    """
    config = load(file)
    keyring = Keyring(*read_master_keys(config))
    with portable.writing(place) as writer:
        on_database(file, lambda database: _note(database, Act.INSTANCE_EXPORTED, place))
        found = asyncio.run(
            portable.leave(
                config.database_url,
                keyring,
                writer,
                _calendar(config),
                language=language,
                now=wall_clock(),
            )
        )
    _show(found)
    click.echo(f"{place} holds everything in clear: keep it encrypted, delete it afterwards.")


@with_file
@click.command("import")
@click.argument("place", type=click.Path(path_type=Path, exists=True), metavar="DIRECTORY|FILE.tar")
def import_all(file: Path | None, place: Path) -> None:
    """Fill an empty database from what `visio admin export` wrote.

    Words are sealed under this host's master key. People sign in by the identity provider, or
    choose a password anew; API keys open nothing until they are made anew.
    """
    config = load(file)
    keyring = Keyring(*read_master_keys(config))
    make_folder(config.data_dir)
    with portable.reading(place) as parts:
        found = asyncio.run(portable.enter(config.database_url, keyring, parts))
    _show(found)
    on_database(file, lambda database: _finish(database, place))


async def _finish(database: Database, place: Path) -> None:
    """The audit's chain must have come through; then it goes on."""
    verdict = await audit.verify(database)
    if verdict.faults:
        raise VisioError("The audit of the export does not hold: see visio admin audit verify.")
    click.echo(f"The audit holds: {verdict.rows} rows, up to {verdict.number}:{verdict.hash}")
    await _note(database, Act.INSTANCE_IMPORTED, place)


async def _note(database: Database, act: Act, place: Path) -> None:
    async with database.transaction() as session:
        await audit.append(session, operator(), Deed(act, detail={"name": place.name}))


def _calendar(config: Config) -> portable.Calendar:
    """As people take a scheduled meeting into their calendars."""
    return lambda found: invitation.publish(planned(found, config))


def _show(found: Found) -> None:
    for table, number in found.rows.items():
        if number:
            click.echo(f"{table:<24}{number:>10}")
    click.echo(f"{sum(found.rows.values())} rows in {len(found.parts)} parts")
