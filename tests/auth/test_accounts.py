import pytest

from visio.auth import accounts, sessions
from visio.errors import EmailTaken, InvalidCredentials, Unprocessable, WeakPassword
from visio.store import accounts as rows
from visio.store.database import Database

pytestmark = pytest.mark.one_database

NOW = 1_700_000_000_000


async def test_the_one_time_password_signs_in_and_must_be_changed(database: Database) -> None:
    _, password = await accounts.create(database, " Ada@Example.org ", "Ada")
    account = await accounts.authenticate(database, "ADA@example.org", password)
    assert (account.email, account.must_change_password) == ("ada@example.org", True)


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.org", "wrong"), ("bob@example.org", "x"), ("", "")]
)
async def test_wrong_credentials_are_refused_alike(
    database: Database, email: str, password: str
) -> None:
    await accounts.create(database, "ada@example.org", "Ada")
    with pytest.raises(InvalidCredentials):
        await accounts.authenticate(database, email, password)


async def test_an_address_has_one_account(database: Database) -> None:
    await accounts.create(database, "ada@example.org", "Ada")
    with pytest.raises(EmailTaken):
        await accounts.create(database, "ADA@example.org", "Eve")


async def test_changing_the_password(database: Database) -> None:
    account, password = await accounts.create(database, "ada@example.org", "Ada")
    with pytest.raises(InvalidCredentials):
        await accounts.change_password(database, account, "wrong", "a new password", here="")
    with pytest.raises(WeakPassword):
        await accounts.change_password(database, account, password, "short", here="")
    await accounts.change_password(database, account, password, "a new password", here="")
    changed = await accounts.authenticate(database, "ada@example.org", "a new password")
    assert not changed.must_change_password
    with pytest.raises(InvalidCredentials):
        await accounts.authenticate(database, "ada@example.org", password)


async def test_a_reset_signs_out_everywhere(database: Database) -> None:
    account, _ = await accounts.create(database, "ada@example.org", "Ada")
    token = await sessions.open_session(database, account.id, NOW)
    password = await accounts.reset_password(database, "ada@example.org")
    assert password is not None
    assert await sessions.find_session(database, token, NOW) is None
    again = await accounts.authenticate(database, "ada@example.org", password)
    assert again.must_change_password


async def test_nobody_has_nothing_to_reset(database: Database) -> None:
    assert await accounts.reset_password(database, "ada@example.org") is None


async def test_a_hash_of_weaker_times_is_renewed_at_sign_in(database: Database) -> None:
    account, _ = await accounts.create(database, "ada@example.org", "Ada")
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzYWx0$" + _WEAK_DIGEST
    async with database.transaction() as session:
        await rows.set_password(session, account.id, weak, must_change=True)
    signed_in = await accounts.authenticate(database, "ada@example.org", "an old password")
    async with database.transaction() as session:
        renewed = await rows.by_email(session, "ada@example.org")
    assert renewed is not None
    assert renewed.password_hash not in (weak, "")
    assert renewed.must_change_password
    assert await accounts.authenticate(database, signed_in.email, "an old password")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@evil.example@gouv.fr",
        '"ada@evil.example"@gouv.fr',
        "ada(comment)@gouv.fr",
        "ada@gouv.fr.",
        "ada@gouv..fr",
        ".ada@gouv.fr",
        "ada@gouv.fr,eve@evil.example",
        "ada@gouv.fr\neve@evil.example",
        "ada\x00@gouv.fr",
        "ada@g\u043euv.fr",
        "ada@-gouv.fr",
        "Ada <ada@gouv.fr>",
        "a" * 250 + "@b.fr",
    ],
)
def test_what_is_not_plainly_one_address_is_refused(email: str) -> None:
    with pytest.raises(Unprocessable):
        accounts.normalised(email)


@pytest.mark.parametrize("email", ["admin@localhost", "a.b+c@mail.example-1.org", "o'neil@x.fr"])
def test_plain_addresses_are_taken(email: str) -> None:
    assert accounts.normalised(email.upper()) == email


_WEAK_DIGEST = "zB+MFdkyyiOX5rbwANoP+/0OsQq0vD97dp319kqg8pY"
