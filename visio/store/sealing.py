"""What people say, unreadable at rest: AES-256-GCM under a key per meeting, itself wrapped."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from visio.errors import VisioError


class SealError(VisioError):
    """The sealed bytes were changed, or belong to another row or key."""


class Keyring:
    """Makes and unwraps meeting keys; `master` is 32 bytes."""

    def __init__(self, master: bytes) -> None:
        self._master = _Box(master)

    def new_meeting_key(self) -> tuple["MeetingKey", bytes]:
        """A fresh key and its wrapped form, which goes into `meeting.wrapped_key`."""
        key = AESGCM.generate_key(bit_length=256)
        return MeetingKey(key), self._master.seal(key, _WRAPPING)

    def unwrap(self, wrapped: bytes) -> "MeetingKey":
        """The key of a meeting; raises SealError under another master key."""
        return MeetingKey(self._master.open(wrapped, _WRAPPING))


class _Box:
    """Nonce ‖ ciphertext ‖ tag; random nonces do for 2³² messages a key (SP 800-38D §8.3)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("an AES-256 key is 32 bytes")
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, context: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        if len(sealed) < _NONCE + _TAG:
            raise SealError("too short to be sealed")
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
        except InvalidTag:
            raise SealError(SealError.__doc__) from None


class MeetingKey(_Box):
    """Seals what belongs to one meeting.

    `context` names the row and the column, for example "utterance:<id>:text": sealed bytes moved
    to another row do not open there.
    """


_NONCE = 12
_TAG = 16
_WRAPPING = "meeting-key"
