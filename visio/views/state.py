"""What requests share, under typed keys; `visio.app` fills it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web
from livekit.protocol.rtc import ICEServer

from visio import clock as host
from visio.auth.attempts import Attempts
from visio.auth.provider import Provider
from visio.config import Config
from visio.errors import TooManyAttempts
from visio.hub import HUB
from visio.live import Live
from visio.mail import Mail
from visio.revocation import REVOCATION
from visio.speech import Speech
from visio.store.database import Database
from visio.store.sealing import Keyring
from visio.worker import Worker

__all__ = [
    "CLOCK",
    "CONFIG",
    "DATABASE",
    "HUB",
    "KEYRING",
    "LIMITS",
    "LINE",
    "LIVE",
    "MAIL",
    "PROVIDER",
    "RELAYS",
    "REVOCATION",
    "SIGNING_KEYS",
    "SPEECH",
    "WORKER",
    "Limits",
    "clock",
]


class Concurrency:
    """At most `limit` at once per key."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running: Counter[str] = Counter()

    @contextmanager
    def counted(self, key: str) -> Iterator[None]:
        """Count one while it runs; raises TooManyAttempts when that is one too many."""
        if self._running[key] >= self._limit:
            raise TooManyAttempts
        self._running[key] += 1
        try:
            yield
        finally:
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]


@dataclass(frozen=True)
class Limits:
    """What may fail how often. Lower numbers slow attackers, and people who mistype."""

    address_and_account: Attempts = field(default_factory=lambda: Attempts(5, timedelta(minutes=5)))
    address: Attempts = field(default_factory=lambda: Attempts(50, timedelta(minutes=5)))
    # An attacker with many addresses can keep the account's holder out: that is why it is high.
    account: Attempts = field(default_factory=lambda: Attempts(100, timedelta(minutes=15)))
    # Codes of an account whose password was right: a code is one of a million, three are good.
    codes: Attempts = field(default_factory=lambda: Attempts(10, timedelta(minutes=15)))
    # Letters that somebody asked for who is not signed in: per caller, and per mailbox.
    letters: Attempts = field(default_factory=lambda: Attempts(20, timedelta(minutes=15)))
    mailbox: Attempts = field(default_factory=lambda: Attempts(3, timedelta(minutes=15)))
    # Room names that led nowhere, per address.
    rooms: Attempts = field(default_factory=lambda: Attempts(100, timedelta(minutes=1)))
    # Invitations to meetings, per account: less keeps hosts of large ones waiting, more spams.
    invitations: Attempts = field(default_factory=lambda: Attempts(1000, timedelta(hours=1)))
    # API keys that are none, per address.
    keys: Attempts = field(default_factory=lambda: Attempts(100, timedelta(minutes=1)))
    # Asking to be let in: per browser and room, and per address.
    knocks: Attempts = field(default_factory=lambda: Attempts(10, timedelta(minutes=1)))
    knocks_from: Attempts = field(default_factory=lambda: Attempts(60, timedelta(minutes=1)))
    # Asking for a room that was not made yet, per address: an office may wait for many at once.
    callbacks: Attempts = field(default_factory=lambda: Attempts(600, timedelta(minutes=1)))
    # Tests of a connection, per address: more lets one fill all places, less an office behind one
    # address wait.
    tests: Attempts = field(default_factory=lambda: Attempts(20, timedelta(minutes=5)))
    # Searches of transcripts, per account: each looks at every meeting of theirs.
    searches: Attempts = field(default_factory=lambda: Attempts(60, timedelta(minutes=1)))
    # Minutes that somebody lets write, per account: each occupies the language model for minutes.
    minutes: Attempts = field(default_factory=lambda: Attempts(20, timedelta(hours=1)))
    # Raising and lowering one's hand, which everybody inside is told of: per stay.
    hands: Attempts = field(default_factory=lambda: Attempts(30, timedelta(minutes=1)))
    # Files on their way at once, per room: each is in memory, several times as long as it is.
    uploads: Concurrency = field(default_factory=lambda: Concurrency(4))
    # Waiting at once, per address: less turns away an office behind one, more costs sockets.
    waiting: Concurrency = field(default_factory=lambda: Concurrency(100))


def clock() -> int:
    """Milliseconds since 1970 UTC."""
    return host.now()


CLOCK: web.AppKey[Callable[[], int]] = web.AppKey("clock")
CONFIG = web.AppKey("config", Config)
DATABASE = web.AppKey("database", Database)
KEYRING = web.AppKey("keyring", Keyring)
LIMITS = web.AppKey("limits", Limits)
LINE = web.AppKey("line", str)
"""Where the worker of this host finds us."""
LIVE = web.AppKey("live", Live)
PROVIDER: web.AppKey[Provider | None] = web.AppKey("provider")
"""The identity provider, if there is one."""
MAIL = web.AppKey("mail", Mail)
RELAYS: web.AppKey[Callable[[str, int], list[ICEServer]]] = web.AppKey("relays")
"""TURN servers with credentials for minutes, for whom a name and a time are given."""
SIGNING_KEYS: web.AppKey[Mapping[str, str]] = web.AppKey("signing_keys", Mapping[str, str])
SPEECH = web.AppKey("speech", Speech)
WORKER = web.AppKey("worker", Worker)
