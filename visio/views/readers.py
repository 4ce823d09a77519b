"""Who asks for a transcript: what they are given of it, and what they may change in it."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from visio import access
from visio.errors import MeetingNotFound, NotSignedIn
from visio.store import corrections, meetings, participants, rooms
from visio.store.corrections import Writer
from visio.store.models import Meeting, Participant, Room
from visio.views.request import bearer, maybe_signed_in


@dataclass(frozen=True, slots=True)
class Asker:
    """An account, or (None) a guest by the token of the call; `identity` is that token's."""

    account: str | None
    identity: str | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may see a meeting; `stays` are their own, `hosts` decides for its room.

    Who does not read all is given what they said themselves.
    """

    meeting: Meeting
    room: Room
    account: str | None
    stays: tuple[Participant, ...]
    hosts: bool
    reads_all: bool

    @property
    def mine(self) -> frozenset[str]:
        """The rows of their stays."""
        return frozenset(one.id for one in self.stays)

    @property
    def only(self) -> frozenset[str] | None:
        """The participants whose words they are given; None for all."""
        return None if self.reads_all else self.mine

    def writer(self, now: int) -> Writer:
        """As whom they correct."""
        guest = None if self.account else self.stays[-1].id
        return Writer(self.account, guest, now)

    def may_change(self, participant_id: str) -> bool:
        """Whether what this participant said is theirs to correct and hide."""
        return self.hosts or participant_id in self.mine


async def asker(request: web.Request) -> Asker:
    """By the token of the call, or by the cookie or key; raises NotSignedIn."""
    if claims := bearer(request):
        return Asker(claims.account, claims.identity)
    if (signed_in := await maybe_signed_in(request)) is None:
        raise NotSignedIn
    return Asker(signed_in.account.id, None)


async def reader(session: AsyncSession, meeting_id: str, asker: Asker) -> Reader:
    """Raises MeetingNotFound to those who may not see the meeting."""
    if not await _may_see(session, meeting_id, asker):
        raise MeetingNotFound
    if (found := await meetings.by_id(session, meeting_id)) is None:
        raise MeetingNotFound
    meeting, room = found
    stays = await participants.own(session, meeting_id, asker.account, asker.identity)
    role = await rooms.role_of(session, room.id, asker.account) if asker.account else None
    hosts = access.hosts(role)
    reads_all = hosts or (bool(stays) and meeting.attendees_read)
    if not reads_all and asker.account:
        reads_all = await corrections.reads(session, meeting_id, asker.account)
    return Reader(meeting, room, asker.account, tuple(stays), hosts, reads_all)


async def _may_see(session: AsyncSession, meeting_id: str, asker: Asker) -> bool:
    if asker.identity is not None:
        return await participants.attended(session, meeting_id, asker.identity)
    return asker.account is not None and await meetings.seen_by(session, meeting_id, asker.account)
