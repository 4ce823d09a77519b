"""Passwords: Argon2id (RFC 9106), computed off the event loop."""

import asyncio
import secrets
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION

from visio.errors import WeakPassword


async def hashed(password: str) -> str:
    """Hash for the database; salt and parameters are inside."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _hasher.hash, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether it is the password. Without a hash it takes as long and says no: nobody learns
    from the time taken which accounts exist."""
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(_threads, _verify, password_hash or _NOBODY, password)
    return right and password_hash is not None


def outdated(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_strength(password: str, current: str) -> None:
    """Raise WeakPassword unless it is long enough and new."""
    if not _SHORTEST <= len(password) <= LONGEST or password == current:
        raise WeakPassword


def one_time() -> str:
    """A password to type once: 80 random bits as four groups of five characters."""
    letters = "".join(secrets.choice(_TYPEABLE) for _ in range(20))
    return "-".join(letters[at : at + 5] for at in range(0, 20, 5))


def _made_up() -> str:
    """A hash of no password: made of random bytes, it costs the start of the server nothing."""
    parts = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in _SIZES)
    parameters = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return "$".join(("", "argon2id", f"v={ARGON2_VERSION}", parameters, *parts))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


LONGEST = 200
"""Characters; keeps hashing cheap whatever is sent."""

# ANSSI's guide on authentication asks for at least 12 for ordinary secrecy.
_SHORTEST = 12
# Without what looks alike (0 o, 1 i l): 16 letters, four bits each.
_TYPEABLE = "abcdefghjkmnpqrs"
# RFC 9106's second recommendation: 64 MiB, 3 passes. More slows attackers and every sign-in.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=2)
# Not asyncio's own threads, in which names are looked up: who signs in by password waits for no DNS
# server. More take more memory at once, each its 64 MiB.
_threads = ThreadPoolExecutor(4, "passwords")
_SIZES = (_hasher.salt_len, _hasher.hash_len)
_NOBODY = _made_up()
