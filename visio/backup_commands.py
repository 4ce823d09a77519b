"""`visio admin backup` and `restore`: a copy of everything, encrypted, and back."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import pyrage

from visio import backup as backups
from visio.backup import Found, Place, TakeKey
from visio.config import Config, key_files, load, make_folder
from visio.errors import VisioError
from visio.local import on_database, operator
from visio.options import with_file
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.database import Database
from visio.store.models import wall_clock


@click.command("backup-key")
@click.argument("identity", type=click.Path(path_type=Path, dir_okay=False))
def backup_key(identity: Path) -> None:
    """Make a key pair for backups: the secret half into the file IDENTITY, the other is printed.

    Keep IDENTITY away from the server: whoever has it reads every backup.
    """
    made = pyrage.x25519.Identity.generate()
    try:
        handle = os.open(identity, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise VisioError(f"{identity} cannot be made: {error.strerror}.") from None
    with os.fdopen(handle, "w") as out:
        out.write(f"{made}\n")
    click.echo(str(made.to_public()))


@with_file
@click.command()
@click.argument("place", metavar="DIRECTORY|s3://BUCKET/PREFIX")
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    required=True,
    help="Who can read it: what backup-key printed, or an SSH public key. May be repeated.",
)
@click.option("--keep", type=click.IntRange(min=1), help="Delete all but so many of the newest.")
def backup(file: Path | None, place: str, recipients: Sequence[str], keep: int | None) -> None:
    """Write an encrypted copy of the database and of the keys' files; meetings may run."""
    config, where = load(file), backups.place(place)
    now = wall_clock()
    name = f"{_PREFIX}{datetime.fromtimestamp(now / 1000, UTC):%Y%m%dT%H%M%SZ}{_SUFFIX}"
    on_database(file, lambda database: _note(database, Act.BACKUP_MADE, {"name": name}))
    keys = {setting: path.read_bytes() for setting, path in key_files(config).items()}
    with where.writing(name) as sink:
        found = asyncio.run(backups.save(config.database_url, keys, sink, recipients, now))
    _show(found)
    for old in _backups(where)[:-keep] if keep else []:
        where.remove(old)
    click.echo(name)


@with_file
@click.command()
@click.argument("place", metavar="DIRECTORY|s3://BUCKET/PREFIX")
@click.argument("name", required=False)
@click.option(
    "--identity",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file that backup-key made.",
)
@click.option("--check", is_flag=True, help="Only read it to its end and compare all hashes.")
def restore(file: Path | None, place: str, name: str | None, identity: Path, check: bool) -> None:
    """Fill an empty database from the backup NAME, by default the newest."""
    config, where = load(file), backups.place(place)
    chosen = name or _newest(where)
    identities = _identities(identity)
    with where.reading(chosen) as source:
        if check:
            _show(backups.check(source, identities))
            return
        make_folder(config.data_dir)
        taken: dict[str, bytes] = {}
        found = asyncio.run(
            backups.restore(config.database_url, source, identities, _taker(config, taken))
        )
    _write_keys(config, taken)
    _show(found)
    on_database(file, lambda database: _finish(database, chosen))


def _taker(config: Config, taken: dict[str, bytes]) -> TakeKey:
    """Keeps the keys until the rows are there; a file that holds another key is never replaced."""
    files = key_files(config, absent=True)

    def take(setting: str, data: bytes) -> None:
        if setting not in files:
            return
        here = files[setting]
        if here.exists() and here.read_bytes() != data:
            raise VisioError(f"{here} holds another key than the backup: move it away.")
        taken[setting] = data

    return take


def _write_keys(config: Config, taken: Mapping[str, bytes]) -> None:
    for setting, path in key_files(config, absent=True).items():
        if setting in taken and not path.exists():
            make_folder(path.parent)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(taken[setting])
            click.echo(f"{path} written ({setting}).")


async def _finish(database: Database, name: str) -> None:
    """The audit's chain must have come through; then it goes on."""
    verdict = await audit.verify(database)
    if verdict.faults:
        raise VisioError("The audit of the backup does not hold: see visio admin audit verify.")
    click.echo(f"The audit holds: {verdict.rows} rows, up to {verdict.number}:{verdict.hash}")
    await _note(database, Act.BACKUP_RESTORED, {"name": name})


async def _note(database: Database, act: Act, detail: dict[str, object]) -> None:
    async with database.transaction() as session:
        await audit.append(session, operator(), Deed(act, detail=detail))


def _identities(file: Path) -> list[str]:
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise VisioError(f"{file} cannot be read: {error}") from None
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _backups(where: Place) -> list[str]:
    """Their names, oldest first."""
    return [one for one in where.names() if one.startswith(_PREFIX) and one.endswith(_SUFFIX)]


def _newest(where: Place) -> str:
    if not (found := _backups(where)):
        raise VisioError("There is no backup there.")
    return found[-1]


def _show(found: Found) -> None:
    for table, number in found.rows.items():
        if number:
            click.echo(f"{table:<24}{number:>10}")
    click.echo(f"{sum(found.rows.values())} rows in {len(found.parts)} parts")


_PREFIX, _SUFFIX = "visio-", ".age"
