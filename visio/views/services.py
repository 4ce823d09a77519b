"""Services and their API keys, for administrators.

Both are made by hand, one at a time: their lists are read whole, and cut here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints, model_validator

from visio.auth import accounts, keys
from visio.auth.keys import LONGEST_LIFE, Scope
from visio.errors import KeyNotFound, ServiceNotFound, Unprocessable
from visio.store import keys as key_rows
from visio.store import services
from visio.store.models import Account, ApiKey
from visio.views.author import author
from visio.views.described import described
from visio.views.listing import Asked, Columns, as_csv, asked_for, page
from visio.views.request import Body, Line, administrator, read
from visio.views.state import CLOCK, DATABASE, REVOCATION

Name = Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class NewService(Body):
    name: Name


class ServiceChange(Body):
    """What is said is changed."""

    name: Name | None = None
    disabled: bool | None = None


class NewKey(Body):
    """Good for so many `days`, or until `expires_at` (milliseconds since 1970 UTC)."""

    service: Annotated[str, Field(max_length=36)]
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=LONGEST_LIFE.days)] = 90
    expires_at: Annotated[int, Field(ge=0, le=2**53)] | None = None
    domains: Annotated[tuple[Line, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if {"days", "expires_at"} <= self.model_fields_set:
            raise ValueError("days or expires_at, not both")
        return self

    def lifetime(self, now: int) -> timedelta:
        """Raises Unprocessable."""
        if self.expires_at is None:
            return timedelta(days=self.days)
        lifetime = timedelta(milliseconds=self.expires_at - now)
        if not timedelta() < lifetime <= LONGEST_LIFE:
            raise Unprocessable(f"expires_at is at most {LONGEST_LIFE.days} days from now.")
        return lifetime


class KeyChange(Body):
    name: Name


class Service(BaseModel):
    """`keys` are those of it that are good."""

    id: str
    name: str
    disabled: bool
    created_at: int
    keys: int


class Services(BaseModel):
    """`total` counts those of all pages."""

    services: list[Service]
    total: int


State = Literal["good", "service_disabled", "expired", "revoked"]


class Key(BaseModel):
    """Times are milliseconds since 1970 UTC; `state` is as it is now."""

    id: str
    service: str
    service_name: str
    name: str
    scopes: list[Scope]
    domains: list[str]
    state: State
    created_at: int
    expires_at: int
    revoked_at: int | None
    last_used_at: int | None


class Keys(BaseModel):
    """`total` counts those of all pages."""

    keys: list[Key]
    total: int


class MadeKey(Key):
    """`key` is shown this once."""

    key: str


@described(query=Asked, answer=Services)
async def listed(request: web.Request) -> web.Response:
    """All services, at first by name."""
    await administrator(request)
    found = page(await _services(request), asked_for(request, _SERVICES), _SERVICES)
    shown = [one.model_dump() for one in found.rows]
    return web.json_response({"services": shown, "total": found.total})


@described(query=Asked, status=200)
async def listed_as_csv(request: web.Request) -> web.Response:
    """All services, as a table."""
    await administrator(request)
    asked = asked_for(request, _SERVICES)
    return as_csv(await _services(request), asked, _SERVICES, ("created_at",), "services")


@described(body=NewService, answer=Service, status=201)
async def add(request: web.Request) -> web.Response:
    """A new service: a program or a room system that nobody signs in as."""
    await administrator(request)
    body = await read(request, NewService)
    by = await author(request)
    service = await keys.add_service(request.app[DATABASE], body.name, by=by)
    return web.json_response(_service(service, 0).model_dump(), status=201)


@described(body=ServiceChange)
async def change(request: web.Request) -> web.Response:
    """Name it anew; keep it out, at once and out of running meetings too, or let it in again."""
    await administrator(request)
    body = await read(request, ServiceChange)
    service, by = await _find(request, request.match_info["id"]), await author(request)
    database = request.app[DATABASE]
    if body.name is not None:
        await keys.rename_service(database, service.id, body.name, by=by)
    if body.disabled:
        await accounts.disable(database, service.id, request.app[CLOCK](), by=by)
        request.app[REVOCATION].dismiss({service.id})
    elif body.disabled is False:
        await accounts.enable(database, service.id, by=by)
    return web.Response(status=204)


@described(query=Asked, answer=Keys)
async def listed_keys(request: web.Request) -> web.Response:
    """All API keys, at first by name, without their texts, which nobody has."""
    await administrator(request)
    found = page(await _keys(request), asked_for(request, _KEYS), _KEYS)
    return web.json_response(
        {"keys": [one.model_dump() for one in found.rows], "total": found.total}
    )


@described(query=Asked, status=200)
async def listed_keys_as_csv(request: web.Request) -> web.Response:
    """All API keys, as a table."""
    await administrator(request)
    times = ("created_at", "expires_at", "last_used_at")
    return as_csv(await _keys(request), asked_for(request, _KEYS), _KEYS, times, "keys")


@described(body=NewKey, answer=MadeKey, status=201)
async def add_key(request: web.Request) -> web.Response:
    """A key for a service; its text is in this answer and nowhere else."""
    await administrator(request)
    body, now = await read(request, NewKey), request.app[CLOCK]()
    service = await _find(request, body.service)
    key, text = await keys.make(
        request.app[DATABASE],
        service,
        body.name,
        body.scopes,
        now,
        lifetime=body.lifetime(now),
        domains=body.domains,
        by=await author(request),
    )
    shown = _key(key, service, now).model_dump()
    return web.json_response({**shown, "key": text}, status=201)


@described(body=KeyChange)
async def rename_key(request: web.Request) -> web.Response:
    """Call a key something else; what it opens stays."""
    await administrator(request)
    body, by = await read(request, KeyChange), await author(request)
    key_id = request.match_info["id"]
    if not await keys.rename(request.app[DATABASE], key_id, body.name, by=by):
        raise KeyNotFound
    return web.Response(status=204)


@described()
async def revoke(request: web.Request) -> web.Response:
    """A key is good for nothing from now on."""
    await administrator(request)
    key_id, now, by = request.match_info["id"], request.app[CLOCK](), await author(request)
    if not await keys.revoke(request.app[DATABASE], key_id, now, by=by):
        raise KeyNotFound
    return web.Response(status=204)


async def _find(request: web.Request, service_id: str) -> Account:
    async with request.app[DATABASE].transaction() as session:
        if (service := await services.find(session, service_id)) is None:
            raise ServiceNotFound
        return service


async def _services(request: web.Request) -> Sequence[Service]:
    now = request.app[CLOCK]()
    async with request.app[DATABASE].transaction() as session:
        found = await services.listed(session)
        theirs = await key_rows.listed(session)
    good = Counter(whose.id for key, whose in theirs if _state(key, whose, now) == "good")
    return [_service(one, good[one.id]) for one in found]


async def _keys(request: web.Request) -> Sequence[Key]:
    now = request.app[CLOCK]()
    async with request.app[DATABASE].transaction() as session:
        return [_key(key, service, now) for key, service in await key_rows.listed(session)]


def _service(service: Account, good: int) -> Service:
    return Service(
        id=service.id,
        name=service.name,
        disabled=service.disabled_at is not None,
        created_at=service.created_at,
        keys=good,
    )


def _key(key: ApiKey, service: Account, now: int) -> Key:
    scopes: list[Any] = key.scopes.split()
    return Key(
        id=key.id,
        service=service.id,
        service_name=service.name,
        name=key.name,
        scopes=scopes,
        domains=key.domains.split(),
        state=_state(key, service, now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


def _state(key: ApiKey, service: Account, now: int) -> State:
    """What stands most in its way."""
    if key.revoked_at is not None:
        return "revoked"
    if now >= key.expires_at:
        return "expired"
    return "good" if service.disabled_at is None else "service_disabled"


_SERVICES: Columns[Service] = {
    "name": lambda one: one.name,
    "keys": lambda one: one.keys,
    "disabled": lambda one: one.disabled,
    "created_at": lambda one: one.created_at,
    "id": lambda one: one.id,
}
_KEYS: Columns[Key] = {
    "name": lambda one: one.name,
    "service": lambda one: one.service_name,
    "scopes": lambda one: " ".join(one.scopes),
    "domains": lambda one: " ".join(one.domains),
    "state": lambda one: one.state,
    "last_used_at": lambda one: one.last_used_at or 0,
    "expires_at": lambda one: one.expires_at,
    "created_at": lambda one: one.created_at,
    "id": lambda one: one.id,
}
