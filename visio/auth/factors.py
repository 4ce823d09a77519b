"""The second factor of local accounts: time-based codes (RFC 6238), and codes for its loss."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from visio.auth import passwords
from visio.errors import SecondFactorInPlace, WrongCode
from visio.store import audit, factors, sessions
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Deed
from visio.store.database import Database
from visio.store.models import Account, SecondFactor
from visio.store.sealing import Keyring, SealError


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is told: by hand, or as the picture of `uri`."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


async def begin(database: Database, keyring: Keyring, account: Account) -> Enrolment:
    """Make a secret that counts once a code of it was given; raises SecondFactorInPlace."""
    secret = secrets.token_bytes(_SECRET_LENGTH)
    sealed = keyring.seal(secret, context(account.id))
    async with database.transaction() as session:
        if await factors.confirmed(session, account.id):
            raise SecondFactorInPlace
        await factors.replace(session, SecondFactor(account_id=account.id, secret=sealed))
    return _enrolment(secret, account.email)


async def confirm(
    database: Database,
    keyring: Keyring,
    account_id: str,
    code: str,
    now: int,
    *,
    by: Author = SERVER,
) -> list[str]:
    """Let it count from now on; returns the recovery codes, which nobody can read again.

    Raises WrongCode, also when nothing was begun, or SecondFactorInPlace.
    """
    async with database.transaction() as session:
        factor = await factors.find(session, account_id)
        if factor and factor.confirmed_at is not None:
            raise SecondFactorInPlace
        step = _matching_step(keyring, factor, code, now)
        if step is None or not await factors.take_step(session, account_id, step):
            raise WrongCode
        await factors.confirm(session, account_id, now)
        codes = [passwords.one_time() for _ in range(_RECOVERY_CODES)]
        await factors.replace_codes(session, account_id, [_digest(account_id, c) for c in codes])
        await audit.append(session, by, Deed(Act.FACTOR_SET, ("account", account_id)))
    return codes


async def renew_codes(database: Database, account_id: str, *, by: Author = SERVER) -> list[str]:
    """New recovery codes instead of the old ones."""
    codes = [passwords.one_time() for _ in range(_RECOVERY_CODES)]
    async with database.transaction() as session:
        await factors.replace_codes(session, account_id, [_digest(account_id, c) for c in codes])
        await audit.append(session, by, Deed(Act.FACTOR_CODES, ("account", account_id)))
    return codes


async def has(database: Database, account_id: str) -> bool:
    """Whether the account has a second factor that counts."""
    async with database.transaction() as session:
        return await factors.confirmed(session, account_id) is not None


async def check(database: Database, keyring: Keyring, account_id: str, code: str, now: int) -> None:
    """Use up a code of the authenticator, or a recovery code; raises WrongCode."""
    code = "".join(code.split()).lower()
    async with database.transaction() as session:
        factor = await factors.confirmed(session, account_id)
        step = _matching_step(keyring, factor, code, now)
        if step is not None and await factors.take_step(session, account_id, step):
            return
        if factor is None or not await factors.take_code(session, _digest(account_id, code)):
            raise WrongCode


async def remove(database: Database, account_id: str, *, by: Author = SERVER) -> None:
    """A password alone signs in again."""
    async with database.transaction() as session:
        await factors.remove(session, account_id)
        await audit.append(session, by, Deed(Act.FACTOR_REMOVED, ("account", account_id)))


async def reset(database: Database, account_id: str, *, by: Author = SERVER) -> None:
    """As `remove`, for somebody else's lost one: their browsers are signed out too."""
    async with database.transaction() as session:
        await factors.remove(session, account_id)
        await sessions.remove_of(session, account_id)
        await audit.append(session, by, Deed(Act.FACTOR_REMOVED, ("account", account_id)))


def _enrolment(secret: bytes, email: str) -> Enrolment:
    # The key URI that authenticators read; their defaults are SHA-1, six digits, 30 seconds.
    text = base64.b32encode(secret).decode().rstrip("=")
    query = urlencode({"secret": text, "issuer": _ISSUER})
    return Enrolment(text, f"otpauth://totp/{quote(f'{_ISSUER}:{email}')}?{query}")


def _matching_step(
    keyring: Keyring, factor: SecondFactor | None, code: str, now: int
) -> int | None:
    """The time step whose code this is: now's, or a neighbour's for clocks that differ."""
    if factor is None or len(code) != _DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    try:
        secret = keyring.open(factor.secret, context(factor.account_id))
    except SealError:  # sealed under another master key: recovery codes are still good
        return None
    codes = HOTP(secret, _DIGITS, SHA1())  # noqa: S303 - what RFC 6238 and authenticators use
    step = now // _STEP
    for candidate in (step, step - 1, step + 1):
        try:
            codes.verify(code.encode(), candidate)
        except InvalidToken:
            continue
        return candidate
    return None


def context(account_id: str) -> str:
    """What its secret is sealed for."""
    return f"second_factor:{account_id}:secret"


def _digest(account_id: str, code: str) -> str:
    # 80 random bits: no slow hash is needed.
    return hashlib.sha256(f"{account_id}:{code}".encode()).hexdigest()


_ISSUER = "Visio"
# Bytes: RFC 4226 §4 recommends 160 bits.
_SECRET_LENGTH = 20
_DIGITS = 6
# Milliseconds a code is shown.
_STEP = 30_000
# More is longer to print, less is sooner used up.
_RECOVERY_CODES = 8
