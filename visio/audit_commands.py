"""`visio admin audit`: verify, export, purge."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import click

from visio.config import load
from visio.errors import VisioError
from visio.local import on_database, operator
from visio.options import with_file
from visio.store import audit as rows
from visio.store import exports
from visio.store.acts import Act
from visio.store.audit import Deed, Wanted
from visio.store.database import Database
from visio.store.models import wall_clock


@click.group()
def audit() -> None:
    """What was done, by whom."""


@with_file
@audit.command()
@click.option(
    "--expect",
    metavar="NUMBER:HASH",
    default="",
    help="An end of the chain that was noted before: it must still be in it.",
)
def verify(file: Path | None, expect: str) -> None:
    """Check the whole chain; exit code 1 and the numbers of the rows where it does not hold."""
    expected = _parsed(expect) if expect else None
    verdict = on_database(file, lambda database: rows.verify(database, expected=expected))
    for fault in verdict.faults:
        click.echo(f"Row {fault.number} {_SENTENCES[fault.what]}")
    click.echo(f"{verdict.rows} rows, up to {verdict.number}:{verdict.hash}")
    if verdict.faults:
        raise VisioError("The audit does not hold.")


@with_file
@audit.command("export")
@click.option(
    "--format",
    "kind",
    type=click.Choice(get_args(exports.Format)),
    default="jsonl",
    show_default=True,
)
@click.option("--after", default=0, metavar="NUMBER", help="Only the rows after that one.")
def export(file: Path | None, kind: exports.Format, after: int) -> None:
    """Print the rows, oldest first, as JSON lines or CSV."""

    async def write(database: Database) -> None:
        async with database.transaction() as session:
            entry = Deed(Act.AUDIT_EXPORTED, detail={"format": kind, "after": after})
            await rows.append(session, operator(), entry)
        click.echo(exports.heading(kind), nl=False)
        async for some in rows.read(database, Wanted(), after=after):
            click.echo("".join(exports.line(row, kind) for row in some), nl=False)

    on_database(file, write)


@with_file
@audit.command()
def purge(file: Path | None) -> None:
    """Delete what is older than audit_days; servers do so by themselves, once an hour."""
    kept = timedelta(days=load(file).audit_days)

    async def go(database: Database) -> int:
        async with database.transaction() as session:
            before = wall_clock() - kept // timedelta(milliseconds=1)
            return await rows.purge(session, before, operator())

    click.echo(f"{on_database(file, go)} rows purged.")


def _parsed(expect: str) -> tuple[int, str]:
    number, _, noted = expect.partition(":")
    if not number.isdecimal() or not noted:
        raise VisioError("--expect wants what verify printed: a number, a colon and a hash.")
    return int(number), noted


_SENTENCES = {
    "changed": "was changed.",
    "missing": "is missing.",
    "purged": "was purged by the rules: nothing is left to compare.",
}
