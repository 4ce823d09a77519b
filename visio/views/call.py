"""Requests from inside a running meeting, by the token of the call."""

from dataclasses import asdict
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from visio import agreement, wordings
from visio.errors import MeetingNotFound, NotAllowed, Unprocessable
from visio.mail import Language
from visio.store import consents
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.consents import Answer
from visio.views import spoken
from visio.views.author import author, note
from visio.views.described import CALL, described
from visio.views.joining import Sharing
from visio.views.passages import Passage
from visio.views.request import Body, Line, hosting_call, in_call, read
from visio.views.state import CONFIG, HUB


class Transcription(Body):
    on: bool


class Consent(Body):
    """`wording` is a version of the text that the participant was shown."""

    kind: consents.Kind = "transcription"
    granted: bool
    wording: Annotated[Line, Field(min_length=1, max_length=64)]
    language: Language


class Microphone(Body):
    """`people` may speak into it, where that is known: the final pass looks for no more voices."""

    shared: bool
    people: Sharing | None = None


class Transcript(BaseModel):
    """`pending` talkspurts are still to be written down."""

    meeting: str
    utterances: list[Passage]
    pending: int


class SpeakingTime(BaseModel):
    """`spoken` in milliseconds."""

    identity: str
    spoken: int


class Spoken(BaseModel):
    people: list[SpeakingTime]


class Agreed(BaseModel):
    """The DTLS handshake; `post_quantum` says whether its key exchange withstands quantum
    computers."""

    protocol: str
    group: str
    cipher: str
    srtp: str
    post_quantum: bool


class Encryption(BaseModel):
    encryption: Agreed | None


@described(body=Transcription, door=CALL)
async def set_transcription(request: web.Request) -> web.Response:
    """Start or stop it for the room: a host's choice, unless the room is never transcribed."""
    caller = hosting_call(request)
    body = await read(request, Transcription)
    if body.on and caller.live.settings.transcribing == "nobody":
        raise NotAllowed
    act = Act.TRANSCRIPTION_STARTED if body.on else Act.TRANSCRIPTION_STOPPED
    meeting = caller.live.meeting
    of = ("meeting", meeting.id) if meeting else None
    if body.on != caller.live.room.transcription:
        await note(request, await author(request), Deed(act, of, caller.live.id))
    await request.app[HUB].set_transcription(caller.slug, body.on)
    return web.Response(status=204)


@described(body=Consent, door=CALL)
async def set_consent(request: web.Request) -> web.Response:
    """My own answer; it is on disk before we say so."""
    caller = in_call(request)
    body = await read(request, Consent)
    if body.wording not in wordings.KNOWN.get(body.kind, ()):
        raise Unprocessable("wording: there is no such text: load the page anew.")
    erases = not body.granted and request.app[CONFIG].consent_withdrawal == "delete"
    await agreement.give(
        request.app[HUB],
        caller.slug,
        caller.identity,
        Answer(body.kind, body.granted, body.wording, body.language, erases),
        by=await author(request),
    )
    return web.Response(status=204)


@described(body=Microphone, door=CALL)
async def set_microphone(request: web.Request) -> web.Response:
    """Whether several people speak into mine."""
    caller = in_call(request)
    body = await read(request, Microphone)
    people = body.people if body.shared else None
    hub = request.app[HUB]
    await hub.set_shared_microphone(caller.slug, caller.identity, body.shared, people)
    return web.Response(status=204)


@described(answer=Encryption, door=CALL)
async def encryption(request: web.Request) -> web.Response:
    """What my connection is encrypted with on its way to the server."""
    caller = in_call(request)
    agreed = request.app[HUB].handshake(caller.slug, caller.identity)
    told = agreed and {**asdict(agreed), "post_quantum": agreed.post_quantum}
    return web.json_response({"encryption": told})


@described(answer=Spoken, door=CALL)
async def speaking_time(request: web.Request) -> web.Response:
    """How long I have spoken since I came in; hosts are told it of everybody inside."""
    caller = in_call(request)
    totals = caller.live.speaking_time()
    told = [
        {"identity": one.identity, "spoken": totals.get(one.sid, 0)}
        for one in caller.live.room.participants.values()
        if one.sid == caller.sid or (caller.hosts and not one.permission.hidden)
    ]
    return web.json_response({"people": told})


@described(answer=Transcript, door=CALL)
async def transcript(request: web.Request) -> web.Response:
    """What was said so far in the running meeting."""
    caller = in_call(request)
    if (meeting_id := request.app[HUB].meeting(caller.slug)) is None:
        raise MeetingNotFound
    heard = await spoken.running(request.app, meeting_id)
    return web.json_response(
        {"meeting": meeting_id, "utterances": heard.utterances, "pending": heard.pending}
    )
