"""Requests that may be sent again without being done again (Idempotency-Key)."""

import hashlib
from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import BadRequest, IdempotencyKeyReused
from visio.store import answers
from visio.store.answers import AnsweredMeanwhile
from visio.store.models import KeptAnswer
from visio.views.state import CLOCK, DATABASE


async def once(
    request: web.Request,
    account_id: str,
    act: Callable[[AsyncSession], Awaitable[web.Response]],
) -> web.Response:
    """Act in one transaction; with an `Idempotency-Key` that the account has used already, answer
    what was answered then.

    The answer is kept in the same transaction as what it is about: neither is without the other.
    Raises IdempotencyKeyReused when another request had the key.
    """
    if (key := request.headers.get("Idempotency-Key")) is None:
        async with request.app[DATABASE].transaction() as session:
            return await act(session)
    if not 0 < len(key) <= _LONGEST:
        raise BadRequest(f"An Idempotency-Key has 1 to {_LONGEST} characters.")
    key, asked = _digest(key.encode()), await _fingerprint(request)
    while True:
        async with request.app[DATABASE].transaction() as session:
            kept = await answers.find(session, account_id, key)
        if kept:
            return _again(kept, asked)
        try:
            async with request.app[DATABASE].transaction() as session:
                response = await act(session)
                now = request.app[CLOCK]()
                kept = KeptAnswer(
                    account_id=account_id,
                    key=key,
                    request=asked,
                    status=response.status,
                    body=response.body if isinstance(response.body, bytes) else b"",
                    created_at=now,
                )
                await answers.keep(session, kept, now - _KEPT)
            return response
        except AnsweredMeanwhile:
            continue


def _again(kept: KeptAnswer, asked: str) -> web.Response:
    if kept.request != asked:
        raise IdempotencyKeyReused
    return web.json_response(status=kept.status, text=kept.body.decode())


async def _fingerprint(request: web.Request) -> str:
    return _digest(f"{request.method} {request.path}\n".encode() + await request.read())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# Characters.
_LONGEST = 255
# Milliseconds: a day. More keeps more rows, less fails who tries again the next morning.
_KEPT = 86_400_000
