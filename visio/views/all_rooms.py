"""The rooms of the whole instance, for its administrators, who thereby see nothing of what was
said in them."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from visio import hosting
from visio.access import Settings
from visio.auth.accounts import normalised
from visio.errors import AddressUnknown, RoomNotFound
from visio.lobbies import LOBBIES
from visio.store import accounts, all_rooms, audit
from visio.store.all_rooms import KEYS, Listed
from visio.store.cursors import Part
from visio.store.models import Account, Room
from visio.views import parts, sheets
from visio.views.author import author
from visio.views.described import described
from visio.views.members import role_changed
from visio.views.parts import AskedWithin
from visio.views.request import Body, Line, administrator, read
from visio.views.rooms import (
    Access,
    RoomChange,
    Spoken,
    Transcribing,
    Who,
    Writers,
    changed,
    closed,
)
from visio.views.state import CLOCK, DATABASE, HUB

logger = logging.getLogger(__name__)


class Owner(BaseModel):
    """A service has no address."""

    id: str
    name: str
    email: str


class AnyRoom(BaseModel):
    """`members` is how many have a role in it, `live` how many are inside now; `last_meeting` and
    `created_at` are milliseconds since 1970 UTC."""

    id: str
    slug: str
    title: str
    access: Access
    locked: bool
    max_participants: int
    microphone: Who
    camera: Who
    screen_share: Who
    muting: Who
    transcribing: Transcribing
    spoken: Spoken
    retention_days: int
    chat: Writers
    chat_kept: bool
    owners: list[Owner]
    members: int
    live: int
    last_meeting: int | None
    created_at: int


class AllRooms(BaseModel):
    """`total` counts those of all parts."""

    rooms: list[AnyRoom]
    total: int
    next: str | None


class NewOwner(Body):
    email: Annotated[Line, Field(max_length=254)]


@described(query=AskedWithin, answer=AllRooms)
async def listed(request: web.Request) -> web.Response:
    """Those of everybody; `sort` is title, slug, created or last_meeting."""
    await administrator(request)
    asked = parts.asked(request, AskedWithin)
    part = parts.part_of(asked, KEYS)
    async with request.app[DATABASE].transaction() as session:
        found = await all_rooms.page(session, asked.search, part, asked.entity)
        total = await all_rooms.count(session, asked.search, asked.entity)
    rows, after = parts.shown(found, part, _where)
    told = [_shown(request, one) for one in rows]
    return web.json_response({"rooms": told, "total": total, "next": after})


@described(query=AskedWithin, status=200)
async def listed_as_csv(request: web.Request) -> web.StreamResponse:
    """All of them, as a table."""
    await administrator(request)
    asked = parts.asked(request, AskedWithin)

    async def fetch(part: Part) -> Sequence[Listed]:
        async with request.app[DATABASE].transaction() as session:
            return await all_rooms.page(session, asked.search, part, asked.entity)

    async def cells() -> AsyncIterator[list[list[str]]]:
        async for rows in parts.every(fetch, asked, KEYS, _where):
            yield [_cells(request, one) for one in rows]

    parts.part_of(asked, KEYS)  # refused while that can still be said
    return await parts.stream(request, "rooms.csv", "text/csv", parts.table(_HEADING, cells()))


@described(body=RoomChange)
async def change(request: web.Request) -> web.Response:
    """Its title or settings: in force at once, also inside."""
    room = await _find(request)
    await changed(request, room, await read(request, RoomChange), await author(request))
    logger.info("room %s changed by an administrator", room.id)
    return web.Response(status=204)


@described()
async def delete(request: web.Request) -> web.Response:
    """It is closed for good; its meetings are kept as long as they would be."""
    room = await _find(request)
    await closed(request, room, await author(request))
    logger.info("room %s deleted by an administrator", room.id)
    return web.Response(status=204)


@described(body=NewOwner)
async def hand_over(request: web.Request) -> web.Response:
    """Give it another owner. Those who owned it are its administrators from now on.

    Whoever did not own it before sees only those of its meetings that begin later, as everybody
    sees those that they attended.
    """
    room, body = await _find(request), await read(request, NewOwner)
    by, email = await author(request), normalised(body.email)
    async with request.app[DATABASE].transaction() as session:
        if (owner := (await accounts.ids_of(session, [email])).get(email)) is None:
            raise AddressUnknown
        now = request.app[CLOCK]()
        former = await all_rooms.hand_over(session, room.id, owner, now)
        roles = {owner: "owner", **dict.fromkeys(former, "administrator")}
        deeds = [role_changed(room.id, account_id, role) for account_id, role in roles.items()]
        await audit.append(session, by, *deeds)
    if live := request.app[HUB].opened(room.slug):
        for account_id, role in roles.items():
            await hosting.promote(request.app[HUB], live, account_id, role)
    request.app[LOBBIES].welcome(room.slug, owner)
    logger.info("room %s handed over by an administrator", room.id)
    return web.Response(status=204)


async def _find(request: web.Request) -> Room:
    await administrator(request)
    async with request.app[DATABASE].transaction() as session:
        if (room := await all_rooms.find(session, request.match_info["id"])) is None:
            raise RoomNotFound
        return room


def _where(one: Listed) -> tuple[int | str, str]:
    return one.key, one.room.id


def _shown(request: web.Request, one: Listed) -> dict[str, object]:
    return {
        "id": one.room.id,
        "slug": one.room.slug,
        "title": one.room.title,
        **asdict(Settings.of(one.room)),
        "owners": [_owner(account) for account in one.owners],
        "members": one.members,
        "live": request.app[HUB].live(one.room.slug),
        "last_meeting": one.last_meeting,
        "created_at": one.room.created_at,
    }


def _owner(account: Account) -> dict[str, str]:
    email = account.email if account.kind == "person" else ""
    return {"id": account.id, "name": account.name, "email": email}


def _cells(request: web.Request, one: Listed) -> list[str]:
    return [
        one.room.title,
        one.room.slug,
        one.room.access,
        " ".join(_owner(account)["email"] or account.name for account in one.owners),
        str(one.members),
        str(request.app[HUB].live(one.room.slug)),
        sheets.iso(one.last_meeting),
        sheets.iso(one.room.created_at),
        str(one.room.max_participants),
        str(one.room.retention_days),
    ]


_HEADING = (
    "title",
    "slug",
    "access",
    "owners",
    "members",
    "live",
    "last_meeting",
    "created",
    "max_participants",
    "retention_days",
)
