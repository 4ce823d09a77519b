from contextlib import suppress
from dataclasses import asdict
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy.ext.asyncio import AsyncSession

from visio import access
from visio.access import Settings
from visio.config import LONGEST
from visio.errors import NotAllowed, RoomNotFound, SlugTaken
from visio.lobbies import LOBBIES
from visio.scheduling import SCHEDULE
from visio.store import audit, rooms, slugs
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.models import Account, Room
from visio.views import policy
from visio.views.author import author
from visio.views.described import HOST, OPEN, Paged, described
from visio.views.paging import asked_page, page_of
from visio.views.repeating import once
from visio.views.request import (
    Body,
    Line,
    account,
    bearer,
    hosting_call,
    maybe_signed_in,
    read,
    source,
)
from visio.views.state import CLOCK, DATABASE, HUB, LIMITS

Access = Literal["public", "trusted", "restricted"]
Role = Literal["owner", "administrator", "member"]
Who = Literal["everyone", "hosts"]
Writers = Literal["everyone", "hosts", "nobody"]
Transcribing = Literal["hosts", "nobody"]
Spoken = Literal["detected", "de", "en", "es", "fr", "it", "nl", "pt"]
Title = Annotated[Line, StringConstraints(min_length=1, max_length=200)]
Slug = Annotated[str, StringConstraints(pattern=slugs.PATTERN, max_length=slugs.LONGEST)]


class NewRoom(Body):
    title: Title
    access: Access = "restricted"
    slug: Slug | None = None


class RoomChange(Body):
    title: Title | None = None
    access: Access | None = None
    locked: bool | None = None
    max_participants: Annotated[int, Field(ge=0, le=10_000)] | None = None
    microphone: Who | None = None
    camera: Who | None = None
    screen_share: Who | None = None
    muting: Who | None = None
    transcribing: Transcribing | None = None
    spoken: Spoken | None = None
    retention_days: Annotated[int, Field(ge=0, le=LONGEST)] | None = None
    chat: Writers | None = None
    chat_kept: bool | None = None


class RoomSummary(BaseModel):
    """Its settings beside `access` are shown to its hosts only; `live` are those inside now."""

    slug: str
    title: str
    access: Access
    role: Role | None
    live: int
    locked: bool | SkipJsonSchema[None] = None
    max_participants: int | SkipJsonSchema[None] = None
    microphone: Who | SkipJsonSchema[None] = None
    camera: Who | SkipJsonSchema[None] = None
    screen_share: Who | SkipJsonSchema[None] = None
    muting: Who | SkipJsonSchema[None] = None
    transcribing: Transcribing | SkipJsonSchema[None] = None
    spoken: Spoken | SkipJsonSchema[None] = None
    retention_days: int | SkipJsonSchema[None] = None
    chat: Writers | SkipJsonSchema[None] = None
    chat_kept: bool | SkipJsonSchema[None] = None


class RoomShown(RoomSummary):
    transcription: Literal["on", "off"]


class Rooms(Paged):
    rooms: list[RoomSummary]


@described(answer=Rooms, scope="rooms:read", paged=True)
async def listed(request: web.Request) -> web.Response:
    """The rooms I have a role in, those first where I got it last."""
    mine, page = await account(request), asked_page(request)
    async with request.app[DATABASE].transaction() as session:
        found = await rooms.of_account(session, mine.id, page)
    shown, after = page_of(found, page, lambda one: (one[1].created_at, one[0].id))
    told = [_summary(request, room, member.role) for room, member in shown]
    return web.json_response({"rooms": told, "next": after})


@described(body=NewRoom, answer=RoomSummary, status=201, scope="rooms:write", repeatable=True)
async def create(request: web.Request) -> web.Response:
    """A room of my own."""
    mine = await account(request)
    body = await read(request, NewRoom)
    by = await author(request)

    async def make(session: AsyncSession) -> web.Response:
        room = await made(session, body, mine, by)
        return web.json_response(_summary(request, room, "owner"), status=201)

    return await once(request, mine.id, make)


@described(answer=RoomShown, scope="rooms:read", door=OPEN)
async def show(request: web.Request) -> web.Response:
    """A room, to those who may enter it."""
    room, role = await visible(request)
    on = request.app[HUB].transcription(room.slug)
    return web.json_response(
        {**_summary(request, room, role), "transcription": "on" if on else "off"}
    )


@described(body=RoomChange, answer=RoomSummary, scope="rooms:write", door=HOST)
async def change(request: web.Request) -> web.Response:
    """Its title or settings, by an owner or administrator: in force at once, also inside."""
    room, role = await governed(request)
    body = await read(request, RoomChange)
    room = await changed(request, room, body, await author(request))
    return web.json_response(_summary(request, room, role))


@described(scope="rooms:write")
async def delete(request: web.Request) -> web.Response:
    """By its owner; what was said there stays with those who attended."""
    room, role = await visible(request)
    if role != "owner":
        raise NotAllowed
    await closed(request, room, await author(request))
    return web.Response(status=204)


async def changed(request: web.Request, room: Room, body: RoomChange, by: Author) -> Room:
    """The room with what is new of it, in force at once; raises AccessRuledOut, MostRuledOut."""
    values = body.model_dump(exclude_none=True)
    async with request.app[DATABASE].transaction() as session:
        await policy.check_change(session, room, body.access, body.max_participants)
        room = await rooms.change(session, room.id, values)
        # The title is somebody's words.
        detail = {name: value for name, value in values.items() if name != "title"}
        detail["fields"] = sorted(values)
        done = Deed(Act.ROOM_CHANGED, ("room", room.id), room.id, detail=detail)
        await audit.append(session, by, done)
    await request.app[HUB].configure(room.slug)
    request.app[LOBBIES].reconsider(room.slug, Settings.of(room))
    return room


async def closed(request: web.Request, room: Room, by: Author) -> None:
    """Delete a room, with what was planned in it, and end its meeting."""
    async with request.app[DATABASE].transaction() as session:
        await rooms.remove(session, room.id, request.app[CLOCK]())
        deleted = Deed(Act.ROOM_DELETED, ("room", room.id), room.id)
        await audit.append(session, by, deleted)
    await request.app[SCHEDULE].cancel_all(room.id, by=by)
    with suppress(RoomNotFound):  # nobody is in it
        await request.app[HUB].delete(room.slug)


async def governed(request: web.Request) -> tuple[Room, str]:
    """The room of this address and the role by which I decide for it; raises NotAllowed.

    By the cookie, or from inside by the token of the call: a session ends while people talk.
    """
    if bearer(request):
        caller = hosting_call(request)
        async with request.app[DATABASE].transaction() as session:
            room, role = await rooms.by_slug(session, caller.slug), caller.role
        if room is None:
            raise RoomNotFound
    else:
        room, role = await visible(request)
    if role is None or not access.hosts(role):
        raise NotAllowed
    return room, role


async def visible(request: web.Request, slug: str | None = None) -> tuple[Room, str | None]:
    """The room of that name, or else of this address, and my role in it.

    Raises RoomNotFound alike for one that is unknown, deleted, or closed to me, after the same
    query; TooManyAttempts for whoever keeps guessing.
    """
    signed_in = await maybe_signed_in(request)
    mine = signed_in.account.id if signed_in else None
    guesses, now = request.app[LIMITS].rooms, request.app[CLOCK]()
    guesses.check(source(request), now)
    async with request.app[DATABASE].transaction() as session:
        found = await rooms.with_role(session, slug or request.match_info["slug"], mine)
    known = mine is not None
    if found and access.entitled(Settings.of(found[0]), found[1], account=known):
        return found
    guesses.failed(source(request), now)
    raise RoomNotFound


async def made(session: AsyncSession, body: NewRoom, owner: Account, by: Author) -> Room:
    """A new room, noted as made by somebody.

    Raises SlugTaken for a name that was chosen, CreationRuledOut and AccessRuledOut.
    """
    await policy.check_new(session, owner, body.access)
    while True:
        room = Room(
            slug=body.slug or slugs.random_slug(),
            title=body.title,
            access=body.access,
            owner_id=owner.id,
        )
        try:
            added = await rooms.add(session, room)
        except SlugTaken:
            if body.slug:
                raise
            continue
        detail = {"access": added.access}
        created = Deed(Act.ROOM_CREATED, ("room", added.id), added.id, detail=detail)
        await audit.append(session, by, created)
        return added


def _summary(request: web.Request, room: Room, role: str | None) -> dict[str, object]:
    return {
        "slug": room.slug,
        "title": room.title,
        "access": room.access,
        "role": role,
        "live": request.app[HUB].live(room.slug),
        **(asdict(Settings.of(room)) if access.hosts(role) else {}),
    }
