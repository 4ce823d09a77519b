import secrets
from datetime import timedelta
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from visio import access
from visio.access import Caller, Entry, Settings
from visio.auth import guests, tokens
from visio.auth.sessions import SignedIn
from visio.config import PRODUCT_KEY
from visio.errors import MustKnock, NameRequired, NotAdmitted, RoomFull, RoomLocked
from visio.roster import MICROPHONE_PEOPLE, SHARED_MICROPHONE
from visio.store import rooms
from visio.views.described import OPEN, described
from visio.views.request import Body, Line, maybe_signed_in, read, source
from visio.views.state import CLOCK, CONFIG, DATABASE, HUB, LIMITS, SIGNING_KEYS

Sharing = Annotated[int, Field(ge=2, le=50)]
"""How many people are at one microphone."""


class Join(Body):
    """`microphone_people` are at a shared microphone, where that is known."""

    name: Annotated[Line, Field(max_length=100)] | None = None
    shared_microphone: bool = False
    microphone_people: Sharing | None = None


class Passport(BaseModel):
    """`url` is where the signalling is: empty, as it is here; `meeting` is the running one."""

    token: str
    url: str
    identity: str
    role: Literal["owner", "administrator", "member", "guest"]
    room: str
    meeting: str | None


@described(body=Join, answer=Passport, scope="calls:join", door=OPEN)
async def join(request: web.Request) -> web.Response:
    """A token for the call, to whoever the room admits; guests give a name.

    Raises MustKnock alike for a room that is unknown, deleted, or closed to me, after the same
    query; Draining to those whom the room admits.
    """
    body = await read(request, Join)
    signed_in = await maybe_signed_in(request)
    guest, caller = who(request, signed_in)
    found, said = await ask(request, caller)
    if found is None or said is Entry.WAITS:
        raise MustKnock
    if said is not Entry.ADMITTED:
        raise RoomLocked if said is Entry.LOCKED else NotAdmitted
    request.app[HUB].check_open(found.room.slug)
    if not request.app[HUB].admits(found.room.slug, "", dependent=False):
        raise RoomFull
    name = name_of(signed_in, body)
    role = access.shown_role(found.role, account=signed_in is not None)
    response = web.json_response(passport(request, role, caller, name, body))
    remember(request, response, guest)
    return response


def who(request: web.Request, signed_in: SignedIn | None) -> tuple[str, Caller]:
    """A guest's cookie, fresh where there was none ("" for accounts), and who asks."""
    if signed_in:
        return "", Caller(signed_in.account.id)
    token = request.cookies.get(guests.COOKIE) or guests.new_token()
    return token, Caller(guest=guests.digest(token))


def remember(request: web.Request, response: web.StreamResponse, guest: str) -> None:
    """Let a guest's browser be known again."""
    if guest and guest != request.cookies.get(guests.COOKIE):
        response.set_cookie(
            guests.COOKIE,
            guest,
            max_age=guests.LIFETIME,
            httponly=True,
            samesite="Lax",
            secure=request.app[CONFIG].secure,
        )


async def ask(request: web.Request, caller: Caller) -> tuple[rooms.AtDoor | None, Entry]:
    """What the door of the room of this address says; raises TooManyAttempts to who guesses."""
    guesses, now = request.app[LIMITS].rooms, request.app[CLOCK]()
    guesses.check(source(request), now)
    async with request.app[DATABASE].transaction() as session:
        slug = request.match_info["slug"]
        found = await rooms.at_door(session, slug, caller.account, caller.guest)
    said = Entry.WAITS
    if found:
        account = caller.account is not None
        settings = Settings.of(found.room)
        said = access.entry(settings, found.role, account=account, banned=found.banned)
    if said is Entry.WAITS:
        guesses.failed(source(request), now)
    return found, said


def name_of(signed_in: SignedIn | None, body: Join) -> str:
    """What somebody is called: who has an account by its name, since transcripts rely on it."""
    if not (name := signed_in.account.name if signed_in else body.name):
        raise NameRequired
    return name


def passport(
    request: web.Request, role: str, caller: Caller, name: str, body: Join
) -> dict[str, object]:
    """The token for the call, with what the client needs beside it."""
    slug = request.match_info["slug"]
    people = body.microphone_people if body.shared_microphone else None
    attributes = {
        access.ROLE: role,
        "visio.guest": "" if caller.account else "true",
        SHARED_MICROPHONE: "true" if body.shared_microphone else "",
        MICROPHONE_PEOPLE: str(people or ""),
    }
    claims = tokens.Claims(
        # One per join: a phone and a laptop of the same person are two participants.
        identity=f"p-{secrets.token_urlsafe(12)}",
        grants=tokens.Grants(room=slug, room_join=True),
        name=name,
        attributes={key: value for key, value in attributes.items() if value},
        account=caller.account,
        guest=caller.guest,
        meeting=caller.meeting,
    )
    keys = {PRODUCT_KEY: request.app[SIGNING_KEYS][PRODUCT_KEY]}
    return {
        "token": tokens.issue(keys, claims, ttl=_TTL, now=request.app[CLOCK]()),
        "url": "",
        "identity": claims.identity,
        "role": role,
        "room": slug,
        "meeting": request.app[HUB].meeting(slug),
    }


# A day's longest meeting: the token also opens the in-call API, to those present only. Less cuts
# long meetings off, more lets a token that leaked be used in a later sitting.
_TTL = timedelta(hours=12)
