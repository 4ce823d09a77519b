"""What the instance allows its rooms, and the refusals of what it does not."""

import logging
from dataclasses import asdict
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import AccessRuledOut, CreationRuledOut, MostRuledOut
from visio.store import audit, policies
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import Account, Room
from visio.store.policies import Allowed
from visio.views.author import by_account
from visio.views.described import described
from visio.views.request import Body, administrator, read
from visio.views.state import DATABASE, HUB

logger = logging.getLogger(__name__)

Level = Literal["restricted", "trusted", "public"]


class Choice(Body):
    """`access` are the levels that may be chosen, `max_participants` 0 is no limit."""

    access: Annotated[frozenset[Level], Field(min_length=1, strict=False)]
    creators: Literal["everybody", "administrators"]
    max_participants: Annotated[int, Field(ge=0, le=10_000)]


@described(body=Choice)
async def change(request: web.Request) -> web.Response:
    """In force at once, the limit also in running meetings: who is inside stays."""
    by = by_account(request, (await administrator(request)).id)
    body = await read(request, Choice)
    levels = tuple(level for level in Allowed().access if level in body.access)
    async with request.app[DATABASE].transaction() as session:
        allowed = Allowed(levels, body.creators, body.max_participants)
        await policies.choose(session, allowed)
        await audit.append(session, by, Deed(Act.POLICY_CHANGED, detail=asdict(allowed)))
    for live in request.app[HUB].all_open():
        await request.app[HUB].configure(live.room.name)
    logger.info("the policy of the instance changed")
    return web.Response(status=204)


async def check_new(session: AsyncSession, owner: Account, access: str) -> None:
    """Raises CreationRuledOut, AccessRuledOut.

    A service makes rooms by a key that an administrator made for it: it makes them for them.
    """
    allowed = await policies.current(session)
    by_administrators = owner.administrator or owner.kind == "service"
    if allowed.creators == "administrators" and not by_administrators:
        raise CreationRuledOut
    if access not in allowed.access:
        raise AccessRuledOut


async def check_change(
    session: AsyncSession, room: Room, access: str | None, most: int | None
) -> None:
    """What a room has already it keeps; raises AccessRuledOut, MostRuledOut."""
    allowed = await policies.current(session)
    if access not in (None, room.access, *allowed.access):
        raise AccessRuledOut
    if most is not None and most != room.max_participants and 0 < allowed.max_participants < most:
        raise MostRuledOut


def shown(allowed: Allowed) -> dict[str, object]:
    """What everybody is told, so that nobody is offered what is refused."""
    return asdict(allowed)
