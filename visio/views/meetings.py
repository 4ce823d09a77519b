from aiohttp import web

from visio.errors import MeetingNotFound, NotSignedIn
from visio.store import meetings, participants
from visio.views import spoken
from visio.views.request import account, bearer, maybe_signed_in
from visio.views.state import DATABASE


async def history(request: web.Request) -> web.Response:
    """The meetings I attended, or of rooms I own."""
    mine = await account(request)
    async with request.app[DATABASE].transaction() as session:
        attended = await meetings.history(session, mine.id)
    return web.json_response({"meetings": [_summary(one) for one in attended]})


async def show(request: web.Request) -> web.Response:
    """One with its transcript, to those who attended it and the room's owner."""
    meeting_id = request.match_info["id"]
    if not await _may_read(request, meeting_id):
        raise MeetingNotFound
    heard = await spoken.read(request.app, meeting_id)
    return web.json_response(
        {
            "id": heard.meeting.id,
            "title": heard.room.title,
            "slug": heard.room.slug,
            "started_at": heard.meeting.started_at,
            "ended_at": heard.meeting.ended_at,
            "participants": [
                {"id": person.id, "identity": person.identity, "name": person.name}
                for person in heard.participants
            ],
            "utterances": heard.utterances,
            "pending": heard.pending,
            "final": heard.meeting.ended_at is not None
            and heard.meeting.final_pass in ("none", "done"),
        }
    )


async def _may_read(request: web.Request, meeting_id: str) -> bool:
    if claims := bearer(request):
        async with request.app[DATABASE].transaction() as session:
            return await participants.attended(session, meeting_id, claims.identity)
    if (signed_in := await maybe_signed_in(request)) is None:
        raise NotSignedIn
    async with request.app[DATABASE].transaction() as session:
        return await meetings.seen_by(session, meeting_id, signed_in.account.id)


def _summary(attended: meetings.Attended) -> dict[str, object]:
    return {
        "id": attended.meeting.id,
        "title": attended.room.title,
        "slug": attended.room.slug,
        "started_at": attended.meeting.started_at,
        "ended_at": attended.meeting.ended_at,
        "participants": attended.participants,
        "utterances": attended.utterances,
    }
