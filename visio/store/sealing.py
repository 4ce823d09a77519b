"""What people say, unreadable at rest: AES-256-GCM under a key per meeting, itself wrapped."""

import os
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from visio.errors import VisioError


class SealError(VisioError):
    """The sealed bytes were changed, or belong to another row or key."""


class Keyring:
    """Makes and unwraps meeting keys; `master` is 32 bytes, as are `retired` ones, which only open
    what they sealed."""

    def __init__(self, master: bytes, *retired: bytes) -> None:
        self.replace(master, *retired)

    def replace(self, master: bytes, *retired: bytes) -> None:
        """Go on with these."""
        self._master, *self._retired = [_Box(key) for key in (master, *retired)]

    def new_meeting_key(self) -> tuple["MeetingKey", bytes]:
        """A fresh key and its wrapped form, which goes into `meeting.wrapped_key`."""
        key = AESGCM.generate_key(bit_length=256)
        return MeetingKey(key), self._master.seal(key, _WRAPPING)

    def unwrap(self, wrapped: bytes) -> "MeetingKey":
        """The key of a meeting; raises SealError under another master key."""
        return MeetingKey(self._open(wrapped, _WRAPPING))

    def rewrapped(self, wrapped: bytes) -> bytes | None:
        """The key of a meeting, wrapped anew where that was done under a retired key."""
        return self._anew(wrapped, _WRAPPING)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Seal what belongs to no meeting; `context` names row and column, as for a meeting's."""
        return self._master.seal(plain, f"{_SECRET}{context}")

    def open(self, sealed: bytes, context: str) -> bytes:
        """What `seal` was given; raises SealError."""
        return self._open(sealed, f"{_SECRET}{context}")

    def resealed(self, sealed: bytes, context: str) -> bytes | None:
        """The same sealed anew, where that was done under a retired key; raises SealError."""
        return self._anew(sealed, f"{_SECRET}{context}")

    def _open(self, sealed: bytes, context: str) -> bytes:
        for box in (self._master, *self._retired):
            with suppress(SealError):
                return box.open(sealed, context)
        raise SealError(SealError.__doc__)

    def _anew(self, sealed: bytes, context: str) -> bytes | None:
        with suppress(SealError):
            self._master.open(sealed, context)
            return None
        return self._master.seal(self._open(sealed, context), context)


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

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self._key = key

    def tag(self, word: str) -> int:
        """What stands for a word in the index of this meeting: 64 bits, another in every meeting.

        Who lacks the key can neither make it from a word nor find the word.
        """
        # A tenth of the time of an HMAC, of which a search makes thousands.
        digest = blake2b(word.encode(), key=self._search_key, digest_size=8)
        return int.from_bytes(digest.digest(), "big", signed=True)

    @cached_property
    def _search_key(self) -> bytes:
        # BLAKE2's own way to tell keys of one origin apart (RFC 7693 §2.5).
        return blake2b(key=self._key, person=b"visio search").digest()


class LineKey(_Box):
    """Seals what goes over one connection; `context` numbers the messages of each end."""


MISSING = "[…]"
"""What stands for a text that there is none of, or that cannot be opened any more."""
_NONCE = 12
_TAG = 16
_WRAPPING = "meeting-key"
_SECRET = "secret:"
