import csv
import json

import pytest

from tests.callers import Caller, House, call_claims
from tests.queries import queries
from tests.store import samples
from visio.config import read_secrets
from visio.store import audit, meetings, participants
from visio.store.acts import Act
from visio.store.audit import Wanted
from visio.store.models import Account
from visio.store.sealing import Keyring
from visio.views import sheets

pytestmark = pytest.mark.one_database


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
        ],
        "next": None,
    }


async def test_history_comes_in_pages_of_the_same_number_of_queries(house: House) -> None:
    ada = await house.account("ada@example.org")
    room = await house.room(ada)
    async with house.database.transaction() as session:
        for number in range(5):
            await meetings.start(session, room.id, f"RM_{number}", samples.NOW + number, b"")
    caller = await house.signed_in(ada)
    seen, path, asked = [], "/api/v1/meetings?limit=2", set()
    while path:
        with queries(house) as counted:
            page = (await caller.get(path)).json
        asked.add(len(counted))
        seen += [one["started_at"] - samples.NOW for one in page["meetings"]]
        path = page["next"] and f"/api/v1/meetings?limit=2&after={page['next']}"
    assert seen == [4, 3, 2, 1, 0]
    with queries(house) as counted:
        await caller.get("/api/v1/meetings?limit=100")
    assert asked == {len(counted)}


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
        "voice_name": None,
        "started_at": 500,
        "ended_at": 1500,
        "text": "Hello",
        "language": "en",
        "version": 0,
        "hidden": None,
        "reason": "",
        "may_change": True,
    }
    del answer.json["utterances"]
    assert answer.json == {
        "id": sitting.meeting.id,
        "title": "Public",
        "slug": "public-room",
        "started_at": samples.NOW,
        "ended_at": samples.NOW + 60_000,
        "participants": [{"id": sitting.participant.id, "identity": "p-1", "name": "Ada"}],
        "attendance": [
            {
                "name": "Ada",
                "kind": "account",
                "present": 60_000,
                "spoken": 0,
                "stays": [{"joined_at": samples.NOW, "left_at": samples.NOW + 60_000}],
            }
        ],
        "artefacts": ["transcript"],
        "next": None,
        "partial": False,
        "pending": 0,
        "final": True,
        "consent": "granted",
        "may_share": True,
    }


@pytest.mark.parametrize("erases", [False, True])
async def test_a_consent_is_taken_back_after_the_meeting(house: House, erases: bool) -> None:
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    room, keyring = await house.room(ada), Keyring(read_secrets(house.config).master_key)
    sitting = await samples.sitting(house.database, room, bob, keyring=keyring)
    path = f"/api/v1/meetings/{sitting.meeting.id}"
    host, member = await house.signed_in(ada), await house.signed_in(bob)
    body = {"erases": erases, "language": "fr"}
    async with house.database.transaction() as session:
        session.add_all([samples.utterance(sitting, "Hello"), samples.talkspurt(sitting)])
    # While it runs, that is done inside.
    assert (await member.put(f"{path}/withdrawal", body)).code == "meeting_not_found"
    async with house.database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, samples.NOW + 60_000)
    assert (await host.put(f"{path}/withdrawal", body)).code == "meeting_not_found"
    assert (await member.get(path)).json["consent"] == "granted"
    assert (await host.get(path)).json["consent"] is None

    assert (await member.put(f"{path}/withdrawal", body)).status == 204
    seen = (await member.get(path)).json
    assert seen["consent"] == ("erased" if erases else "withdrawn")
    assert (len(seen["utterances"]), seen["pending"]) == ((0, 0) if erases else (1, 1))
    async with house.database.transaction() as session:
        wanted = Wanted(act=Act.CONSENT_WITHDRAWN)
        (row,) = await audit.page(session, wanted, before=None, limit=9)
    assert (row.author, row.object, row.room) == (bob.id, "p-1", room.id)
    detail = json.loads(row.detail)
    assert detail["wording"].endswith("delete" if erases else "keep")
    assert detail.get("erased") == (1 if erases else None)
    # What was kept may still be erased; what is gone is gone.
    again = await member.put(f"{path}/withdrawal", {**body, "erases": True})
    assert again.code == ("conflict" if erases else 204)
    assert (await host.get(path)).json["utterances"] == []
    assert (await member.put(f"{path}/withdrawal", body)).code == "conflict"


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


async def test_the_attendance_leaves_as_a_file_for_spreadsheets(house: House) -> None:
    ada = await house.account("ada@example.org")
    sitting = await held(house, ada, ada)
    async with house.database.transaction() as session:
        for number, name in enumerate(['=HYPERLINK("http://evil.test")', ' +1,"x"', "Zoé"]):
            stay = await participants.joined(
                session,
                sitting.meeting.id,
                f"p-g{number}",
                f"PA_g{number}",
                account_id=None,
                name=name,
                now=samples.NOW + 1000 * number,
            )
            await participants.left(session, stay.id, samples.NOW + 61_000, spoken=5_400)
    caller = await house.signed_in(ada)
    path = f"/api/v1/meetings/{sitting.meeting.id}/attendance.csv"
    answer = await caller.get(f"{path}?language=en&zone=Europe/Paris")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == ('attachment; filename="2023-11-14-public.csv"')
    rows = list(csv.reader(answer.body.decode("utf-8-sig").splitlines()))
    assert rows[0] == [
        "Name", "Identity", "Joined", "Left", "Length", "Speaking time", "Total presence"
    ]  # fmt: skip
    joined, left = "2023-11-14 23:13:20", "2023-11-14 23:14:21"
    minute = ["2023-11-14 23:14:20", "0:01:00", "0:00:00", "0:01:00"]
    assert ["Ada", "account", joined, *minute] in rows
    unverified = "guest, identity not verified"
    assert [row[0] for row in rows if row[1] == unverified] == [
        '\'=HYPERLINK("http://evil.test")', '\' +1,"x"', "Zoé"
    ]  # fmt: skip
    assert [unverified, joined, left, "0:01:01", "0:00:05", "0:01:01"] in [r[1:] for r in rows]
    french = await caller.get(f"{path}?language=fr&zone=UTC")
    assert french.body.decode("utf-8-sig").startswith("Nom;Identité;Arrivée;Départ;")
    for query in ("zone=../../etc/passwd", "zone=Nowhere", "zone=/etc/passwd", "language=de"):
        assert (await caller.get(f"{path}?{query}")).code == "bad_request"


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1", "|x", "%x"]
)
def test_no_cell_is_a_formula(cell: str) -> None:
    """T38."""
    assert sheets.harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Ada", "1-2", "a=b", "O'Neill"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert sheets.harmless(cell) == cell


def test_names_of_files_are_harmless() -> None:
    """T38: paths, headers, directions of reading."""
    assert sheets.file_name('../É"t\r\nÀ\u202e.exe') == "e-t-a-exe"
    assert sheets.file_name("会議") == "visio"
