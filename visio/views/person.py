"""One person's account, for administrators: what may be done with it, and what is stored of whom
it belongs to."""

from contextlib import suppress
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from visio import dossier
from visio.auth import factors, governing, links
from visio.auth.accounts import normalised
from visio.errors import AccountNotFound, Conflict, OwnAccount, RoomNotFound, Unprocessable
from visio.mail import Language, Purpose
from visio.scheduling import SCHEDULE
from visio.store import people, persons
from visio.store.models import Account, Room
from visio.store.persons import Person
from visio.views import people as everybody
from visio.views.author import by_account
from visio.views.described import described
from visio.views.links import mail_link
from visio.views.people import Person as PersonShown
from visio.views.request import Body, Line, administrator, read
from visio.views.state import CLOCK, DATABASE, HUB, KEYRING, REVOCATION


class Posted(Body):
    language: Language = "fr"


class Change(Body):
    """What is left out stays as it is; `entity` is the id of one, or null for none."""

    disabled: bool | None = None
    administrator: bool | None = None
    entity: Annotated[Line, Field(max_length=36)] | None = None


class Stored(BaseModel):
    """How many rows of which tables."""

    rows: dict[str, int]


class Erasure(Body):
    """Who is meant, by their address; `words` are those in transcripts."""

    email: Annotated[Line, Field(max_length=254)]
    words: bool = False


class Erased(BaseModel):
    """`proof` is the row of the audit."""

    proof: dict[str, Any]


@described(answer=PersonShown)
async def show(request: web.Request) -> web.Response:
    """One of the people."""
    await administrator(request)
    async with request.app[DATABASE].transaction() as session:
        (shown,) = await everybody.shown_of(session, [await _find(request, session)])
    return web.json_response(shown.model_dump())


@described(body=Change)
async def change(request: web.Request) -> web.Response:
    """Keep somebody out, at once and out of running meetings too, or let them in again; let them
    administrate the service, or no more; say of which entity they are."""
    await administrator(request)
    body = await read(request, Change)
    if body.administrator is not None:
        await _do(request, "promote" if body.administrator else "demote")
    if body.disabled is not None:
        await _do(request, "disable" if body.disabled else "enable")
    if "entity" in body.model_fields_set:
        for refused in await everybody.assign(request, [request.match_info["id"]], body.entity):
            raise refused.refusal
    return web.Response(status=204)


@described(body=Posted)
async def invite_again(request: web.Request) -> web.Response:
    """Another link for whoever has not used theirs."""
    return await _mail(request, "invitation")


@described(body=Posted)
async def reset(request: web.Request) -> web.Response:
    """Mail somebody a link to choose another password."""
    return await _mail(request, "reset")


@described()
async def end_sessions(request: web.Request) -> web.Response:
    """Sign somebody out of all browsers; oneself, of all others."""
    await administrator(request)
    await _do(request, "sign_out")
    return web.Response(status=204)


@described()
async def remove_factor(request: web.Request) -> web.Response:
    """Forget the authenticator of somebody who lost it, and sign them out."""
    mine = await administrator(request)
    async with request.app[DATABASE].transaction() as session:
        account = await _find(request, session)
    if account.id == mine.id:  # a stolen session must not: their own page asks for the password
        raise OwnAccount
    if not await factors.has(request.app[DATABASE], account.id):
        raise Conflict("There is no authenticator.")
    await factors.reset(request.app[DATABASE], account.id, by=by_account(request, mine.id))
    return web.Response(status=204)


@described(answer=Stored)
async def stored(request: web.Request) -> web.Response:
    """How much is stored of somebody."""
    by = by_account(request, (await administrator(request)).id)
    async with request.app[DATABASE].transaction() as session:
        rows = await dossier.counts(session, await _person(request, session), by)
    return web.json_response({"rows": rows})


@described(status=200)
async def export(request: web.Request) -> web.Response:
    """All that is stored of somebody, as a file of JSON."""
    by = by_account(request, (await administrator(request)).id)
    found = await dossier.export(
        request.app[DATABASE], lambda session: _person(request, session), request.app[KEYRING], by
    )
    disposition = f'attachment; filename="person-{request.match_info["id"]}.json"'
    return web.json_response(found, headers={"Content-Disposition": disposition})


@described(body=Erasure, answer=Erased)
async def erase(request: web.Request) -> web.Response:
    """Erase somebody for good, as `visio admin person erase` does."""
    mine = await administrator(request)
    body = await read(request, Erasure)
    rooms = await _rooms_to_close(request, mine, body)
    async with request.app[DATABASE].transaction() as session:
        person = await _erasable(request, session, mine, body)
        now, by = request.app[CLOCK](), by_account(request, mine.id)
        proof = await dossier.erase(
            session, person, now, request.app[SCHEDULE], words=body.words, by=by
        )
    request.app[SCHEDULE].send_letters()
    request.app[REVOCATION].dismiss({request.match_info["id"]})
    for room in rooms:
        with suppress(RoomNotFound):  # nobody is in it
            await request.app[HUB].delete(room.slug)
    return web.json_response({"proof": proof})


async def _rooms_to_close(request: web.Request, mine: Account, body: Erasure) -> "tuple[Room, ...]":
    async with request.app[DATABASE].transaction() as session:
        person = await _erasable(request, session, mine, body)
        return tuple(await persons.sole_rooms(session, person))


async def _erasable(
    request: web.Request, session: AsyncSession, mine: Account, body: Erasure
) -> Person:
    account = await _find(request, session)
    await governing.check_removal(session, account, mine.id)
    if normalised(body.email) != account.email:
        raise Unprocessable("This is not the address of the account.")
    return await _person(request, session)


async def _mail(request: web.Request, purpose: Purpose) -> web.Response:
    by = by_account(request, (await administrator(request)).id)
    body = await read(request, Posted)
    async with request.app[DATABASE].transaction() as session:
        account = await _find(request, session)
    invited = account.password_hash is None
    if invited != (purpose == "invitation") or not await links.mailable(
        request.app[DATABASE], account
    ):
        raise Conflict
    await mail_link(request.app, account, purpose, body.language, by)
    return web.Response(status=204)


async def _do(request: web.Request, measure: governing.Measure) -> None:
    for refused in await everybody.govern(request, measure, [request.match_info["id"]]):
        raise refused.refusal


async def _find(request: web.Request, session: AsyncSession) -> Account:
    if (account := await people.find(session, request.match_info["id"])) is None:
        raise AccountNotFound
    return account


async def _person(request: web.Request, session: AsyncSession) -> Person:
    account = await _find(request, session)
    if (person := await persons.of_account(session, account.email)) is None:
        raise AccountNotFound
    return person
