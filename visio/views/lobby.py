"""The lobby: the socket of those who wait, and what hosts inside answer them."""

import asyncio
from dataclasses import replace
from typing import Annotated, Literal

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, Field, ValidationError

from visio import access, hosting
from visio.access import Caller, Entry, Settings
from visio.auth.origin import is_ours
from visio.auth.sessions import SignedIn
from visio.errors import BadRequest, ForeignOrigin, NameRequired
from visio.lobbies import LOBBIES, Waiting
from visio.lobby import Inform, State
from visio.store import audit, bans, rooms
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.views.author import author, note
from visio.views.described import CALL, OPEN, described
from visio.views.joining import Join, ask, name_of, passport, remember, who
from visio.views.request import (
    Body,
    InCall,
    Line,
    hosting_call,
    maybe_signed_in,
    read,
    source,
)
from visio.views.state import CLOCK, CONFIG, DATABASE, HUB, LIMITS


class Answer(Body):
    """`knocks` None stands for all who wait."""

    knocks: Annotated[list[str], Field(max_length=1000)] | None = None
    ban: bool = False


class Message(Body):
    text: Annotated[Line, Field(max_length=300)]


class ShownKnock(BaseModel):
    """`since` is milliseconds since 1970 UTC."""

    id: str
    name: str
    kind: Literal["account", "guest"]
    since: int


class Shown(BaseModel):
    """Who waits; the higher `version` is the newer one."""

    version: int
    message: str
    waiting: list[ShownKnock]


@described(scope="calls:join", door=OPEN, status=101)
async def wait(request: web.Request) -> web.WebSocketResponse:
    """Ask to be let in, and be told how it goes; the first frame says who.

    Alike for rooms that are unknown, deleted or closed to me: in those nobody ever comes.
    """
    websocket = web.WebSocketResponse(
        heartbeat=_HEARTBEAT, max_msg_size=_LARGEST_FRAME, compress=False
    )
    if not websocket.can_prepare(request).ok:
        raise BadRequest("This is a WebSocket.")
    # Browsers send cookies with sockets from any page (CSWSH).
    origin = request.headers.get("Origin")
    if origin is not None and not is_ours(origin, request.host, request.app[CONFIG].url):
        raise ForeignOrigin
    signed_in = await maybe_signed_in(request)
    guest, caller = who(request, signed_in)
    _count(request, caller)
    found, said = await ask(request, caller)
    remember(request, websocket, guest)
    with request.app[LIMITS].waiting.counted(source(request)):
        await websocket.prepare(request)
        if body := await _introduction(websocket, signed_in):
            await _Visit(request, websocket, signed_in, caller, body).go(found, said)
    await websocket.close()
    return websocket


@described(answer=Shown, door=CALL)
async def waiting(request: web.Request) -> web.Response:
    """Who waits, to a host inside."""
    caller = hosting_call(request)
    return web.json_response(request.app[LOBBIES].shown(caller.slug))


@described(body=Answer, door=CALL)
async def admit(request: web.Request) -> web.Response:
    """Let some in, or all."""
    caller = hosting_call(request)
    answer = await read(request, Answer)
    await _note(request, caller, Act.ADMITTED, answer)
    request.app[LOBBIES].admit(caller.slug, answer.knocks)
    return web.Response(status=204)


@described(body=Answer, door=CALL)
async def deny(request: web.Request) -> web.Response:
    """Send some away, or all; for good with `ban`."""
    caller = hosting_call(request)
    answer = await read(request, Answer)
    lobbies = request.app[LOBBIES]
    await _note(request, caller, Act.DENIED, answer)
    if answer.ban:  # before they are told, and may ask again
        for knock in lobbies.named(caller.slug, answer.knocks):
            await ban(request, caller.slug, knock.caller, knock.name)
    lobbies.deny(caller.slug, answer.knocks)
    return web.Response(status=204)


@described(body=Message, door=CALL)
async def say(request: web.Request) -> web.Response:
    """Tell those who wait; an empty text takes back what was said."""
    caller = hosting_call(request)
    message = await read(request, Message)
    request.app[LOBBIES].say(caller.slug, message.text)
    return web.Response(status=204)


async def ban(request: web.Request, slug: str, person: Caller, name: str) -> None:
    """Keep somebody out of a room for good, who is in it, waits before it, or may come back."""
    by = await author(request)
    async with request.app[DATABASE].transaction() as session:
        if room := await rooms.by_slug(session, slug):
            await bans.add(
                session, room.id, account_id=person.account, guest=person.guest, name=name[:100]
            )
            await audit.append(session, by, Deed(Act.BANNED, _object(person), room.id))
    request.app[LOBBIES].deny_person(slug, person)
    if live := request.app[HUB].opened(slug):
        await hosting.remove_person(request.app[HUB], live, person)


async def _note(request: web.Request, caller: InCall, act: Act, answer: Answer) -> None:
    knocks = request.app[LOBBIES].named(caller.slug, answer.knocks)
    entries = [Deed(act, _object(knock.caller), caller.live.id) for knock in knocks]
    await note(request, await author(request), *entries)


def _object(person: Caller) -> tuple[str, str]:
    """Guests are known by their browser alone, and that by a digest."""
    return ("account", person.account) if person.account else ("browser", person.guest)


class _Visit:
    """Somebody before a door, who has said what they are called."""

    def __init__(
        self,
        request: web.Request,
        websocket: web.WebSocketResponse,
        signed_in: SignedIn | None,
        caller: Caller,
        body: Join,
    ) -> None:
        self._request = request
        self._websocket = websocket
        self._caller = caller
        self._body = body
        self._name = name_of(signed_in, body)

    async def go(self, found: rooms.AtDoor | None, said: Entry) -> None:
        """Wait, unless the door has decided already."""
        if said is Entry.BANNED:
            await self._tell(Inform("", State.DENIED))
        elif found and said is Entry.ADMITTED:
            await self._let_in(found.role)
        else:
            settings = Settings.of(found.room) if found else None
            slug, lobbies = self._request.match_info["slug"], self._request.app[LOBBIES]
            with lobbies.wait(slug, settings, self._caller, self._name) as waiting:
                await self._wait(waiting, found)

    async def _wait(self, waiting: Waiting, found: rooms.AtDoor | None) -> None:
        reader = asyncio.create_task(self._read(waiting))
        try:
            while told := await waiting.told.get():
                if found and told.state is State.ADMITTED:
                    await self._let_in(found.role)
                else:
                    await self._tell(told)
                if told.state.ends:
                    break
        finally:
            reader.cancel()

    async def _read(self, waiting: Waiting) -> None:
        """Who waits has nothing more to say: only that they went."""
        async for _ in self._websocket:
            pass
        waiting.told.put_nowait(None)

    async def _let_in(self, role: str | None) -> None:
        meeting = self._request.app[HUB].meeting(self._request.match_info["slug"]) or ""
        caller = replace(self._caller, meeting=meeting)
        shown = access.shown_role(role, account=caller.account is not None)
        entry = passport(self._request, shown, caller, self._name, self._body)
        await self._send({"state": State.ADMITTED, "entry": entry})

    async def _tell(self, told: Inform) -> None:
        await self._send({"state": told.state, "message": told.message})

    async def _send(self, frame: dict[str, object]) -> None:
        # The other end may be gone, and then is read to be so.
        if not self._websocket.closed:
            await self._websocket.send_json(frame)


async def _introduction(
    websocket: web.WebSocketResponse, signed_in: SignedIn | None
) -> Join | None:
    """The first frame; None, and the socket closed, when it is not what it should be."""
    try:
        frame = await websocket.receive(timeout=_PATIENCE)
        if frame.type is WSMsgType.TEXT:
            body = Join.model_validate_json(frame.data)
            name_of(signed_in, body)
            return body
    except (TimeoutError, ValidationError, NameRequired):
        await websocket.close(code=WSCloseCode.POLICY_VIOLATION)
    return None


def _count(request: web.Request, caller: Caller) -> None:
    """Nobody asks too often, be it one browser at one door or one address at all of them."""
    limits, now = request.app[LIMITS], request.app[CLOCK]()
    person = f"{caller.account or caller.guest} {request.match_info['slug']}"
    for attempts, key in ((limits.knocks, person), (limits.knocks_from, source(request))):
        attempts.check(key, now)
        attempts.failed(key, now)


# Seconds between pings; who does not answer within half of it waits no longer.
_HEARTBEAT = 20.0
# Seconds until somebody has said what they are called.
_PATIENCE = 10.0
_LARGEST_FRAME = 4096
