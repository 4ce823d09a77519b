from typing import Annotated, Literal

from aiohttp import web
from pydantic import StringConstraints

from visio.errors import NotAllowed, RoomNotFound, SlugTaken
from visio.store import rooms, slugs
from visio.store.models import Room
from visio.views.request import Body, Line, account, address, maybe_signed_in, read
from visio.views.state import CLOCK, DATABASE, HUB, LIMITS

Access = Literal["public", "trusted", "restricted"]
Title = Annotated[Line, StringConstraints(min_length=1, max_length=200)]
Slug = Annotated[str, StringConstraints(pattern=slugs.PATTERN, max_length=slugs.LONGEST)]


class NewRoom(Body):
    title: Title
    access: Access = "restricted"
    slug: Slug | None = None


class RoomChange(Body):
    title: Title | None = None
    access: Access | None = None


async def listed(request: web.Request) -> web.Response:
    """The rooms I have a role in."""
    mine = await account(request)
    async with request.app[DATABASE].transaction() as session:
        found = await rooms.of_account(session, mine.id)
    return web.json_response({"rooms": [_summary(request, room, role) for room, role in found]})


async def create(request: web.Request) -> web.Response:
    """A room of my own."""
    mine = await account(request)
    body = await read(request, NewRoom)
    room = await _add(request, body, mine.id)
    return web.json_response(_summary(request, room, "owner"), status=201)


async def show(request: web.Request) -> web.Response:
    """A room, to those who may enter it."""
    room, role = await visible(request)
    on = request.app[HUB].transcription(room.slug)
    return web.json_response(
        {**_summary(request, room, role), "transcription": "on" if on else "off"}
    )


async def change(request: web.Request) -> web.Response:
    """Its title or access, by an owner or administrator."""
    room, role = await visible(request)
    if role not in ("owner", "administrator"):
        raise NotAllowed
    body = await read(request, RoomChange)
    values = body.model_dump(exclude_none=True)
    async with request.app[DATABASE].transaction() as session:
        room = await rooms.change(session, room.id, values)
    if body.title:
        request.app[HUB].rename(room.slug, body.title)
    return web.json_response(_summary(request, room, role))


async def delete(request: web.Request) -> web.Response:
    """By its owner; what was said there stays with those who attended."""
    room, role = await visible(request)
    if role != "owner":
        raise NotAllowed
    async with request.app[DATABASE].transaction() as session:
        await rooms.delete(session, room.id, request.app[CLOCK]())
    return web.Response(status=204)


async def visible(request: web.Request) -> tuple[Room, str | None]:
    """The room of this address and my role in it.

    Raises RoomNotFound alike for one that is unknown, deleted, or closed to me, after the same
    query; TooManyAttempts for whoever keeps guessing.
    """
    signed_in = await maybe_signed_in(request)
    mine = signed_in.account.id if signed_in else None
    if (found := await find(request, mine)) is None:
        raise RoomNotFound
    return found


async def find(request: web.Request, account_id: str | None) -> tuple[Room, str | None] | None:
    """As `visible`, with None for what the account may not enter."""
    guesses, now = request.app[LIMITS].rooms, request.app[CLOCK]()
    guesses.check(address(request), now)
    async with request.app[DATABASE].transaction() as session:
        found = await rooms.with_role(session, request.match_info["slug"], account_id)
    if found and admits(found[0], found[1], signed_in=account_id is not None):
        return found
    guesses.failed(address(request), now)
    return None


def admits(room: Room, role: str | None, *, signed_in: bool) -> bool:
    """Whether the room's access lets them in."""
    return role is not None or room.access == "public" or (room.access == "trusted" and signed_in)


async def _add(request: web.Request, body: NewRoom, owner_id: str) -> Room:
    while True:
        room = Room(
            slug=body.slug or slugs.random_slug(),
            title=body.title,
            access=body.access,
            owner_id=owner_id,
        )
        try:
            async with request.app[DATABASE].transaction() as session:
                return await rooms.add(session, room)
        except SlugTaken:
            if body.slug:
                raise


def _summary(request: web.Request, room: Room, role: str | None) -> dict[str, object]:
    return {
        "slug": room.slug,
        "title": room.title,
        "access": room.access,
        "role": role,
        "live": request.app[HUB].live(room.slug),
    }
