import argon2
import pytest
from argon2.exceptions import VerifyMismatchError

from visio.auth import passwords
from visio.errors import WeakPassword


async def test_a_hash_is_argon2id_salted_and_matches_its_password_only() -> None:
    first, second = await passwords.hashed("correct horse"), await passwords.hashed("correct horse")
    assert first.startswith("$argon2id$")
    assert first != second
    assert await passwords.matches(first, "correct horse")
    assert not await passwords.matches(first, "correct horse ")


@pytest.mark.parametrize("password", ["", "anything"])
async def test_nobody_has_no_password(password: str) -> None:
    assert not await passwords.matches(None, password)


def test_who_is_not_there_is_computed_as_anybody_else() -> None:
    assert not passwords.outdated(passwords._NOBODY)
    with pytest.raises(VerifyMismatchError):
        argon2.PasswordHasher().verify(passwords._NOBODY, "anything")


async def test_what_is_not_a_hash_matches_nothing() -> None:
    assert not await passwords.matches("", "")
    assert not await passwords.matches("plain", "plain")


async def test_weaker_parameters_are_outdated() -> None:
    assert not passwords.outdated(await passwords.hashed("x"))
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$WmFqcVgmYcoG7PUdQ1Ttz1xTZ7BYBHBAo4jdyEUIUPA"
    assert passwords.outdated(weak)


@pytest.mark.parametrize("new", ["", "elevenchars", "x" * 201, "the old password"])
def test_short_endless_and_unchanged_passwords_are_refused(new: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.check_strength(new, "the old password")


def test_twelve_characters_do() -> None:
    passwords.check_strength("twelve chars", "the old password")


def test_one_time_passwords_differ_and_are_long_enough() -> None:
    made = {passwords.one_time() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        passwords.check_strength(password, "")
