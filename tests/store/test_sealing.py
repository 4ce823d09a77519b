import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visio.store.sealing import Keyring, SealError

MASTER = os.urandom(32)


@given(st.binary(max_size=500), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_what_is_sealed_opens_in_its_context(plain: bytes, context: str) -> None:
    key, _ = Keyring(MASTER).new_meeting_key()
    assert key.open(key.seal(plain, context), context) == plain


def test_a_key_comes_back_from_its_wrapped_form() -> None:
    key, wrapped = Keyring(MASTER).new_meeting_key()
    assert Keyring(MASTER).unwrap(wrapped).open(key.seal(b"words", "a"), "a") == b"words"


def test_sealed_bytes_hide_the_words_and_never_repeat() -> None:
    key, wrapped = Keyring(MASTER).new_meeting_key()
    first, second = key.seal(b"planted sentence", "a"), key.seal(b"planted sentence", "a")
    assert b"planted" not in first + second + wrapped
    assert first != second


def test_another_row_meeting_or_master_does_not_open() -> None:
    key, wrapped = Keyring(MASTER).new_meeting_key()
    other, _ = Keyring(MASTER).new_meeting_key()
    sealed = key.seal(b"words", "utterance:1:text")
    with pytest.raises(SealError):
        key.open(sealed, "utterance:2:text")
    with pytest.raises(SealError):
        other.open(sealed, "utterance:1:text")
    with pytest.raises(SealError):
        Keyring(os.urandom(32)).unwrap(wrapped)


@given(st.data())
def test_one_changed_bit_does_not_open(data: st.DataObject) -> None:
    key, _ = Keyring(MASTER).new_meeting_key()
    sealed = bytearray(key.seal(b"words", "a"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealError):
        key.open(bytes(sealed), "a")


@pytest.mark.parametrize("length", [0, 1, 12, 27])
def test_what_is_too_short_does_not_open(length: int) -> None:
    key, _ = Keyring(MASTER).new_meeting_key()
    with pytest.raises(SealError):
        key.open(bytes(length), "a")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_is_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(bytes(length))
