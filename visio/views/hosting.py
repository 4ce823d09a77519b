"""What hosts do to those inside a running meeting, by the token of the call."""

from contextlib import suppress
from typing import Literal

from aiohttp import web
from livekit.protocol import models

from visio import access, hosting
from visio.errors import NotAllowed, NotFound, RoomNotFound
from visio.roster import Participant
from visio.store import audit, rooms
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.views.author import author, note
from visio.views.described import CALL, described
from visio.views.lobby import ban
from visio.views.members import RoleChange, role_changed
from visio.views.request import Body, InCall, hosting_call, in_call, read
from visio.views.state import DATABASE, HUB


class Mute(Body):
    """Without `identity`: everybody but the caller."""

    identity: str | None = None
    source: Literal["microphone", "camera", "screen_share"] = "microphone"


class Spotlight(Body):
    """Without `identity`: nobody."""

    identity: str | None = None


class Removal(Body):
    ban: bool = False


@described(body=Mute, door=CALL)
async def mute(request: web.Request) -> web.Response:
    """Mute one or all: hosts; one microphone: whoever the room lets."""
    caller = in_call(request)
    body = await read(request, Mute)
    one_microphone = body.identity is not None and body.source == "microphone"
    allowed = one_microphone and access.may_mute(caller.live.settings, caller.role)
    if not (caller.hosts or allowed):
        raise NotAllowed
    if body.identity is not None:
        _participant(caller, body.identity)
    whom = ("participant", body.identity) if body.identity is not None else None
    muted = Deed(Act.MUTED, whom, caller.live.id, detail={"source": body.source})
    await note(request, await author(request), muted)
    hosting.mute(caller.live, caller.identity, body.identity, _SOURCES[body.source])
    return web.Response(status=204)


@described(body=Spotlight, door=CALL)
async def set_spotlight(request: web.Request) -> web.Response:
    """Put somebody in front for everybody, also for those who come later."""
    caller = hosting_call(request)
    asked = (await read(request, Spotlight)).identity
    identity = _participant(caller, asked).identity if asked is not None else ""
    before = caller.live.room.spotlight
    if identity != before:
        act = Act.SPOTLIGHT_SET if identity else Act.SPOTLIGHT_ENDED
        whom = ("participant", identity or before)
        await note(request, await author(request), Deed(act, whom, caller.live.id))
    await request.app[HUB].set_spotlight(caller.live, identity)
    return web.Response(status=204)


@described(body=Removal, door=CALL)
async def remove(request: web.Request) -> web.Response:
    """Send somebody away, for good with `ban`."""
    caller = hosting_call(request)
    body = await read(request, Removal)
    participant = _participant(caller, request.match_info["identity"])
    role = access.role_of(participant)
    if not access.may_give(caller.role, role, None) or (body.ban and role == "owner"):
        raise NotAllowed
    person = caller.live.guestbook.caller(participant.identity)
    removed = Deed(Act.REMOVED, ("participant", participant.identity), caller.live.id)
    await note(request, await author(request), removed)
    await hosting.remove(request.app[HUB], caller.live, participant.identity)
    if body.ban and (person.account or person.guest):
        await ban(request, caller.slug, person, participant.name)
    return web.Response(status=204)


@described(body=RoleChange, door=CALL)
async def set_role(request: web.Request) -> web.Response:
    """Give somebody inside who has an account another role in the room, for now and later."""
    caller = hosting_call(request)
    body = await read(request, RoleChange)
    participant = _participant(caller, request.match_info["identity"])
    account = caller.live.guestbook.caller(participant.identity).account
    by = await author(request)
    async with request.app[DATABASE].transaction() as session:
        if account is None or (room := await rooms.by_slug(session, caller.slug)) is None:
            raise NotAllowed("Only somebody with an account has a role in a room.")
        before = await rooms.role_of(session, room.id, account)
        if not access.may_give(caller.role, before, body.role):
            raise NotAllowed
        await rooms.set_member(session, room.id, account, body.role)
        await audit.append(session, by, role_changed(room.id, account, body.role))
    await hosting.promote(request.app[HUB], caller.live, account, body.role)
    return web.Response(status=204)


@described(door=CALL)
async def end(request: web.Request) -> web.Response:
    """The meeting is over for everybody."""
    caller = hosting_call(request)
    ended = Deed(Act.ENDED, _meeting(caller), caller.live.id)
    await note(request, await author(request), ended)
    with suppress(RoomNotFound):  # another host was faster
        await request.app[HUB].delete(caller.slug)
    return web.Response(status=204)


def _meeting(caller: InCall) -> tuple[str, str] | None:
    return ("meeting", caller.live.meeting.id) if caller.live.meeting else None


def _participant(caller: InCall, identity: str) -> Participant:
    if not (participant := caller.live.room.find(identity)):
        raise NotFound("They are not in the meeting any more.")
    return participant


_SOURCES: dict[str, models.TrackSource] = {
    "microphone": models.MICROPHONE,
    "camera": models.CAMERA,
    "screen_share": models.SCREEN_SHARE,
}
