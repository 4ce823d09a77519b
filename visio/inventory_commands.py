"""`visio admin crypto inventory`: which algorithms are in use, where, and for how long."""

from datetime import UTC, datetime
from pathlib import Path

import click

from visio import inventory
from visio.config import load
from visio.doctor import host
from visio.options import with_file


@click.group()
def crypto() -> None:
    """The cryptography in use."""


@with_file
@crypto.command("inventory")
@click.option("--json", "as_json", is_flag=True, help="As a CBOM (CycloneDX 1.6), for programs.")
def show(file: Path | None, *, as_json: bool) -> None:
    """Print every algorithm: for what, strength, whether it withstands quantum computers, where.

    And the libraries' versions, and kind, length and end of the keys and certificates of the
    settings: never what is in them. Where keys cannot be read it says so, and prints the rest.
    """
    config = load(file)
    seen = host.keys(config)
    if seen.refusal:
        click.echo(f"visio: {seen.refusal}", err=True)
    # A demo that has not started has no keys: asking must not make them.
    mine = inventory.keys(config) if seen.made and not seen.refusal else []
    held, uses = [*mine, *inventory.certificate(config)], inventory.USES
    shown = (
        inventory.bill(uses, held, datetime.now(UTC)) if as_json else inventory.table(uses, held)
    )
    click.echo(shown)
