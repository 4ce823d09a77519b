"""Keys are replaced while people meet: what the old one signed or sealed is good for a while."""

import base64
import json
import os
import secrets
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.callers import House
from tests.databases import outside_the_loop
from tests.store import samples
from visio.app import reload_keys
from visio.auth import factors, tokens
from visio.auth.tokens import Claims, Grants
from visio.cli import commands
from visio.config import PRODUCT_KEY, load, read_secrets
from visio.errors import ConfigError, InvalidToken
from visio.postbox import context
from visio.rewrapping import Rewrapped, rewrap
from visio.store.acts import Act
from visio.store.database import Database
from visio.store.models import AuditEntry, Meeting, OutgoingLetter, SecondFactor
from visio.store.sealing import Keyring, SealError

pytestmark = pytest.mark.one_database

T = TypeVar("T")

OLD, NEW = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
OLD_MASTER, NEW_MASTER = os.urandom(32), os.urandom(32)


@pytest.fixture
def settings_of_house(tmp_path: Path) -> dict[str, Any]:
    """Keys in files, which are to be replaced."""
    files = {"secret_key_file": tmp_path / "secret", "master_key_file": tmp_path / "master"}
    files["secret_key_file"].write_text(OLD)
    files["master_key_file"].write_text(written(OLD_MASTER))
    return {**files}


def written(*keys: bytes) -> str:
    return "\n".join(base64.b64encode(key).decode() for key in keys) + "\n"


def test_of_several_lines_the_first_is_today_s(settings_of_house: dict[str, Any]) -> None:
    settings_of_house["secret_key_file"].write_text(f"{NEW}\n{OLD}\n")
    settings_of_house["master_key_file"].write_text(written(NEW_MASTER, OLD_MASTER))
    found = read_secrets(load(options=settings_of_house))
    assert found.signing_keys[PRODUCT_KEY] == NEW
    assert tokens.secrets_of(found.signing_keys, PRODUCT_KEY) == [NEW, OLD]
    assert (found.master_key, found.retired_master_keys) == (NEW_MASTER, (OLD_MASTER,))


@pytest.mark.parametrize(
    "text",
    [f"{NEW}\nshort", f"{NEW}\n{NEW}", "\n".join(secrets.token_urlsafe(48) for _ in range(5))],
)
def test_every_line_is_a_key(settings_of_house: dict[str, Any], text: str) -> None:
    settings_of_house["secret_key_file"].write_text(text)
    with pytest.raises(ConfigError, match="secret_key"):
        read_secrets(load(options=settings_of_house))


def test_what_a_retired_secret_signed_is_good_until_it_is_removed() -> None:
    grants = Grants(room="council", room_join=True)
    hour = timedelta(hours=1)
    before = tokens.issue({PRODUCT_KEY: OLD}, Claims("ada", grants), ttl=hour, now=samples.NOW)
    both = {PRODUCT_KEY: NEW, f"{PRODUCT_KEY}\n0": OLD}
    after = tokens.issue(both, Claims("ada", grants), ttl=hour, now=samples.NOW)
    for token in (before, after):
        assert tokens.verify(both, token, now=samples.NOW).identity == "ada"
    assert tokens.verify({PRODUCT_KEY: NEW}, after, now=samples.NOW).key == PRODUCT_KEY
    with pytest.raises(InvalidToken):
        tokens.verify({PRODUCT_KEY: NEW}, before, now=samples.NOW)


def test_a_retired_secret_is_nobody_s_by_its_own_name() -> None:
    both = {PRODUCT_KEY: NEW, f"{PRODUCT_KEY}\n0": OLD}
    claims = Claims("ada", Grants(), key=f"{PRODUCT_KEY}\n0")
    token = tokens.issue(both, claims, ttl=timedelta(hours=1), now=samples.NOW)
    with pytest.raises(InvalidToken):
        tokens.verify(both, token, now=samples.NOW)


async def test_a_running_server_takes_up_new_keys(house: House) -> None:
    """Who is in a meeting stays in it, by the token of before; newcomers get one of today's."""
    ada = await house.account("ada@example.org")
    caller = await house.signed_in(ada)
    room = await house.room(ada)
    path = f"/api/v1/rooms/{room.slug}/join"
    before = (await caller.post(path, {})).json["token"]
    files = house.config.secret_key_file, house.config.master_key_file
    assert files[0]
    assert files[1]
    files[0].write_text(f"{NEW}\n{OLD}")
    files[1].write_text(written(NEW_MASTER, OLD_MASTER))
    reload_keys(house.server.app)
    after = (await caller.post(path, {})).json["token"]
    assert tokens.verify({PRODUCT_KEY: NEW}, after, now=house.clock())
    for token in (before, after):
        answer = await house.anonymous().get(f"/rtc/validate?access_token={token}")
        assert answer.status == 200
    files[0].write_text(NEW)
    reload_keys(house.server.app)
    answer = await house.anonymous().get(f"/rtc/validate?access_token={before}")
    assert answer.status == 401


async def test_keys_that_cannot_be_read_change_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caller = await house.signed_in(await house.account("ada@example.org"))
    assert house.config.secret_key_file
    house.config.secret_key_file.write_text("short")
    reload_keys(house.server.app)
    assert "the keys stay as they were" in caplog.text
    assert "short" not in caplog.text.replace("shorter", "")
    answer = await caller.post("/api/v1/rooms", {"title": "Conseil"})
    assert answer.status == 201


async def sealed_under(keyring: Keyring, database: Database) -> None:
    """A meeting, a letter and an authenticator's secret."""
    ada = await samples.account(database)
    await samples.sitting(database, await samples.room(database, ada), ada, keyring=keyring)
    letter = OutgoingLetter(id="l1", next_at=0, expires_at=0)
    letter.message = keyring.seal(b"a letter", context("l1"))
    factor = SecondFactor(account_id=ada.id)
    factor.secret = keyring.seal(b"a secret", factors.context(ada.id))
    async with database.transaction() as session:
        session.add_all([letter, factor])


async def opens(keyring: Keyring, database: Database) -> bool:
    """Whether all of it can be read; raises SealError."""
    async with database.transaction() as session:
        meetings = (await session.scalars(select(Meeting.wrapped_key))).all()
        letter = (await session.scalars(select(OutgoingLetter))).one()
        factor = (await session.scalars(select(SecondFactor))).one()
    return (
        all(keyring.unwrap(wrapped) for wrapped in meetings)
        and keyring.open(letter.message, context("l1")) == b"a letter"
        and keyring.open(factor.secret, factors.context(factor.account_id)) == b"a secret"
    )


async def test_all_that_was_sealed_is_sealed_anew(database: Database) -> None:
    await sealed_under(Keyring(OLD_MASTER), database)
    both = Keyring(NEW_MASTER, OLD_MASTER)
    assert await opens(both, database)
    with pytest.raises(SealError):
        await opens(Keyring(NEW_MASTER), database)
    found = await rewrap(database, both)
    assert {name: one.done for name, one in found.items()} == {
        "meeting": 1,
        "second_factor": 1,
        "outgoing_letter": 1,
        "session": 0,
    }
    assert await opens(Keyring(NEW_MASTER), database)
    assert set((await rewrap(database, both)).values()) == {Rewrapped()}


async def test_what_stopped_in_the_middle_goes_on(database: Database) -> None:
    ada = await samples.account(database)
    place = await samples.room(database, ada)
    both = Keyring(NEW_MASTER, OLD_MASTER)
    for keyring in (both, *[Keyring(OLD_MASTER)] * 4, both):
        await samples.sitting(database, place, ada, keyring=keyring)
    assert (await rewrap(database, both))["meeting"] == Rewrapped(done=4)


async def test_a_key_that_is_lost_is_told(database: Database) -> None:
    await sealed_under(Keyring(os.urandom(32)), database)
    found = await rewrap(database, Keyring(NEW_MASTER, OLD_MASTER))
    assert found["meeting"] == found["second_factor"] == Rewrapped(lost=1)


def test_the_command_seals_anew_and_is_written_down(database_url: str, tmp_path: Path) -> None:
    master, file = tmp_path / "master", tmp_path / "visio.toml"
    file.write_text(
        f'data_dir = "{tmp_path}"\ndatabase_url = "{database_url}"\nmaster_key_file = "{master}"\n'
    )
    outside_the_loop(on(database_url, partial(sealed_under, Keyring(OLD_MASTER))))
    for keys, status in (([NEW_MASTER], 1), ([NEW_MASTER, OLD_MASTER], 0)):
        master.write_text(written(*keys))
        arguments = ["admin", "rewrap", "--config", str(file)]
        result = CliRunner().invoke(commands, arguments)
        assert result.exit_code == status
    assert outside_the_loop(on(database_url, partial(opens, Keyring(NEW_MASTER))))
    entry = outside_the_loop(on(database_url, last_entry))
    assert (entry.act, json.loads(entry.detail)["meeting"]) == (Act.KEYS_REWRAPPED, 1)


async def on(url: str, act: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    database = await Database.open(url)
    try:
        return await act(database)
    finally:
        await database.close()


async def last_entry(database: Database) -> AuditEntry:
    async with database.transaction() as session:
        newest = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)
        return (await session.scalars(newest)).one()
