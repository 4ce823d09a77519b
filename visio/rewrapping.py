"""Seals anew, under the master key of today, what was sealed under one of those before."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from visio import postbox
from visio.auth import factors, sessions
from visio.store.database import Database
from visio.store.models import Meeting, Model, OutgoingLetter, SecondFactor, SignIn
from visio.store.sealing import Keyring, SealError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sealed:
    """A column of bytes under the master key; `anew` seals them again for the row or the account
    that `owner` names, and is None where they are as they should be."""

    model: type[Model]
    id: InstrumentedAttribute[str]
    owner: InstrumentedAttribute[str]
    sealed: InstrumentedAttribute[Any]
    anew: Callable[[Keyring, str, bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many were sealed anew, and how many open under none of the keys."""

    done: int = 0
    lost: int = 0


async def rewrap(database: Database, keyring: Keyring) -> Mapping[str, Rewrapped]:
    """By table; a few rows each transaction: what stops in the middle goes on the next time."""
    found = [await _column(database, keyring, column) for column in _COLUMNS]
    return {column.model.__tablename__: one for column, one in zip(_COLUMNS, found, strict=True)}


async def _column(database: Database, keyring: Keyring, column: Sealed) -> Rewrapped:
    done, lost, last = 0, 0, ""
    while True:
        rows = await _some(database, column, last)
        changes, closed = _changes(keyring, column, rows)
        done += await _write(database, column, changes)
        lost += closed
        if len(rows) < _AT_ONCE:
            return Rewrapped(done, lost)
        last = rows[-1][0]


async def _some(database: Database, column: Sealed, last: str) -> list[tuple[str, str, bytes]]:
    query = select(column.id, column.owner, column.sealed)
    query = query.where(column.id > last, column.sealed.is_not(None))
    async with database.transaction() as session:
        rows = await session.execute(query.order_by(column.id).limit(_AT_ONCE))
        return [(name, owner, sealed) for name, owner, sealed in rows]


def _changes(
    keyring: Keyring, column: Sealed, rows: list[tuple[str, str, bytes]]
) -> tuple[list[tuple[str, bytes, bytes]], int]:
    changes, lost = [], 0
    for name, owner, sealed in rows:
        try:
            if new := column.anew(keyring, owner, sealed):
                changes.append((name, sealed, new))
        except SealError:
            logger.warning("%s %s opens under none of the keys", column.model.__tablename__, name)
            lost += 1
    return changes, lost


async def _write(
    database: Database, column: Sealed, changes: list[tuple[str, bytes, bytes]]
) -> int:
    """Nothing is written over what changed meanwhile: that was sealed under the key of today."""
    done = 0
    async with database.transaction() as session:
        for name, old, new in changes:
            query = update(column.model).where(column.id == name, column.sealed == old)
            changed = query.values({column.sealed: new}).returning(column.id)
            done += len((await session.scalars(changed)).all())
    return done


def _seal(context: Callable[[str], str]) -> Callable[[Keyring, str, bytes], bytes | None]:
    return lambda keyring, owner, sealed: keyring.resealed(sealed, context(owner))


def _wrap(keyring: Keyring, _owner: str, wrapped: bytes) -> bytes | None:
    return keyring.rewrapped(wrapped)


_COLUMNS = (
    Sealed(Meeting, Meeting.id, Meeting.id, Meeting.wrapped_key, _wrap),
    Sealed(
        SecondFactor,
        SecondFactor.account_id,
        SecondFactor.account_id,
        SecondFactor.secret,
        _seal(factors.context),
    ),
    Sealed(
        OutgoingLetter,
        OutgoingLetter.id,
        OutgoingLetter.id,
        OutgoingLetter.message,
        _seal(postbox.context),
    ),
    Sealed(SignIn, SignIn.id, SignIn.account_id, SignIn.id_token, _seal(sessions.id_token_context)),
)
# Rows read and written at once: more holds up whoever else writes, less makes more transactions.
_AT_ONCE = 200
