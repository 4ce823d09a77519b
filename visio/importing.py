"""The command that makes rooms from a file."""

import asyncio
import sys
from pathlib import Path

import click

from visio.errors import VisioError
from visio.local import on_database, operator
from visio.options import with_file
from visio.provisioning import Report, as_csv, provision
from visio.provisioning.report import Language, reason
from visio.store.database import Database


@with_file
@click.command("import")
@click.argument("rooms", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Look, and make nothing.")
@click.option(
    "--report",
    "written",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the refused lines there, as CSV.",
)
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def import_rooms(
    *, file: Path | None, rooms: Path, dry_run: bool, written: Path | None, language: Language
) -> None:
    """Make the rooms of a CSV file that are not there yet; see docs/api.md.

    Ends with status 1 when a line was refused.
    """
    data = rooms.read_bytes()
    with click.progressbar(length=1, label=rooms.name, file=sys.stderr) as bar:

        async def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)
            await asyncio.sleep(0)

        async def make(database: Database) -> Report:
            return await provision(database, data, progress, by=operator(), dry_run=dry_run)

        report = on_database(file, make)
    if written:
        written.write_text(as_csv(report), newline="")
    for one in report.refused:
        click.echo(f"{one.line}\t{one.column}\t{one.value}\t{reason(one, language)}")
    made = "would be made" if dry_run else "made"
    refused = len(report.refused)
    click.echo(f"{report.made} {made}, {report.there} there already, {refused} refused")
    if refused:
        raise VisioError("Some lines were refused.")
