from typing import Annotated

from aiohttp import web
from pydantic import Field

from visio.auth import accounts, passwords, sessions
from visio.errors import InvalidCredentials, NotSignedIn
from visio.store.models import Account
from visio.views.request import COOKIE, Body, Line, address, read, session
from visio.views.state import CLOCK, CONFIG, DATABASE, LIMITS


class Credentials(Body):
    email: Annotated[Line, Field(max_length=254)]
    password: str = Field(max_length=passwords.LONGEST)


class NewPassword(Body):
    current: str = Field(max_length=passwords.LONGEST)
    new: str


async def sign_in(request: web.Request) -> web.Response:
    """Open a session for whoever knows the password."""
    credentials = await read(request, Credentials)
    account = await _limited(request, credentials)
    token = await sessions.open_session(request.app[DATABASE], account.id, request.app[CLOCK]())
    response = _show(account)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sessions.LIFETIME.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.app[CONFIG].secure,
    )
    return response


async def who(request: web.Request) -> web.Response:
    """The account that is signed in."""
    if (signed_in := await session(request)) is None:
        raise NotSignedIn
    return _show(signed_in.account)


async def sign_out(request: web.Request) -> web.Response:
    """End the session; without one there is nothing to end."""
    if token := request.cookies.get(COOKIE):
        await sessions.close_session(request.app[DATABASE], token)
    response = web.Response(status=204)
    response.del_cookie(COOKIE)
    return response


async def change_password(request: web.Request) -> web.Response:
    """Replace one's own password; other browsers are signed out."""
    if (signed_in := await session(request)) is None:
        raise NotSignedIn
    body = await read(request, NewPassword)
    limit, now = request.app[LIMITS].account, request.app[CLOCK]()
    limit.check(signed_in.account.email, now)
    try:
        await accounts.change_password(
            request.app[DATABASE], signed_in.account, body.current, body.new
        )
    except InvalidCredentials:
        limit.failed(signed_in.account.email, now)
        raise
    await sessions.close_others(request.app[DATABASE], signed_in)
    return web.Response(status=204)


async def _limited(request: web.Request, credentials: Credentials) -> Account:
    """Authenticate, unless this address or this account failed too often of late."""
    limits, now = request.app[LIMITS], request.app[CLOCK]()
    where, whose = address(request), credentials.email.lower()
    both = f"{where} {whose}"
    counted = ((limits.address_and_account, both), (limits.address, where), (limits.account, whose))
    for attempts, key in counted:
        attempts.check(key, now)
        # Counted before the slow part: a hundred requests at once are a hundred attempts.
        attempts.failed(key, now)
    account = await accounts.authenticate(
        request.app[DATABASE], credentials.email, credentials.password
    )
    for attempts, key in counted:
        attempts.forgive(key, now)
    return account


def _show(account: Account) -> web.Response:
    return web.json_response(
        {
            "account": {
                "id": account.id,
                "email": account.email,
                "name": account.name,
                "administrator": account.administrator,
                "must_change_password": account.must_change_password,
            }
        }
    )
