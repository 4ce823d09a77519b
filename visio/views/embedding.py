"""Our pages within pages of other sites, at the addresses of La Suite's SDK; and how a room that
was made in a window of ours gets to the button that opened it."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from visio.access import hosts
from visio.errors import NotAllowed
from visio.store import callbacks
from visio.views import page
from visio.views.described import described
from visio.views.middleware import EMBEDDABLE
from visio.views.request import Body, account, read, source
from visio.views.rooms import Slug, visible
from visio.views.state import CLOCK, DATABASE, LIMITS

# 128 bits at least, as our pages draw it: whoever knows it gets the room's name.
Callback = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32,64}$")]


class Made(Body):
    callback: Callback
    slug: Slug


class Waiting(Body):
    callback: Callback


class MadeRoom(BaseModel):
    slug: str


class Collected(BaseModel):
    """`room` is None as long as it is not there."""

    room: MadeRoom | None


async def framed(request: web.Request) -> web.StreamResponse:
    """The pages that others may show within theirs, a button and a meeting: `embed_origins` says
    who. No cookie of ours is sent there: in such a meeting everybody is a guest."""
    request[EMBEDDABLE] = True
    return await page.document(request)


async def popup(request: web.Request) -> web.StreamResponse:
    """The window that the button opens, where the session's cookie is sent: they talk."""
    response = await page.document(request)
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


@described(body=Made)
async def keep(request: web.Request) -> web.Response:
    """For the page that waits elsewhere: a room that I made."""
    await account(request)
    body = await read(request, Made)
    room, role = await visible(request, body.slug)
    if role is None or not hosts(role):
        raise NotAllowed
    async with request.app[DATABASE].transaction() as session:
        await callbacks.keep(session, body.callback, room.id, request.app[CLOCK]())
    return web.Response(status=204)


@described(body=Waiting, answer=Collected, door=("open",))
async def collect(request: web.Request) -> web.Response:
    """The room that was made for who waits, told once."""
    body, now, where = await read(request, Waiting), request.app[CLOCK](), source(request)
    request.app[LIMITS].callbacks.check(where, now)
    async with request.app[DATABASE].transaction() as session:
        slug = await callbacks.take(session, body.callback, now)
    if slug is None:
        request.app[LIMITS].callbacks.failed(where, now)
    return web.json_response({"room": {"slug": slug} if slug else None})
