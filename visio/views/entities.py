"""The entities that share the instance, for its administrators."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from visio.auth import entities as membership
from visio.auth.oidc import LONGEST_IDENTIFIER
from visio.store import entities
from visio.store.cursors import Part
from visio.store.entities import KEYS, Listed
from visio.views import parts, sheets
from visio.views.author import author
from visio.views.described import described
from visio.views.parts import Asked
from visio.views.request import Body, Line, administrator, read
from visio.views.state import DATABASE

Name = Annotated[Line, StringConstraints(min_length=1, max_length=200)]
Identifier = Annotated[Line, StringConstraints(max_length=LONGEST_IDENTIFIER)]


class NewEntity(Body):
    """`identifier` is what the identity provider's claim calls it; empty if it does not."""

    name: Name
    identifier: Identifier = ""


class EntityChange(Body):
    """What is said is changed; an empty `identifier` takes it away."""

    name: Name | None = None
    identifier: Identifier | None = None


class Entity(BaseModel):
    """`people` is how many are of it, `rooms` how many these own; `created_at` is milliseconds
    since 1970 UTC."""

    id: str
    name: str
    identifier: str
    people: int
    rooms: int
    created_at: int


class Entities(BaseModel):
    """`total` counts those of all parts."""

    entities: list[Entity]
    total: int
    next: str | None


@described(query=Asked, answer=Entities)
async def listed(request: web.Request) -> web.Response:
    """All entities; `sort` is name, identifier, people or created."""
    await administrator(request)
    asked = parts.asked(request, Asked)
    part = parts.part_of(asked, KEYS)
    async with request.app[DATABASE].transaction() as session:
        found = await entities.page(session, asked.search, part)
        total = await entities.count(session, asked.search)
    rows, after = parts.shown(found, part, _where)
    told = [_shown(one).model_dump() for one in rows]
    return web.json_response({"entities": told, "total": total, "next": after})


@described(query=Asked, status=200)
async def listed_as_csv(request: web.Request) -> web.StreamResponse:
    """All of them, as a table."""
    await administrator(request)
    asked = parts.asked(request, Asked)

    async def fetch(part: Part) -> Sequence[Listed]:
        async with request.app[DATABASE].transaction() as session:
            return await entities.page(session, asked.search, part)

    async def cells() -> AsyncIterator[list[list[str]]]:
        async for rows in parts.every(fetch, asked, KEYS, _where):
            yield [_cells(one) for one in rows]

    parts.part_of(asked, KEYS)  # refused while that can still be said
    return await parts.stream(request, "entities.csv", "text/csv", parts.table(_HEADING, cells()))


@described(body=NewEntity, answer=Entity, status=201)
async def add(request: web.Request) -> web.Response:
    """A new one, of nobody yet; names that differ in case and accents only are the same."""
    await administrator(request)
    body, by = await read(request, NewEntity), await author(request)
    made = await membership.create(request.app[DATABASE], body.name, body.identifier, by=by)
    return web.json_response(_shown(Listed(made, "", 0, 0)).model_dump(), status=201)


@described(body=EntityChange)
async def change(request: web.Request) -> web.Response:
    """Call it something else, or say how the identity provider calls it."""
    await administrator(request)
    body, by = await read(request, EntityChange), await author(request)
    entity_id, database = request.match_info["id"], request.app[DATABASE]
    await membership.change(database, entity_id, body.name, body.identifier, by=by)
    return web.Response(status=204)


@described()
async def delete(request: web.Request) -> web.Response:
    """Its people stay, with their rooms, and are of no entity."""
    await administrator(request)
    by = await author(request)
    await membership.delete(request.app[DATABASE], request.match_info["id"], by=by)
    return web.Response(status=204)


def _where(one: Listed) -> tuple[int | str, str]:
    return one.key, one.entity.id


def _shown(one: Listed) -> Entity:
    return Entity(
        id=one.entity.id,
        name=one.entity.name,
        identifier=one.entity.identifier or "",
        people=one.people,
        rooms=one.rooms,
        created_at=one.entity.created_at,
    )


def _cells(one: Listed) -> list[str]:
    return [
        one.entity.name,
        one.entity.identifier or "",
        str(one.people),
        str(one.rooms),
        sheets.iso(one.entity.created_at),
    ]


_HEADING = ("name", "identifier", "people", "rooms", "created")
