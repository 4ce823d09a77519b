"""Letters that must not be lost: rows until the mail server has taken them.

Each is written once, with its Message-ID, and is tried until it is taken, refused for good, or too
old. A server that dies after the mail server took a letter and before its row is gone sends it once
more, under the same Message-ID.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import LetterRefused, MailUnavailable
from visio.mail import Letter, Mail
from visio.store import brandings, letters
from visio.store.database import Database
from visio.store.models import OutgoingLetter, new_id
from visio.store.sealing import Keyring, SealError

logger = logging.getLogger(__name__)


class Postbox:
    """Takes letters within a transaction, and brings them away while `run` runs."""

    def __init__(
        self, database: Database, keyring: Keyring, mail: Mail, now: Callable[[], int]
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._mail = mail
        self._now = now
        self._news = asyncio.Event()
        self._stopping = False
        self._one_at_a_time = asyncio.Lock()

    async def put(
        self, session: AsyncSession, written: Iterable[Letter], expires_at: int | None = None
    ) -> None:
        """They are on their way as soon as the transaction is committed.

        Without a mail server there is no way, and nothing is kept. `wake` makes it quicker.
        """
        if not self._mail.open:
            return
        service = await brandings.name(session)
        named = [replace(letter, service=service) for letter in written]
        # Hundreds of them would hold the event loop up.
        await letters.add(session, await asyncio.to_thread(self._rows, named, expires_at))

    def wake(self) -> None:
        """There is something to bring away."""
        self._news.set()

    async def run(self) -> None:
        """Bring away whatever comes, until `stop`."""
        while not self._stopping:
            try:
                await self.empty()
            except Exception:
                logger.exception("letters could not be brought away")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._news.wait()
            self._news.clear()

    def stop(self) -> None:
        """What is on its way arrives; the rest waits for the next start."""
        self._stopping = True
        self.wake()

    async def empty(self) -> None:
        """Try each that is due once, and wait for what is on its way already."""
        async with self._one_at_a_time:
            while not self._stopping and (letter := await self._claim()):
                await self._bring(letter)

    def _rows(self, written: Sequence[Letter], expires_at: int | None) -> list[OutgoingLetter]:
        now = self._now()
        return [self._row(letter, now, expires_at or now + _LIFE) for letter in written]

    def _row(self, letter: Letter, now: int, expires_at: int) -> OutgoingLetter:
        name = new_id()
        sealed = self._keyring.seal(self._mail.written(letter), context(name))
        return OutgoingLetter(id=name, message=sealed, next_at=now, expires_at=expires_at)

    async def _claim(self) -> OutgoingLetter | None:
        async with self._database.transaction() as session:
            return await letters.claim(session, self._now(), _PATIENCE)

    async def _bring(self, letter: OutgoingLetter) -> None:
        try:
            if letter.expires_at > self._now():
                await self._mail.deliver(self._keyring.open(letter.message, context(letter.id)))
            else:
                logger.warning("a letter was too old to be sent")
        except (LetterRefused, SealError) as error:
            logger.warning("a letter was given up: %s", type(error).__name__)
        except MailUnavailable:
            async with self._database.transaction() as session:
                wait = min(_FIRST_WAIT * 2 ** (letter.attempts - 1), _LONGEST_WAIT)
                await letters.put_back(session, letter.id, self._now() + wait)
            return
        async with self._database.transaction() as session:
            await letters.remove(session, letter.id)


def context(letter_id: str) -> str:
    """What its message is sealed for."""
    return f"outgoing_letter:{letter_id}:message"


POSTBOX = web.AppKey("postbox", Postbox)

# Milliseconds, all but _LOOK. How long a letter is tried: RFC 5321 §4.5.4.1 has four to five days;
# more tells of meetings that are over.
_LIFE = 2 * 24 * 3_600_000
# Until another server takes what this one tries: more delays what a crash left, less sends twice.
_PATIENCE = 300_000
# Before the second try, doubled for each after it: less knocks more often at a server that is away.
_FIRST_WAIT = 30_000
_LONGEST_WAIT = 1_800_000
# Seconds between looks without being woken, for what is due again.
_LOOK = 15.0
