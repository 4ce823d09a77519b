import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select, update

from tests.store.samples import KEYRING
from visio.auth import accounts, factors
from visio.errors import SecondFactorInPlace, WrongCode
from visio.store.database import Database
from visio.store.models import Account, RecoveryCode, SecondFactor
from visio.store.sealing import Keyring

pytestmark = pytest.mark.one_database

NOW = 1_700_000_010_000  # in the middle of a time step
STEP = 30_000


@pytest.fixture
async def account(database: Database) -> Account:
    return (await accounts.create(database, "ada@example.org", "Ada"))[0]


def code_at(secret: str, now: int) -> str:
    """What an authenticator that was told `secret` shows at `now`."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return TOTP(key, 6, SHA1(), 30).generate(now // 1000).decode()  # noqa: S303


async def enrolled(database: Database, account: Account) -> tuple[str, list[str]]:
    secret = (await factors.begin(database, KEYRING, account)).secret
    early = NOW - 10 * STEP
    code = code_at(secret, early)
    return secret, await factors.confirm(database, KEYRING, account.id, code, early)


async def test_the_codes_are_those_of_rfc_6238(database: Database, account: Account) -> None:
    """Appendix B's secret and times, with the last six of its eight digits."""
    await enrolled(database, account)
    sealed = KEYRING.seal(b"12345678901234567890", f"second_factor:{account.id}:secret")
    async with database.transaction() as session:
        await session.execute(update(SecondFactor).values(secret=sealed, last_step=0))
    for seconds, code in [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ]:
        await factors.check(database, KEYRING, account.id, code, seconds * 1000)


async def test_it_counts_only_once_a_code_was_given(database: Database, account: Account) -> None:
    secret = (await factors.begin(database, KEYRING, account)).secret
    assert not await factors.has(database, account.id)
    with pytest.raises(WrongCode):
        await factors.check(database, KEYRING, account.id, code_at(secret, NOW), NOW)
    with pytest.raises(WrongCode):
        await factors.confirm(database, KEYRING, account.id, "000000", NOW)
    await factors.confirm(database, KEYRING, account.id, code_at(secret, NOW), NOW)
    assert await factors.has(database, account.id)


async def test_beginning_again_forgets_the_first_secret(
    database: Database, account: Account
) -> None:
    first = (await factors.begin(database, KEYRING, account)).secret
    await factors.begin(database, KEYRING, account)
    with pytest.raises(WrongCode):
        await factors.confirm(database, KEYRING, account.id, code_at(first, NOW), NOW)


async def test_one_in_place_is_not_replaced_unasked(database: Database, account: Account) -> None:
    secret, _ = await enrolled(database, account)
    with pytest.raises(SecondFactorInPlace):
        await factors.begin(database, KEYRING, account)
    with pytest.raises(SecondFactorInPlace):
        await factors.confirm(database, KEYRING, account.id, code_at(secret, NOW), NOW)


async def test_a_code_is_good_once(database: Database, account: Account) -> None:
    secret, _ = await enrolled(database, account)
    code = code_at(secret, NOW)
    await factors.check(database, KEYRING, account.id, code, NOW)
    for later in (0, STEP):
        with pytest.raises(WrongCode):
            await factors.check(database, KEYRING, account.id, code, NOW + later)


async def test_the_code_that_confirmed_does_not_sign_in(
    database: Database, account: Account
) -> None:
    secret = (await factors.begin(database, KEYRING, account)).secret
    code = code_at(secret, NOW)
    await factors.confirm(database, KEYRING, account.id, code, NOW)
    with pytest.raises(WrongCode):
        await factors.check(database, KEYRING, account.id, code, NOW)


async def test_an_older_code_is_refused_after_a_newer_one(
    database: Database, account: Account
) -> None:
    secret, _ = await enrolled(database, account)
    await factors.check(database, KEYRING, account.id, code_at(secret, NOW + STEP), NOW)
    with pytest.raises(WrongCode):
        await factors.check(database, KEYRING, account.id, code_at(secret, NOW), NOW)


@pytest.mark.parametrize(
    ("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
async def test_clocks_may_differ_by_one_step(
    database: Database, account: Account, steps: int, good: bool
) -> None:
    secret, _ = await enrolled(database, account)
    check = factors.check(database, KEYRING, account.id, code_at(secret, NOW + steps * STEP), NOW)
    if good:
        await check
    else:
        with pytest.raises(WrongCode):
            await check


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "1 2"])
async def test_what_is_no_code_is_wrong(database: Database, account: Account, code: str) -> None:
    await enrolled(database, account)
    with pytest.raises(WrongCode):
        await factors.check(database, KEYRING, account.id, code, NOW)


async def test_a_recovery_code_is_good_once_and_however_it_is_typed(
    database: Database, account: Account
) -> None:
    _, codes = await enrolled(database, account)
    assert len(set(codes)) == 8
    await factors.check(database, KEYRING, account.id, f" {codes[0].upper()} ", NOW)
    with pytest.raises(WrongCode):
        await factors.check(database, KEYRING, account.id, codes[0], NOW)
    await factors.check(database, KEYRING, account.id, codes[1], NOW)


async def test_new_recovery_codes_replace_the_old_ones(
    database: Database, account: Account
) -> None:
    _, old = await enrolled(database, account)
    new = await factors.renew_codes(database, account.id)
    with pytest.raises(WrongCode):
        await factors.check(database, KEYRING, account.id, old[0], NOW)
    await factors.check(database, KEYRING, account.id, new[0], NOW)


async def test_codes_of_one_account_do_not_open_another(
    database: Database, account: Account
) -> None:
    _, codes = await enrolled(database, account)
    other, _ = await accounts.create(database, "bob@example.org", "Bob")
    await enrolled(database, other)
    with pytest.raises(WrongCode):
        await factors.check(database, KEYRING, other.id, codes[0], NOW)


async def test_neither_secret_nor_codes_can_be_read_in_the_database(
    database: Database, account: Account
) -> None:
    secret, codes = await enrolled(database, account)
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    async with database.transaction() as session:
        (factor,) = await session.scalars(select(SecondFactor))
        rows = list(await session.scalars(select(RecoveryCode)))
    assert key not in factor.secret
    assert not {row.id for row in rows} & set(codes)


async def test_under_another_master_key_only_recovery_codes_are_good(
    database: Database, account: Account
) -> None:
    secret, codes = await enrolled(database, account)
    other = Keyring(bytes(32))
    with pytest.raises(WrongCode):
        await factors.check(database, other, account.id, code_at(secret, NOW), NOW)
    await factors.check(database, other, account.id, codes[0], NOW)


async def test_removing_it_takes_the_recovery_codes_along(
    database: Database, account: Account
) -> None:
    _, codes = await enrolled(database, account)
    await factors.remove(database, account.id)
    assert not await factors.has(database, account.id)
    await factors.begin(database, KEYRING, account)
    with pytest.raises(WrongCode):
        await factors.check(database, KEYRING, account.id, codes[0], NOW)


async def test_authenticators_can_read_the_address(database: Database, account: Account) -> None:
    enrolment = await factors.begin(database, KEYRING, account)
    parts = urlsplit(enrolment.uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Visio%3Aada%40example.org"
    assert parse_qs(parts.query) == {"secret": [enrolment.secret], "issuer": ["Visio"]}
    assert enrolment.secret not in repr(enrolment)
