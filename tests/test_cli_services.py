import re
from pathlib import Path

import pytest

from tests.test_cli_people import file, no_settings_of_the_caller, run
from visio.auth import accounts, keys
from visio.errors import InvalidToken, VisioError
from visio.store.database import Database
from visio.views.state import clock

__all__ = ["file", "no_settings_of_the_caller"]

pytestmark = pytest.mark.one_database


async def made(file: Path, *options: str) -> tuple[str, str, str]:
    """A service's id, its key's id, and the key."""
    service = (await run("admin", "service", "add", "Salle 12", "--config", file)).output.strip()
    asked = ("admin", "key", "add", "Portier", "--service", service, "--scope", "rooms:read")
    output = (await run(*asked, *options, "--config", file)).output
    found = re.fullmatch(r"id  (\S+)\nkey (visio_\S+)\nIt is shown only this once\.\n", output)
    assert found, output
    return service, found[1], found[2]


async def test_a_service_gets_a_key_that_works(file: Path, database: Database) -> None:
    service, key, text = await made(file, "--days", "7", "--domain", "example.org")
    found = await keys.find(database, text, clock())
    assert (found.account.id, found.id, found.account.name) == (service, key, "Salle 12")
    assert (found.scopes, found.domains) == ({"rooms:read"}, {"example.org"})
    listed = (await run("admin", "service", "list", "--config", file)).output
    assert listed == f"{service}\tSalle 12\tenabled\n"
    (line,) = (await run("admin", "key", "list", "--config", file)).output.splitlines()
    assert re.fullmatch(
        rf"{key}\tSalle 12\tPortier\trooms:read\tuntil \d{{4}}-\d\d-\d\d\tused \d{{4}}-\d\d-\d\d",
        line,
    )
    assert text not in line


async def test_a_key_is_revoked(file: Path, database: Database) -> None:
    _, key, text = await made(file)
    assert (await run("admin", "key", "revoke", key, "--config", file)).exit_code == 0
    with pytest.raises(InvalidToken):
        await keys.find(database, text, clock())
    line = (await run("admin", "key", "list", "--config", file)).output
    assert re.search(r"\tnever used\trevoked \d{4}-\d\d-\d\d\n", line)


async def test_a_service_is_disabled_and_enabled(file: Path, database: Database) -> None:
    service, _, text = await made(file)
    assert (await run("admin", "service", "disable", service, "--config", file)).exit_code == 0
    assert "\tdisabled\n" in (await run("admin", "service", "list", "--config", file)).output
    with pytest.raises(InvalidToken):
        await keys.find(database, text, clock())
    assert (await run("admin", "service", "enable", service, "--config", file)).exit_code == 0
    assert await keys.find(database, text, clock())


@pytest.mark.parametrize(
    "command",
    [
        ("key", "revoke", "unknown"),
        ("key", "add", "x", "--service", "unknown", "--scope", "rooms:read"),
        ("service", "disable", "unknown"),
        ("service", "enable", "unknown"),
        ("service", "add", " "),
    ],
    ids=" ".join,
)
async def test_what_is_not_there_is_said(file: Path, command: tuple[str, ...]) -> None:
    done = await run("admin", *command, "--config", file)
    assert isinstance(done.exception, VisioError)


async def test_rooms_are_imported_from_a_file(
    file: Path, database: Database, tmp_path: Path
) -> None:
    await accounts.create(database, "ada@example.org", "Ada")
    table, report = tmp_path / "rooms.csv", tmp_path / "refused.csv"
    table.write_text("title,slug,owner\nConseil,conseil,ada@example.org\n=1+1,UPPER,\n")
    command = ("admin", "rooms", "import", table, "--config", file)
    dry = await run(*command, "--dry-run", "--language", "en")
    assert "1 would be made, 0 there already, 1 refused\n" in dry.stdout
    assert "3\tslug\tUPPER\tThis name is not possible" in dry.stdout
    done = await run(*command, "--report", report)
    assert isinstance(done.exception, VisioError)
    assert "1 made, 0 there already, 1 refused\n" in done.stdout
    assert "Ce nom n’est pas possible" in done.stdout
    assert report.read_bytes().startswith('\ufeff"line","column"'.encode())
    table.write_text("title,slug,owner\nConseil,conseil,ada@example.org\n")
    again = await run("admin", "room", "import", table, "--config", file)
    assert (again.exit_code, again.exception) == (0, None)
    assert "0 made, 1 there already, 0 refused\n" in again.stdout
