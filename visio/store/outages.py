"""Errors that are no fault of ours or of who asks: the database is away, or a disk is full."""

import errno
import sqlite3

import asyncpg
from sqlalchemy import exc

from visio.errors import DatabaseAway, StorageFull, Unavailable


def refusal(error: Exception) -> Unavailable | None:
    """What is answered instead; None where the error is a bug."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if _is_full(cause):
        return StorageFull(retry_after=_SPACE)
    if isinstance(error, exc.TimeoutError) or _is_away(cause):
        return DatabaseAway(retry_after=_SOON)
    return None


def _is_full(cause: BaseException | None) -> bool:
    if isinstance(cause, OSError):
        return cause.errno in (errno.ENOSPC, errno.EDQUOT)
    return _sqlite(cause) == sqlite3.SQLITE_FULL or _postgresql(cause) == _DISK_FULL


def _is_away(cause: BaseException | None) -> bool:
    if isinstance(cause, OSError):
        # A socket that is not there has no name; a file that is missing would be a bug. And what
        # aiohttp says when who asked is gone is of kinds of its own.
        missing = isinstance(cause, FileNotFoundError) and cause.filename is None
        return missing or type(cause) in _CONNECTION
    lost = isinstance(cause, asyncpg.InterfaceError)
    return lost or _sqlite(cause) in _SQLITE or _postgresql(cause).startswith(_POSTGRESQL)


def _sqlite(cause: BaseException | None) -> int:
    """SQLite's primary result code; -1 for what is none of its errors."""
    extended = getattr(cause, "sqlite_errorcode", None)
    return -1 if extended is None else extended & 0xFF


def _postgresql(cause: BaseException | None) -> str:
    return getattr(cause, "sqlstate", None) or ""


_CONNECTION = (ConnectionRefusedError, ConnectionResetError, TimeoutError)
_SQLITE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
)
# Connection lost, out of resources, shutting down or starting, and a standby that only reads.
_POSTGRESQL = ("08", "53", "57P", "25006")
_DISK_FULL = "53100"
# Seconds after which a client asks again: less hammers a database that is starting.
_SOON, _SPACE = 2, 30
