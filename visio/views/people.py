"""The accounts of people, for administrators: all of them, new ones, and several at once."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from visio.auth import accounts, governing
from visio.auth import entities as membership
from visio.errors import MailUnavailable
from visio.mail import Language
from visio.store import entities, factors, people, subjects
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.cursors import Part
from visio.store.models import Account
from visio.views import parts, sheets
from visio.views.author import by_account, note
from visio.views.described import Paged, described
from visio.views.links import mail_link
from visio.views.paging import LARGEST
from visio.views.request import Body, Line, administrator, begun, read
from visio.views.state import CLOCK, CONFIG, DATABASE, MAIL, REVOCATION


class Invitee(Body):
    email: Annotated[Line, Field(max_length=254)]
    name: Annotated[Line, Field(max_length=100)] = ""
    administrator: bool = False
    language: Language = "fr"


class Asked(parts.AskedWithin):
    """`search` is beginnings of words of names and addresses, however accented: all are found."""

    sort: people.Sort = "created_at"
    order: Literal["ascending", "descending"] = "descending"
    limit: Annotated[int, Field(ge=1, le=LARGEST)] = 100


class EntityNamed(BaseModel):
    id: str
    name: str


class Person(BaseModel):
    """`invited`: has not chosen a password yet; `provided`: an identity provider signs them in;
    `seen_at`: null for who never signed in. Times are milliseconds since 1970 UTC."""

    id: str
    email: str
    name: str
    administrator: bool
    disabled: bool
    invited: bool
    provided: bool
    second_factor: bool
    created_at: int
    seen_at: int | None
    entity: EntityNamed | None


class People(Paged):
    accounts: list[Person]


class Changes(Body):
    """What is done with which accounts; `entity` is the id of the one that they are assigned to, or
    null for none."""

    measure: Literal["disable", "enable", "sign_out", "assign"]
    entity: Annotated[Line, Field(max_length=36)] | None = None
    accounts: Annotated[
        list[Annotated[str, Field(max_length=36)]], Field(min_length=1, max_length=1000)
    ]


class NotChanged(BaseModel):
    """`code` says why, as that of a problem does."""

    id: str
    email: str
    code: str


class Changed(BaseModel):
    """Those with whom it could not be done; with the others it is."""

    refused: list[NotChanged]


@described(query=Asked, answer=People)
async def listed(request: web.Request) -> web.Response:
    """All people, the newest first, or as they are to be put in order."""
    await administrator(request)
    asked = parts.asked(request, Asked)
    part = parts.part_of(asked, people.KEYS)
    async with request.app[DATABASE].transaction() as session:
        found = await people.listed(session, asked.search, part, asked.entity)
        rows, after = parts.shown(found, part, _where(asked))
        shown = await shown_of(session, rows)
    return web.json_response({"accounts": [one.model_dump() for one in shown], "next": after})


@described(query=Asked, status=200)
async def listed_as_csv(request: web.Request) -> web.StreamResponse:
    """All of them, or those who are found, as a table."""
    mine = await administrator(request)
    asked = parts.asked(request, Asked)
    parts.part_of(asked, people.KEYS)  # refused while that can still be said
    by, detail = by_account(request, mine.id), {"searched": bool(asked.search or asked.entity)}
    await note(request, by, Deed(Act.PEOPLE_EXPORTED, detail=detail))
    table = parts.table(list(Person.model_fields), _cells(request, asked))
    return await parts.stream(request, "people.csv", "text/csv", table)


@described(body=Invitee, answer=Person, status=201)
async def invite(request: web.Request) -> web.Response:
    """A new account, whose holder gets a link to choose a password."""
    by = by_account(request, (await administrator(request)).id)
    body = await read(request, Invitee)
    if not request.app[MAIL].open:
        raise MailUnavailable
    account = await accounts.invite(
        request.app[DATABASE], body.email, body.name, administrator=body.administrator, by=by
    )
    await mail_link(request.app, account, "invitation", body.language, by)
    return web.json_response(_shown(account, (), (), {}).model_dump(), status=201)


@described(body=Changes, answer=Changed)
async def change_all(request: web.Request) -> web.Response:
    """Do something with several accounts; of whom it could not be done, it is said why."""
    await administrator(request)
    body = await read(request, Changes)
    if body.measure == "assign":
        refused = await assign(request, body.accounts, body.entity)
    else:
        refused = await govern(request, body.measure, body.accounts)
    return web.json_response(
        {
            "refused": [
                {"id": one.id, "email": one.email, "code": one.refusal.code} for one in refused
            ]
        }
    )


async def govern(
    request: web.Request, measure: governing.Measure, account_ids: Sequence[str]
) -> Sequence[governing.Refused]:
    """Do it in the name of the administrator who asks; returns those with whom it was not done."""
    mine = await begun(request)
    refused = await governing.govern(
        request.app[DATABASE],
        measure,
        account_ids,
        request.app[CLOCK](),
        mine=mine,
        by=by_account(request, mine.account.id),
    )
    if measure == "disable":
        request.app[REVOCATION].dismiss({*account_ids} - {one.id for one in refused})
    return refused


async def assign(
    request: web.Request, account_ids: Sequence[str], entity_id: str | None
) -> Sequence[governing.Refused]:
    """They are of that entity from now on, or of none; returns those with whom it was not done."""
    mine = await administrator(request)
    return await membership.assign(
        request.app[DATABASE],
        account_ids,
        entity_id,
        claimed=bool(request.app[CONFIG].oidc_entity_claim),
        by=by_account(request, mine.id),
    )


async def shown_of(session: AsyncSession, some: Sequence[Account]) -> list[Person]:
    """What administrators see of them."""
    ids = [one.id for one in some]
    protected = await factors.confirmed_among(session, ids)
    provided = await subjects.known_among(session, ids)
    names = await entities.names_of(session, [one.entity_id for one in some])
    return [_shown(one, protected, provided, names) for one in some]


async def _cells(request: web.Request, asked: Asked) -> AsyncIterator[list[list[str]]]:
    database = request.app[DATABASE]

    async def fetch(part: Part) -> Sequence[Account]:
        async with database.transaction() as session:
            return await people.listed(session, asked.search, part, asked.entity)

    async for some in parts.every(fetch, asked, people.KEYS, _where(asked)):
        async with database.transaction() as session:
            shown = await shown_of(session, some)
        yield [[_cell(name, value) for name, value in one] for one in shown]


def _cell(name: str, value: object) -> str:
    if name.endswith("_at") and isinstance(value, int):
        return sheets.iso(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, EntityNamed):
        return value.name
    return str("" if value is None else value)


def _shown(
    account: Account,
    protected: Collection[str],
    provided: Collection[str],
    names: Mapping[str, str],
) -> Person:
    entity_id = account.entity_id or ""
    return Person(
        id=account.id,
        email=account.email,
        name=account.name,
        administrator=account.administrator,
        disabled=account.disabled_at is not None,
        invited=account.password_hash is None and account.id not in provided,
        provided=account.id in provided,
        second_factor=account.id in protected,
        created_at=account.created_at,
        seen_at=account.seen_at or None,
        entity=EntityNamed(id=entity_id, name=names[entity_id]) if entity_id in names else None,
    )


def _where(asked: Asked) -> parts.Where[Account]:
    return lambda account: people.place(account, asked.sort)
