import asyncio
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests import post
from tests.auth.test_factors import code_at
from tests.test_cli import file, no_settings_of_the_caller
from visio.auth import accounts, factors, links, sessions
from visio.cli import commands
from visio.errors import EntityProvided, InvalidCredentials, VisioError
from visio.store import accounts as rows
from visio.store.database import Database
from visio.store.models import Account, OidcSubject
from visio.store.sealing import Keyring
from visio.views.state import clock

__all__ = ["file", "no_settings_of_the_caller"]

pytestmark = pytest.mark.one_database


def append(file: Path, settings: dict[str, Any]) -> None:
    lines = [f"{name} = {value!r}\n" for name, value in settings.items()]
    file.write_text(file.read_text() + "".join(lines))


async def run(*arguments: object) -> Result:
    """In a thread: a command has a loop of its own."""
    words = [str(argument) for argument in arguments]
    return await asyncio.to_thread(CliRunner().invoke, commands, words)


async def ada(database: Database) -> Account:
    async with database.transaction() as session:
        account = await rows.by_email(session, "ada@example.org")
    assert account
    return account


async def test_who_is_invited_gets_a_link_that_works(file: Path, database: Database) -> None:
    async with post.running_post() as office:
        append(file, post.settings(office))
        invited = await run(
            *("admin", "user", "invite", "ada@example.org", "--name", "Ada", "--language", "en"),
            *("--administrator", "--config", file),
        )
        assert invited.output == "Invited ada@example.org.\n"
        letter = (await office.letter()).get_content()
    assert "Hello Ada" in letter
    address = next(word for word in letter.split() if word.startswith("https://"))
    page, _, token = address.partition("#")
    assert page == "https://visio.example.org/password"
    await links.use(database, token, "a password of my own", clock())
    account = await accounts.authenticate(database, "ada@example.org", "a password of my own")
    assert account.administrator


async def test_without_a_mail_server_nobody_is_invited(file: Path, database: Database) -> None:
    refused = await run("admin", "user", "invite", "ada@example.org", "--config", file)
    assert isinstance(refused.exception, VisioError)
    assert "smtp_host" in str(refused.exception)
    async with database.transaction() as session:
        assert await rows.count(session) == 0


async def test_somebody_is_disabled_and_enabled(file: Path, database: Database) -> None:
    account, password = await accounts.create(database, "ada@example.org", "Ada")
    browser = await sessions.open_session(database, account.id, clock())
    assert (
        await run("admin", "user", "disable", "Ada@example.org", "--config", file)
    ).exit_code == 0
    assert await sessions.find_session(database, browser, clock()) is None
    with pytest.raises(InvalidCredentials):
        await accounts.authenticate(database, "ada@example.org", password)
    listed = await run("admin", "user", "list", "--config", file)
    assert listed.output == "ada@example.org\tAda\tuser, disabled\n"
    assert (
        await run("admin", "user", "enable", "ada@example.org", "--config", file)
    ).exit_code == 0
    assert await accounts.authenticate(database, "ada@example.org", password)


async def test_a_lost_second_factor_is_forgotten(file: Path, database: Database) -> None:
    account, _ = await accounts.create(database, "ada@example.org", "Ada")
    keyring, now = Keyring(bytes(32)), clock()
    secret = (await factors.begin(database, keyring, account)).secret
    await factors.confirm(database, keyring, account.id, code_at(secret, now), now)
    browser = await sessions.open_session(database, account.id, now, strong=True)
    done = await run("admin", "user", "reset-second-factor", "ada@example.org", "--config", file)
    assert done.exit_code == 0
    assert not await factors.has(database, account.id)
    assert await sessions.find_session(database, browser, now) is None


@pytest.mark.parametrize("command", ["disable", "enable", "reset-second-factor"])
async def test_nobody_is_said(file: Path, command: str) -> None:
    done = await run("admin", "user", command, "nobody@example.org", "--config", file)
    assert isinstance(done.exception, VisioError)


async def test_entities_are_made_listed_changed_and_deleted(file: Path, database: Database) -> None:
    account = Account(email="ada@example.org", name="Ada")
    async with database.transaction() as session:
        session.add(account)

    async def entity(*words: str) -> Result:
        done = await run("admin", "entity", *words, "--config", file)
        assert done.exit_code == 0, done.output
        return done

    await entity("add", "Préfecture du Nord", "--identifier", "59")
    set_ = ("admin", "user", "set-entity", "Ada@example.org")
    assert (await run(*set_, "prefecture du nord", "--config", file)).exit_code == 0
    assert (await entity("list")).output == "Préfecture du Nord\t59\t1\t0\n"
    await entity("change", "Préfecture du Nord", "--name", "Nord", "--identifier", "")
    assert (await entity("list")).output == "Nord\t\t1\t0\n"
    assert (await run(*set_, "--config", file)).exit_code == 0
    assert (await ada(database)).entity_id is None
    assert (await run(*set_, "Nord", "--config", file)).exit_code == 0
    assert (await entity("delete", "Nord", "--yes")).output == "1 people are of no entity now.\n"
    assert (await entity("list")).output == ""
    for words in (
        ("entity", "delete", "Nord", "--yes"),
        ("entity", "add", "a\nb"),
        (*set_[1:], "x"),
    ):
        refused = await run("admin", *words, "--config", file)
        assert isinstance(refused.exception, VisioError), words


async def test_whom_the_provider_places_is_placed_by_nobody_else(
    file: Path, database: Database
) -> None:
    append(file, {"oidc_entity_claim": "siret"})
    async with database.transaction() as session:
        account = Account(email="ada@example.org", name="Ada")
        session.add(account)
        await session.flush()
        session.add(OidcSubject(issuer="https://idp", subject="1", account_id=account.id))
    done = await run("admin", "user", "set-entity", "ada@example.org", "--config", file)
    assert isinstance(done.exception, EntityProvided)
