"""Who has a role in a room, and who is banned from it."""

from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import BaseModel, Field, model_validator

from visio import access, hosting
from visio.auth.accounts import normalised
from visio.errors import AddressUnknown, NotAllowed, NotFound, ServiceNotFound
from visio.lobbies import LOBBIES
from visio.store import accounts, audit, bans, rooms, services
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import Room
from visio.views.author import author
from visio.views.described import HOST, Paged, described
from visio.views.paging import asked_page, page_of
from visio.views.request import Body, Line, read, source
from visio.views.rooms import Role, governed
from visio.views.state import CLOCK, DATABASE, HUB, LIMITS


class NewMember(Body):
    """A person by their address, or a service by its id."""

    email: Annotated[Line, Field(max_length=254)] | None = None
    service: Annotated[str, Field(max_length=36)] | None = None
    role: Role = "member"

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.email is None) == (self.service is None):
            raise ValueError("give email or service")
        return self


class RoleChange(Body):
    role: Role


class Member(BaseModel):
    """A service has no address."""

    id: str
    name: str
    email: str
    kind: Literal["person", "service"]
    role: Role


class Members(Paged):
    members: list[Member]


class Ban(BaseModel):
    """`since` is milliseconds since 1970 UTC."""

    id: str
    name: str
    kind: Literal["account", "guest"]
    since: int


class Bans(Paged):
    bans: list[Ban]


@described(answer=Members, scope="members:read", door=HOST, paged=True)
async def listed(request: web.Request) -> web.Response:
    """Everybody with a role, to those who may change them; the newest first."""
    (room, _), page = await governed(request), asked_page(request)
    async with request.app[DATABASE].transaction() as session:
        found = await rooms.members(session, room.id, page)
    shown, after = page_of(found, page, lambda one: (one[1].created_at, one[0].id))
    return web.json_response(
        {
            "members": [
                {
                    "id": account.id,
                    "name": account.name,
                    "email": account.email if account.kind == "person" else "",
                    "kind": account.kind,
                    "role": member.role,
                }
                for account, member in shown
            ],
            "next": after,
        }
    )


@described(body=NewMember, scope="members:write", door=HOST)
async def add(request: web.Request) -> web.Response:
    """Give an account a role, by its e-mail address or the id of a service."""
    room, mine = await governed(request)
    body = await read(request, NewMember)
    guesses, now = request.app[LIMITS].rooms, request.app[CLOCK]()
    guesses.check(source(request), now)
    async with request.app[DATABASE].transaction() as session:
        account = await (
            services.find(session, body.service)
            if body.service is not None
            else accounts.by_email(session, normalised(body.email or ""))
        )
    if account is None:
        guesses.failed(source(request), now)
        raise ServiceNotFound if body.service is not None else AddressUnknown
    await _give(request, room, mine, account.id, body.role)
    return web.Response(status=204)


@described(body=RoleChange, scope="members:write", door=HOST)
async def change(request: web.Request) -> web.Response:
    """Give a member another role."""
    room, mine = await governed(request)
    body = await read(request, RoleChange)
    async with request.app[DATABASE].transaction() as session:
        if await rooms.role_of(session, room.id, request.match_info["account"]) is None:
            raise NotFound
    await _give(request, room, mine, request.match_info["account"], body.role)
    return web.Response(status=204)


@described(scope="members:write", door=HOST)
async def remove(request: web.Request) -> web.Response:
    """Take a member's role away."""
    room, mine = await governed(request)
    await _give(request, room, mine, request.match_info["account"], None)
    return web.Response(status=204)


@described(answer=Bans, scope="members:read", door=HOST, paged=True)
async def banned(request: web.Request) -> web.Response:
    """Who may not enter any more, the newest first."""
    (room, _), page = await governed(request), asked_page(request)
    async with request.app[DATABASE].transaction() as session:
        found = await bans.of_room(session, room.id, page)
    shown, after = page_of(found, page, lambda ban: (ban.created_at, ban.id))
    return web.json_response(
        {
            "bans": [
                {
                    "id": ban.id,
                    "name": ban.name,
                    "kind": "account" if ban.account_id else "guest",
                    "since": ban.created_at,
                }
                for ban in shown
            ],
            "next": after,
        }
    )


@described(scope="members:write", door=HOST)
async def forgive(request: web.Request) -> web.Response:
    """Let somebody ask again."""
    (room, _), by = await governed(request), await author(request)
    async with request.app[DATABASE].transaction() as session:
        if ban := await bans.lift(session, room.id, request.match_info["ban"]):
            whom = ("account", ban.account_id) if ban.account_id else ("browser", ban.guest or "")
            await audit.append(session, by, Deed(Act.FORGIVEN, whom, room.id))
    return web.Response(status=204)


async def _give(
    request: web.Request, room: Room, mine: str, account_id: str, role: Role | None
) -> None:
    by = await author(request)
    async with request.app[DATABASE].transaction() as session:
        before = await rooms.role_of(session, room.id, account_id)
        if not access.may_give(mine, before, role):
            raise NotAllowed
        if role is None:
            await rooms.remove_member(session, room.id, account_id)
        else:
            await rooms.set_member(session, room.id, account_id, role)
        if before != role:
            await audit.append(session, by, role_changed(room.id, account_id, role))
    if live := request.app[HUB].opened(room.slug):
        await hosting.promote(request.app[HUB], live, account_id, role)
    if role is not None:
        request.app[LOBBIES].welcome(room.slug, account_id)


def role_changed(room_id: str, account_id: str, role: str | None) -> Deed:
    """An account has another role in a room, or none any more."""
    if role is None:
        return Deed(Act.ROLE_TAKEN, ("account", account_id), room_id)
    return Deed(Act.ROLE_GIVEN, ("account", account_id), room_id, detail={"role": role})
