from tests.callers import Caller, House, call_claims
from tests.store import samples
from visio.config import read_secrets
from visio.store import meetings
from visio.store.models import Account
from visio.store.sealing import Keyring


async def held(house: House, owner: Account, attendee: Account | None) -> samples.Sitting:
    """A meeting that is over, with two lines."""
    room = await house.room(owner)
    keyring = Keyring(read_secrets(house.config).master_key)
    sitting = await samples.sitting(house.database, room, attendee, keyring=keyring)
    async with house.database.transaction() as session:
        session.add_all(
            [samples.utterance(sitting, "world", 2000), samples.utterance(sitting, "Hello", 500)]
        )
        await meetings.end(session, sitting.meeting.id, samples.NOW + 60_000)
    return sitting


async def test_history_lists_what_i_attended(house: House) -> None:
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    sitting = await held(house, ada, bob)
    answer = await (await house.signed_in(bob)).get("/api/v1/meetings")
    assert answer.json == {
        "meetings": [
            {
                "id": sitting.meeting.id,
                "title": "Public",
                "slug": "public-room",
                "started_at": samples.NOW,
                "ended_at": samples.NOW + 60_000,
                "participants": 1,
                "utterances": 2,
            }
        ]
    }


async def test_a_meeting_is_read_in_order_with_names(house: House) -> None:
    ada = await house.account("ada@example.org")
    sitting = await held(house, ada, ada)
    answer = await (await house.signed_in(ada)).get(f"/api/v1/meetings/{sitting.meeting.id}")
    assert answer.status == 200
    assert [line["text"] for line in answer.json["utterances"]] == ["Hello", "world"]
    assert answer.json["utterances"][0] == {
        "id": answer.json["utterances"][0]["id"],
        "participant": sitting.participant.id,
        "identity": "p-1",
        "name": "Ada",
        "voice": None,
        "started_at": 500,
        "ended_at": 1500,
        "text": "Hello",
        "language": "en",
    }
    del answer.json["utterances"]
    assert answer.json == {
        "id": sitting.meeting.id,
        "title": "Public",
        "slug": "public-room",
        "started_at": samples.NOW,
        "ended_at": samples.NOW + 60_000,
        "participants": [{"id": sitting.participant.id, "identity": "p-1", "name": "Ada"}],
        "pending": 0,
        "final": True,
    }


async def test_a_meeting_with_audio_left_is_not_final(house: House) -> None:
    ada = await house.account("ada@example.org")
    keyring = Keyring(read_secrets(house.config).master_key)
    sitting = await samples.sitting(house.database, await house.room(ada), ada, keyring=keyring)
    async with house.database.transaction() as session:
        session.add(samples.talkspurt(sitting))
        await session.flush()
        await meetings.end(session, sitting.meeting.id, samples.NOW + 60_000)
    answer = await (await house.signed_in(ada)).get(f"/api/v1/meetings/{sitting.meeting.id}")
    assert (answer.json["pending"], answer.json["final"]) == (1, False)


async def test_meetings_of_others_and_unknown_ones_answer_the_same_bytes(house: House) -> None:
    ada = await house.account("ada@example.org")
    sitting = await held(house, ada, ada)
    eve = await house.signed_in(await house.account("eve@example.org"))
    answers = [
        await eve.get(f"/api/v1/meetings/{meeting}") for meeting in (sitting.meeting.id, "unknown")
    ]
    assert answers[0].code == "meeting_not_found"
    assert answers[0].body == answers[1].body


async def test_a_guest_reads_the_meeting_they_were_in_and_no_other(house: House) -> None:
    ada = await house.account("ada@example.org")
    sitting = await held(house, ada, None)
    path = f"/api/v1/meetings/{sitting.meeting.id}"
    guest = Caller(house.server, token=house.token(call_claims("public-room", "p-1")))
    other = Caller(house.server, token=house.token(call_claims("public-room", "p-2")))
    assert (await guest.get(path)).status == 200
    assert (await other.get(path)).code == "meeting_not_found"
    assert (await house.anonymous().get(path)).code == "not_signed_in"


async def test_a_meeting_outlives_its_room(house: House) -> None:
    ada = await house.account("ada@example.org")
    sitting = await held(house, ada, ada)
    caller = await house.signed_in(ada)
    assert (await caller.ask("DELETE", "/api/v1/rooms/public-room")).status == 204
    assert (await caller.get(f"/api/v1/meetings/{sitting.meeting.id}")).status == 200
