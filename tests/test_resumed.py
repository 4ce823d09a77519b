"""A server dies, or ends, while a meeting runs: the next one on its database goes on with it."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest
from aiohttp import WSServerHandshakeError
from sqlalchemy import select

from tests.livekit.signal import joined
from tests.livekit.site import Site, running_site
from visio import agreement, hosting
from visio.hub import LiveRoom, steady_clock
from visio.resuming import PATIENCE
from visio.store import meetings, participants
from visio.store.audit import SERVER
from visio.store.consents import Answer
from visio.store.database import Database
from visio.store.models import Meeting, Model, Participant

pytestmark = pytest.mark.one_database

Row = TypeVar("Row", bound=Model)


@dataclass
class Council:
    """A meeting in a room where hosts let people in, and the server it began on."""

    site: Site
    database: Database
    owner: str
    meeting: str = ""

    @property
    def live(self) -> LiveRoom:
        found = self.site.hub.opened("council")
        assert found is not None
        return found

    def guest(self, identity: str) -> dict[str, str]:
        """The claims of somebody whom a host let in."""
        return {"guest": identity * 8, "meeting": self.meeting}

    async def answer(self, identity: str, *, granted: bool) -> None:
        given = Answer("transcription", granted, "2026-11", "en")
        await agreement.give(self.site.hub, "council", identity, given, by=SERVER)

    async def rows(self, kind: type[Row]) -> Sequence[Row]:
        async with self.database.transaction() as session:
            return (await session.scalars(select(kind).order_by(kind.created_at))).all()


@pytest.fixture
async def council(database: Database) -> AsyncIterator[Council]:
    """The owner is in it, and a guest, "bob"."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(running_site(database))
        room = await site.make_room("council")
        async with database.transaction() as session:
            (await session.merge(room)).access = "restricted"
        council = Council(site, database, room.owner_id)
        enter = stack.enter_async_context
        await enter(joined(site, "owner", "council", "visio", account=council.owner))
        council.meeting = site.hub.meeting("council") or ""
        await enter(joined(site, "bob", "council", "visio", **council.guest("bob")))
        yield council


@asynccontextmanager
async def after_a_kill(council: Council) -> AsyncIterator[Site]:
    """The next server. The one before does nothing any more: as if it had died."""
    async with running_site(council.database) as site:
        yield site


async def test_a_guest_who_was_let_in_comes_back_to_the_same_meeting(council: Council) -> None:
    async with (
        after_a_kill(council) as site,
        joined(site, "bob", "council", "visio", **council.guest("bob")) as bob,
        joined(site, "owner", "council", "visio", account=council.owner) as owner,
    ):
        assert json.loads(bob.join.room.metadata)["meeting"] == council.meeting
        assert [one.identity for one in owner.join.other_participants] == ["bob"]
        (meeting,), stays = await council.rows(Meeting), await council.rows(Participant)
        assert meeting.ended_at is None
        assert {stay.identity: stay.sid for stay in stays if stay.left_at is None} == {
            "owner": owner.sid,
            "bob": bob.sid,
        }
        assert len(stays) == 2


async def test_whom_no_host_let_in_still_waits(council: Council) -> None:
    async with after_a_kill(council) as site:
        with pytest.raises(WSServerHandshakeError, match="403"):
            async with joined(site, "eve", "council", "visio", guest="e" * 64, meeting="other"):
                pass
        # The meeting is not over for that.
        assert site.hub.meeting("council") == council.meeting
        async with joined(site, "bob", "council", "visio", **council.guest("bob")):
            assert len(await council.rows(Meeting)) == 1


async def test_who_was_sent_away_stays_away(council: Council) -> None:
    await hosting.remove(council.site.hub, council.live, "bob")
    async with after_a_kill(council) as site:
        for _ in range(2):
            with pytest.raises(WSServerHandshakeError, match="403"):
                async with joined(site, "bob", "council", "visio", **council.guest("bob")):
                    pass
            async with joined(site, "owner", "council", "visio", account=council.owner):
                pass


async def test_transcription_and_answers_go_on(council: Council) -> None:
    await council.site.hub.set_transcription("council", True)
    await council.answer("owner", granted=False)
    await council.answer("bob", granted=True)
    async with (
        after_a_kill(council) as site,
        joined(site, "bob", "council", "visio", **council.guest("bob")) as bob,
        joined(site, "owner", "council", "visio", account=council.owner) as owner,
        joined(site, "eve", "council", "visio", **council.guest("eve")) as eve,
    ):
        assert json.loads(bob.join.room.metadata)["transcription"] == "on"
        inside = site.hub.opened("council")
        assert inside is not None
        people = inside.room.participants
        answers = [people[one.sid].attributes["visio.consent"] for one in (bob, owner, eve)]
        assert answers == ["granted", "refused", ""]


async def test_an_answer_counts_for_the_transcription_it_was_given_to(council: Council) -> None:
    await council.site.hub.set_transcription("council", True)
    await council.answer("bob", granted=True)
    await council.site.hub.set_transcription("council", False)
    async with (
        after_a_kill(council) as site,
        joined(site, "bob", "council", "visio", **council.guest("bob")) as bob,
    ):
        assert json.loads(bob.join.room.metadata)["transcription"] == "off"
        await site.hub.set_transcription("council", True)
        async with (
            after_a_kill(council) as third,
            joined(third, "bob", "council", "visio", **council.guest("bob")) as again,
        ):
            found = third.hub.opened("council")
            assert found is not None
            assert json.loads(again.join.room.metadata)["transcription"] == "on"
            assert found.room.participants[again.sid].attributes["visio.consent"] == ""


async def test_who_is_in_front_stays_there(council: Council) -> None:
    await council.site.hub.set_spotlight(council.live, "bob")
    async with (
        after_a_kill(council) as site,
        joined(site, "owner", "council", "visio", account=council.owner) as owner,
    ):
        assert json.loads(owner.join.room.metadata)["spotlight"] == "bob"


async def test_what_they_spoke_before_counts(council: Council) -> None:
    await council.site.hub.note_running()
    bob = next(one for one in await council.rows(Participant) if one.identity == "bob")
    async with council.database.transaction() as session:
        await participants.set_spoken(session, {bob.id: 7_000})
    async with (
        after_a_kill(council) as site,
        joined(site, "bob", "council", "visio", **council.guest("bob")) as again,
    ):
        found = site.hub.opened("council")
        assert found is not None
        assert found.spoken() == {bob.id: 7_000}
        assert again.join.participant.joined_at_ms == bob.joined_at


async def test_who_does_not_come_back_left_when_the_server_died(council: Council) -> None:
    (meeting,) = await council.rows(Meeting)
    died = meeting.started_at + 500_000
    async with council.database.transaction() as session:
        await meetings.see(session, [meeting.id], died)
    async with (
        after_a_kill(council) as site,
        joined(site, "bob", "council", "visio", **council.guest("bob")),
    ):
        await site.hub.end_leftovers(steady_clock() + PATIENCE - 1)
        assert [one.left_at for one in await council.rows(Participant)] == [None, None]
        await site.hub.end_leftovers(steady_clock() + PATIENCE)
        left = {one.identity: one.left_at for one in await council.rows(Participant)}
        assert left == {"owner": died, "bob": None}


async def test_a_meeting_that_nobody_comes_back_to_ended_when_the_server_died(
    council: Council,
) -> None:
    async with after_a_kill(council) as site:
        await site.hub.end_leftovers(steady_clock() + PATIENCE)
        assert site.hub.meeting("council") is None
        (ended,), stays = await council.rows(Meeting), await council.rows(Participant)
        assert [one.left_at for one in stays] == [ended.ended_at] * 2
        assert ended.ended_at == max(one.joined_at for one in stays)


async def test_a_server_that_is_asked_to_end_leaves_its_meetings_to_the_next(
    council: Council,
) -> None:
    await council.site.hub.close()
    (meeting,), stays = await council.rows(Meeting), await council.rows(Participant)
    assert (meeting.ended_at, [one.left_at for one in stays]) == (None, [None, None])
    assert meeting.seen_at is not None
    async with (
        after_a_kill(council) as site,
        joined(site, "bob", "council", "visio", **council.guest("bob")),
    ):
        assert site.hub.meeting("council") == council.meeting
