from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from visio.auth import accounts, factors, passwords, sessions
from visio.auth.attempts import Attempts
from visio.errors import CodeRequired, InvalidCredentials, Refusal, WrongCode
from visio.store import accounts as rows
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import Account
from visio.views import oidc
from visio.views.author import by_account, by_nobody, note
from visio.views.described import described
from visio.views.request import (
    COOKIE,
    Body,
    Line,
    begun,
    demands_factor,
    lacks_factor,
    read,
    session,
    set_cookie,
    source,
)
from visio.views.state import CLOCK, DATABASE, KEYRING, LIMITS


class Credentials(Body):
    email: Annotated[Line, Field(max_length=254)]
    password: str = Field(max_length=passwords.LONGEST)
    code: Annotated[Line, Field(max_length=64)] | None = None


class NewPassword(Body):
    current: str = Field(max_length=passwords.LONGEST)
    new: str


class Me(BaseModel):
    id: str
    email: str
    name: str
    administrator: bool
    must_change_password: bool
    has_password: bool
    second_factor: Literal["required", "on", "off"]


class Session(BaseModel):
    account: Me


@described(body=Credentials, answer=Session, door=("open",))
async def sign_in(request: web.Request) -> web.Response:
    """Open a session for whoever knows the password and, where there is one, the code."""
    credentials = await read(request, Credentials)
    account = await _limited(request, credentials)
    factor = await factors.has(request.app[DATABASE], account.id)
    if factor:
        if credentials.code is None:
            raise CodeRequired
        await _check_first_code(request, account, credentials.code)
    token = await sessions.open_session(
        request.app[DATABASE],
        account.id,
        request.app[CLOCK](),
        strong=factor,
        by=by_account(request, account.id),
    )
    must = not factor and demands_factor(request, account)
    response = web.json_response(_shown(account, factor=factor, must=must))
    set_cookie(request, response, token)
    return response


@described(answer=Session)
async def who(request: web.Request) -> web.Response:
    """The account that is signed in."""
    signed_in = await begun(request)
    factor = await factors.has(request.app[DATABASE], signed_in.account.id)
    must = lacks_factor(request, signed_in)
    return web.json_response(_shown(signed_in.account, factor=factor, must=must))


async def sign_out(request: web.Request) -> web.Response:
    """End the session; without one there is nothing to end.

    Whom an identity provider signed in is told where to `redirect` to, to sign out there too.
    """
    signed_in = await session(request)
    if signed_in and (token := request.cookies.get(COOKIE)):
        by = by_account(request, signed_in.account.id)
        await sessions.close_session(request.app[DATABASE], token, by=by)
    redirect = await oidc.end_session(request, signed_in) if signed_in else None
    response = web.json_response({"redirect": redirect}) if redirect else web.Response(status=204)
    response.del_cookie(COOKIE)
    return response


@described()
async def sign_others_out(request: web.Request) -> web.Response:
    """End one's own sessions in all other browsers."""
    signed_in = await begun(request)
    by = by_account(request, signed_in.account.id)
    await sessions.close_others(request.app[DATABASE], signed_in, by=by)
    return web.Response(status=204)


@described(body=NewPassword)
async def change_password(request: web.Request) -> web.Response:
    """Replace one's own password; other browsers are signed out."""
    signed_in = await begun(request)
    body = await read(request, NewPassword)
    with counted(request, request.app[LIMITS].account, signed_in.account.email):
        await accounts.change_password(
            request.app[DATABASE],
            signed_in.account,
            body.current,
            body.new,
            here=signed_in.id,
            by=by_account(request, signed_in.account.id),
        )
    return web.Response(status=204)


async def check_code(request: web.Request, account: Account, code: str) -> None:
    """Use a code of the second factor up; raises WrongCode, or TooManyAttempts after some."""
    with counted(request, request.app[LIMITS].codes, account.id):
        await factors.check(
            request.app[DATABASE], request.app[KEYRING], account.id, code, request.app[CLOCK]()
        )


@contextmanager
def counted(request: web.Request, limit: Attempts, key: str) -> Iterator[None]:
    """Count an attempt before it is made, as a hundred at once are a hundred; forgive success and
    what fails for another reason than a wrong secret."""
    now = request.app[CLOCK]()
    limit.check(key, now)
    limit.failed(key, now)
    try:
        yield
    except (InvalidCredentials, WrongCode):
        raise
    except BaseException:
        limit.forgive(key, now)
        raise
    limit.forgive(key, now)


async def _limited(request: web.Request, credentials: Credentials) -> Account:
    """Authenticate, unless this address or this account failed too often of late."""
    limits, now = request.app[LIMITS], request.app[CLOCK]()
    where, whose = source(request), credentials.email.lower()
    both = f"{where} {whose}"
    counted = ((limits.address_and_account, both), (limits.address, where), (limits.account, whose))
    for attempts, key in counted:
        attempts.check(key, now)
        # Counted before the slow part: a hundred requests at once are a hundred attempts.
        attempts.failed(key, now)
    try:
        account = await accounts.authenticate(
            request.app[DATABASE], credentials.email, credentials.password
        )
    except InvalidCredentials as refusal:
        async with request.app[DATABASE].transaction() as session:
            whom = await rows.by_email(session, whose)
        await _note_refused(request, refusal, whom)
        raise
    for attempts, key in counted:
        attempts.forgive(key, now)
    return account


async def _check_first_code(request: web.Request, account: Account, code: str) -> None:
    try:
        await check_code(request, account, code)
    except WrongCode as refusal:
        await _note_refused(request, refusal, account)
        raise


async def _note_refused(request: web.Request, refusal: Refusal, whom: Account | None) -> None:
    """A sign-in was tried with what is wrong. Of an unknown address nothing is kept."""
    whose = ("account", whom.id) if whom else None
    entry = Deed(Act.SIGNED_IN, whose, refused=refusal.code)
    await note(request, by_nobody(request), entry)


def _shown(account: Account, *, factor: bool, must: bool) -> dict[str, object]:
    return {
        "account": {
            "id": account.id,
            "email": account.email,
            "name": account.name,
            "administrator": account.administrator,
            "must_change_password": account.must_change_password,
            "has_password": account.password_hash is not None,
            "second_factor": "required" if must else "on" if factor else "off",
        }
    }
