from tests.callers import Caller, House, call_claims
from tests.store import samples
from tests.store.samples import Sitting
from visio.config import read_secrets
from visio.store import audit, meetings, participants
from visio.store.acts import Act
from visio.store.audit import Wanted
from visio.store.models import Account, Meeting, MeetingMinutes, Room
from visio.store.sealing import Keyring

LATER = samples.NOW + 60_000


async def sat(house: House, owner: Account, *, chat_kept: bool = False) -> Sitting:
    """A meeting with its owner and a guest, who has left."""
    place = await house.room(owner)
    async with house.database.transaction() as session:
        (await session.get_one(Room, place.id)).chat_kept = chat_kept
    keyring = Keyring(read_secrets(house.config).master_key)
    sitting = await samples.sitting(house.database, place, owner, keyring=keyring)
    async with house.database.transaction() as session:
        for name, kind in (("Zoé", "guest"), ("Recorder", "service")):
            await participants.joined(
                session, sitting.meeting.id, f"p-{name}", f"PA_{name}", account_id=None,
                name=name, now=LATER, kind=kind,
            )  # fmt: skip
    return sitting


async def outcome(caller: Caller, of: Sitting) -> dict[str, object]:
    answer = await caller.get(f"/api/v1/meetings/{of.meeting.id}/outcome")
    assert answer.status == 200
    return dict(answer.json)


async def test_a_meeting_that_made_nothing_has_its_people_and_its_times(house: House) -> None:
    ada = await house.account("ada@example.org")
    sitting = await sat(house, ada)
    caller = await house.signed_in(ada)
    assert await outcome(caller, sitting) == {
        "started_at": samples.NOW,
        "ended_at": None,
        "people": ["Ada", "Zoé"],
        "transcript": "none",
        "minutes": "none",
        "messages": 0,
        "files": 0,
    }
    async with house.database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, LATER)
    assert (await outcome(caller, sitting))["ended_at"] == LATER


async def test_what_is_being_made_is_told_from_what_is_there(house: House) -> None:
    ada = await house.account("ada@example.org")
    sitting = await sat(house, ada)
    caller = await house.signed_in(ada)
    async with house.database.transaction() as session:
        session.add(samples.talkspurt(sitting))
    assert (await outcome(caller, sitting))["transcript"] == "writing"
    async with house.database.transaction() as session:
        session.add(samples.utterance(sitting, "words"))
        session.add(MeetingMinutes(meeting_id=sitting.meeting.id, state="waiting"))
        meeting = await session.get_one(Meeting, sitting.meeting.id)
        meeting.ended_at, meeting.final_pass = LATER, "done"
    told = await outcome(caller, sitting)
    assert (told["transcript"], told["minutes"]) == ("ready", "writing")
    async with house.database.transaction() as session:
        row = await session.get_one(MeetingMinutes, sitting.meeting.id)
        row.state, row.text = "failed", b"sealed"  # those of before stay
    assert (await outcome(caller, sitting))["minutes"] == "ready"
    async with house.database.transaction() as session:
        acts = [row.act for row in await audit.page(session, Wanted(), before=None, limit=99)]
    assert not {Act.TRANSCRIPT_READ, Act.MINUTES_READ} & set(acts)


async def test_a_guest_is_told_of_what_a_guest_may_read(house: House) -> None:
    ada = await house.account("ada@example.org")
    sitting = await sat(house, ada, chat_kept=True)
    async with house.database.transaction() as session:
        session.add(samples.utterance(sitting, "words"))
        to_all, to_self = samples.message(sitting, "hi"), samples.message(sitting, "me", sitting)
        session.add_all([to_all, to_self])
        await session.flush()
        session.add(samples.file(sitting, to_self, b"agenda"))
        (await session.get_one(Meeting, sitting.meeting.id)).attendees_read = False
        session.add(MeetingMinutes(meeting_id=sitting.meeting.id, state="done", text=b"sealed"))
        await meetings.end(session, sitting.meeting.id, LATER)
    mine = await outcome(await house.signed_in(ada), sitting)
    assert (mine["transcript"], mine["minutes"]) == ("ready", "ready")
    assert (mine["messages"], mine["files"]) == (2, 1)
    guest = Caller(house.server, token=house.token(call_claims("public-room", "p-Zoé")))
    theirs = await outcome(guest, sitting)
    assert theirs["people"] == ["Ada", "Zoé"]
    assert (theirs["transcript"], theirs["minutes"]) == ("none", "none")
    assert (theirs["messages"], theirs["files"]) == (1, 0)
