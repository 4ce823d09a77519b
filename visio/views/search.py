"""A search across the transcripts that somebody may read."""

import base64
import json
import re
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from visio import search
from visio.errors import Unprocessable
from visio.search import Found, Search
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.stem_index import Place
from visio.views.author import author, note
from visio.views.described import Paged, described
from visio.views.request import Body, account, read
from visio.views.state import CLOCK, DATABASE, KEYRING, LIMITS


class SearchBody(Body):
    """`words` are all to be found, six at most; `after` is the `next` of the answer before."""

    words: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
    after: Annotated[str, StringConstraints(max_length=400)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class TextPart(BaseModel):
    """A piece of what was said; `found` where it is a word that was searched for."""

    text: str
    found: bool


class PassageFound(BaseModel):
    """`started_at` is milliseconds since the meeting's start, `meeting_started_at` since 1970
    UTC; `voice` tells apart who shares a microphone, `voice_name` is what a host called it."""

    id: str
    meeting: str
    title: str
    meeting_started_at: int
    name: str
    voice: str | None
    voice_name: str | None
    started_at: int
    parts: list[TextPart]


class PassagesFound(Paged):
    passages: list[PassageFound]


@described(body=SearchBody, answer=PassagesFound, scope="transcripts:read")
async def find(request: web.Request) -> web.Response:
    """Passages with all of the words, in any of their forms, in what I may read; the newest first.

    By POST, as addresses are written into the logs of proxies.
    """
    mine, body = await account(request), await read(request, SearchBody)
    limit, now = request.app[LIMITS].searches, request.app[CLOCK]()
    limit.check(mine.id, now)
    limit.failed(mine.id, now)
    asked = Search(mine.id, body.words, body.limit, _read(body.after) if body.after else None)
    found = await search.search(request.app[DATABASE], request.app[KEYRING], asked)
    shown = found[: body.limit]
    if shown:
        meetings = list(dict.fromkeys(one.meeting.id for one in shown))
        seen = Deed(Act.TRANSCRIPT_SEARCHED, detail={"meetings": meetings})
        await note(request, await author(request), seen)
    after = _cursor(shown[-1].place) if len(found) > body.limit else None
    return web.json_response({"passages": [_shown(one) for one in shown], "next": after})


def _shown(one: Found) -> dict[str, object]:
    return {
        "id": one.place.utterance_id,
        "meeting": one.meeting.id,
        "title": one.meeting.title,
        "meeting_started_at": one.meeting.started_at,
        "name": one.name,
        "voice": one.voice,
        "voice_name": one.voice_name,
        "started_at": one.started_at,
        "parts": [{"text": part.text, "found": part.found} for part in one.parts],
    }


def _cursor(place: Place) -> str:
    where = [place.meeting_at, place.meeting_id, place.started_at, place.utterance_id]
    return base64.urlsafe_b64encode(json.dumps(where).encode()).decode().rstrip("=")


def _read(text: str) -> Place:
    try:
        read: Any = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        read = None
    match read:
        case [int(meeting_at), str(meeting_id), int(started_at), str(utterance_id)] if max(
            abs(meeting_at), abs(started_at)
        ) <= 2**53 and all(
            re.fullmatch("[0-9a-f-]{36}", one) for one in (meeting_id, utterance_id)
        ):
            return Place(meeting_at, meeting_id, started_at, utterance_id)
    raise Unprocessable("after is not what the answer before said.")
