"""What requests share, under typed keys; `visio.app` fills it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from visio.auth.attempts import Attempts
from visio.config import Config
from visio.hub import HUB
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
    "SIGNING_KEYS",
    "WORKER",
    "Limits",
    "clock",
]


@dataclass(frozen=True)
class Limits:
    """What may fail how often. Lower numbers slow attackers, and people who mistype."""

    address_and_account: Attempts = field(default_factory=lambda: Attempts(5, timedelta(minutes=5)))
    address: Attempts = field(default_factory=lambda: Attempts(50, timedelta(minutes=5)))
    # An attacker with many addresses can keep the account's holder out: that is why it is high.
    account: Attempts = field(default_factory=lambda: Attempts(100, timedelta(minutes=15)))
    # Room names that led nowhere, per address.
    rooms: Attempts = field(default_factory=lambda: Attempts(100, timedelta(minutes=1)))


def clock() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


CLOCK: web.AppKey[Callable[[], int]] = web.AppKey("clock")
CONFIG = web.AppKey("config", Config)
DATABASE = web.AppKey("database", Database)
KEYRING = web.AppKey("keyring", Keyring)
LIMITS = web.AppKey("limits", Limits)
SIGNING_KEYS: web.AppKey[Mapping[str, str]] = web.AppKey("signing_keys", Mapping[str, str])
WORKER = web.AppKey("worker", Worker)
