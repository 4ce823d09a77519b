"""Requests from inside a running meeting, by the token of the call."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from visio.errors import MeetingNotFound, NotAllowed
from visio.views import spoken
from visio.views.request import Body, Line, in_call, read
from visio.views.state import HUB


class Transcription(Body):
    on: bool


class Consent(Body):
    granted: bool
    wording: Annotated[Line, Field(min_length=1, max_length=64)]


class Microphone(Body):
    shared: bool


async def set_transcription(request: web.Request) -> web.Response:
    """Start or stop it for the room: a host's choice."""
    if not (caller := in_call(request)).hosts:
        raise NotAllowed
    body = await read(request, Transcription)
    await request.app[HUB].set_transcription(caller.slug, body.on)
    return web.Response(status=204)


async def set_consent(request: web.Request) -> web.Response:
    """My own answer; it is on disk before we say so."""
    caller = in_call(request)
    body = await read(request, Consent)
    await request.app[HUB].set_consent(caller.slug, caller.identity, body.granted, body.wording)
    return web.Response(status=204)


async def set_microphone(request: web.Request) -> web.Response:
    """Whether several people speak into mine."""
    caller = in_call(request)
    body = await read(request, Microphone)
    await request.app[HUB].set_shared_microphone(caller.slug, caller.identity, body.shared)
    return web.Response(status=204)


async def transcript(request: web.Request) -> web.Response:
    """What was said so far in the running meeting."""
    caller = in_call(request)
    if (meeting_id := request.app[HUB].meeting(caller.slug)) is None:
        raise MeetingNotFound
    heard = await spoken.read(request.app, meeting_id)
    return web.json_response(
        {"meeting": meeting_id, "utterances": heard.utterances, "pending": heard.pending}
    )
