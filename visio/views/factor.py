"""One's own second factor: set up, renew its recovery codes, take away."""

from typing import Annotated

import segno
from aiohttp import web
from pydantic import BaseModel, Field

from visio.auth import accounts, factors, passwords, sessions
from visio.errors import NotAllowed
from visio.store.models import Account
from visio.views.account import check_code, counted
from visio.views.author import by_account
from visio.views.described import described
from visio.views.request import Body, Line, begun, demands_factor, read
from visio.views.state import CLOCK, DATABASE, KEYRING, LIMITS


class Confirmation(Body):
    password: str = Field(max_length=passwords.LONGEST)


class Code(Body):
    code: Annotated[Line, Field(max_length=64)]


class Removal(Confirmation, Code):
    pass


class Enrolment(BaseModel):
    """`qr` is a picture, as a data URI."""

    secret: str
    qr: str


class RecoveryCodes(BaseModel):
    recovery_codes: list[str]


@described(body=Confirmation, answer=Enrolment)
async def begin(request: web.Request) -> web.Response:
    """A secret for the authenticator, as text and as a picture; for who knows the password."""
    signed_in = await begun(request)
    await _confirm(request, signed_in.account, (await read(request, Confirmation)).password)
    enrolment = await factors.begin(request.app[DATABASE], request.app[KEYRING], signed_in.account)
    picture = segno.make(enrolment.uri, error="m").svg_data_uri(scale=4, border=4, light="#fff")
    return web.json_response({"secret": enrolment.secret, "qr": picture})


@described(body=Code, answer=RecoveryCodes)
async def confirm(request: web.Request) -> web.Response:
    """With a first code the factor counts; the recovery codes are shown this once."""
    signed_in = await begun(request)
    body = await read(request, Code)
    with counted(request, request.app[LIMITS].codes, signed_in.account.id):
        codes = await factors.confirm(
            request.app[DATABASE],
            request.app[KEYRING],
            signed_in.account.id,
            "".join(body.code.split()),
            request.app[CLOCK](),
            by=by_account(request, signed_in.account.id),
        )
    await sessions.strengthen(request.app[DATABASE], signed_in)
    return web.json_response({"recovery_codes": codes})


@described(body=Code, answer=RecoveryCodes)
async def renew_codes(request: web.Request) -> web.Response:
    """New recovery codes, for a code; the old ones are good for nothing."""
    signed_in = await begun(request)
    await check_code(request, signed_in.account, (await read(request, Code)).code)
    by = by_account(request, signed_in.account.id)
    codes = await factors.renew_codes(request.app[DATABASE], signed_in.account.id, by=by)
    return web.json_response({"recovery_codes": codes})


@described(body=Removal)
async def remove(request: web.Request) -> web.Response:
    """A password alone signs in again; not for whom more is demanded of."""
    signed_in = await begun(request)
    body = await read(request, Removal)
    if demands_factor(request, signed_in.account):
        raise NotAllowed("Administrators keep their authenticator.")
    await _confirm(request, signed_in.account, body.password)
    await check_code(request, signed_in.account, body.code)
    by = by_account(request, signed_in.account.id)
    await factors.remove(request.app[DATABASE], signed_in.account.id, by=by)
    return web.Response(status=204)


async def _confirm(request: web.Request, account: Account, password: str) -> None:
    with counted(request, request.app[LIMITS].account, account.email):
        await accounts.confirm_password(account, password)
