"""Links that are mailed: to whoever forgot a password, and back with the new one.

Their tokens come in bodies only: the page that opens has it behind the # of its address.
"""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from visio.auth import links
from visio.errors import MailUnavailable, TooManyAttempts
from visio.mail import Language, Purpose, link_letter
from visio.store import accounts, brandings
from visio.store.audit import Author
from visio.store.models import Account
from visio.views.author import by_nobody, kept_address
from visio.views.described import described
from visio.views.request import Body, Line, read, source
from visio.views.state import CLOCK, CONFIG, DATABASE, LIMITS, MAIL

Token = Annotated[str, Field(min_length=1, max_length=200)]


class Forgotten(Body):
    email: Annotated[Line, Field(max_length=254)]
    language: Language


class Opened(Body):
    token: Token


class Chosen(Body):
    token: Token
    password: str


class Taken(BaseModel):
    """Whether anybody has that address is not told."""


class LinkShown(BaseModel):
    purpose: Purpose
    email: str
    name: str


@described(body=Forgotten, answer=Taken, status=202, door=("open",))
async def ask(request: web.Request) -> web.Response:
    """Mail a link to the holder of an address; the answer is the same when there is none."""
    body = await read(request, Forgotten)
    if not request.app[MAIL].open:
        raise MailUnavailable
    limit, where, now = request.app[LIMITS].letters, source(request), request.app[CLOCK]()
    limit.check(where, now)
    limit.failed(where, now)
    request.app[MAIL].later(_reset(request, body.email.lower(), body.language))
    return web.json_response({}, status=202)


@described(body=Opened, answer=LinkShown, door=("open",))
async def show(request: web.Request) -> web.Response:
    """What a link is for."""
    token = (await read(request, Opened)).token
    link, account = await links.find(request.app[DATABASE], token, request.app[CLOCK]())
    return web.json_response(
        {"purpose": link.purpose, "email": account.email, "name": account.name}
    )


@described(body=Chosen, door=("open",))
async def use(request: web.Request) -> web.Response:
    """Set the password; signing in comes after, with the second factor where there is one."""
    body = await read(request, Chosen)
    await links.use(
        request.app[DATABASE],
        body.token,
        body.password,
        request.app[CLOCK](),
        address=kept_address(request),
    )
    return web.Response(status=204)


async def mail_link(
    app: web.Application, account: Account, purpose: Purpose, language: Language, by: Author
) -> None:
    """Make a link and mail it; raises MailUnavailable."""
    token = await links.make(app[DATABASE], account.id, purpose, app[CLOCK](), by=by)
    link = f"{app[CONFIG].url}/password#{token}"
    async with app[DATABASE].transaction() as session:
        service = await brandings.name(session)
    letter = link_letter(
        purpose, language, to=account.email, name=account.name, link=link, service=service
    )
    await app[MAIL].send(letter)


async def _reset(request: web.Request, email: str, language: Language) -> None:
    app, by = request.app, by_nobody(request)
    limit, now = app[LIMITS].mailbox, app[CLOCK]()
    async with app[DATABASE].transaction() as session:
        account = await accounts.by_email(session, email)
    if account is None or not await links.mailable(app[DATABASE], account):
        return
    try:
        limit.check(email, now)
    except TooManyAttempts:
        return  # the mailbox has letters enough
    limit.failed(email, now)
    await mail_link(app, account, "reset", language, by)
