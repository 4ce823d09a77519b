"""`visio admin rewrap`: the step of a master key's rotation that the database takes part in."""

from pathlib import Path

import click

from visio.config import load, read_master_keys
from visio.errors import VisioError
from visio.local import on_database, operator
from visio.options import with_file
from visio.rewrapping import Rewrapped
from visio.rewrapping import rewrap as seal_anew
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.database import Database
from visio.store.sealing import Keyring


@with_file
@click.command()
def rewrap(file: Path | None) -> None:
    """Seal anew, under the first line of master_key_file, what is sealed under the others.

    The server may run. When this has ended well, the other lines may be removed.
    """
    keyring = Keyring(*read_master_keys(load(file)))
    lost = 0
    for table, found in on_database(file, lambda database: _rewrap(database, keyring)):
        click.echo(f"{table:<24}{found.done:>10}")
        lost += found.lost
    if lost:
        raise VisioError(f"{lost} rows open under none of the keys: the log names them.")


async def _rewrap(database: Database, keyring: Keyring) -> list[tuple[str, Rewrapped]]:
    found = await seal_anew(database, keyring)
    detail = {table: one.done for table, one in found.items()}
    async with database.transaction() as session:
        await audit.append(session, operator(), Deed(Act.KEYS_REWRAPPED, detail=detail))
    return list(found.items())
