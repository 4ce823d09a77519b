import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.callers import Caller, House
from tests.queries import queries
from tests.store import samples
from tests.store.samples import NOW, Sitting, said
from visio.config import read_secrets
from visio.store import audit, corrections, meetings, participants, utterances
from visio.store.acts import Act
from visio.store.audit import Wanted
from visio.store.models import Account, Meeting, Utterance
from visio.store.sealing import Keyring
from visio.store.utterances import Source, Spoken

pytestmark = pytest.mark.one_database

PATH = "/api/v1/transcript-search"


@pytest.fixture
async def ada(house: House) -> Account:
    return await house.account("ada@example.org")


@pytest.fixture
async def caller(house: House, ada: Account) -> Caller:
    return await house.signed_in(ada)


async def met(house: House, ada: Account, slug: str, started_at: int = NOW) -> Sitting:
    keyring = Keyring(read_secrets(house.config).master_key)
    place = await house.room(ada, "public", slug)
    sitting = await samples.sitting(house.database, place, ada, keyring=keyring)
    async with house.database.transaction() as session:
        (await session.get_one(Meeting, sitting.meeting.id)).started_at = started_at
    return sitting


async def test_a_passage_comes_with_who_said_it_and_the_words_marked(
    house: House, ada: Account, caller: Caller
) -> None:
    sitting = await met(house, ada, "weekly")
    await said(house.database, sitting, "Rien.", "Le budget <b>2027</b> et les budgets.")
    answer = await caller.post(PATH, {"words": "Budgets"})
    async with house.database.transaction() as session:
        utterance = await session.scalar(select(Utterance.id).where(Utterance.started_at == 1000))
    assert answer.json == {
        "passages": [
            {
                "id": utterance,
                "meeting": sitting.meeting.id,
                "title": "Public",
                "meeting_started_at": NOW,
                "name": "Ada",
                "voice": None,
                "voice_name": None,
                "started_at": 1000,
                "parts": [
                    {"text": "Le ", "found": False},
                    {"text": "budget", "found": True},
                    {"text": " <b>2027</b> et les ", "found": False},
                    {"text": "budgets", "found": True},
                    {"text": ".", "found": False},
                ],
            }
        ],
        "next": None,
    }


async def test_a_passage_of_a_shared_microphone_comes_with_the_name_of_its_voice(
    house: House, ada: Account, caller: Caller
) -> None:
    sitting = await met(house, ada, "weekly")
    source = Source(sitting.meeting.id, sitting.participant.id, None, "fr", "test")
    spoken = [Spoken(n, n + 1, "Le budget.", (), f"S{n}") for n in (1, 2)]
    of = sitting.participant.id, "S2"
    async with house.database.transaction() as session:
        utterances.add(session, source, spoken, sitting.key)
        await corrections.name_voice(session, sitting.meeting.id, of, "Mme Martin", sitting.key)
    found = (await caller.post(PATH, {"words": "budget"})).json["passages"]
    called = [(one["name"], one["voice"], one["voice_name"]) for one in found]
    assert called == [("Ada", "S1", None), ("Ada", "S2", "Mme Martin")]


async def test_pages_are_of_the_newest_meetings_first_and_cost_the_same(
    house: House, ada: Account, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.search._FIRST", 2)
    for number in range(4):
        sitting = await met(house, ada, f"room-{number}", NOW + number // 2)
        texts = [f"Le budget {number}{line}" for line in range(3)]
        await said(house.database, sitting, *texts)
    seen: list[tuple[int, str, int, str]] = []
    after, counts = "", set()
    while after is not None:
        with queries(house) as counted:
            page = (await caller.post(PATH, {"words": "budget", "limit": 2, "after": after})).json
        counts.add(len(counted))
        seen += [
            (-one["meeting_started_at"], one["meeting"], one["started_at"], one["id"])
            for one in page["passages"]
        ]
        after = page["next"]
    assert len(set(seen)) == 12
    assert seen == sorted(seen)
    # Two more where a page goes on in the next meetings.
    assert max(counts) - min(counts) <= 2


@pytest.mark.parametrize("words", ["", "le", "…", "absent"])
async def test_nothing_is_an_answer(house: House, ada: Account, caller: Caller, words: str) -> None:
    await said(house.database, await met(house, ada, "weekly"), "Le budget.")
    answer = await caller.post(PATH, {"words": words})
    assert answer.json == {"passages": [], "next": None}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"words": "x" * 201},
        {"words": "a\x00"},
        {"words": "a", "limit": 0},
        {"words": "a", "after": "x"},
        {"words": "a", "after": "WzEsICJ4IiwgMSwgIngiXQ"},
    ],
)
async def test_what_is_asked_wrongly_is_refused(caller: Caller, body: object) -> None:
    assert (await caller.post(PATH, body)).code == "invalid_fields"


async def test_one_may_not_search_without_end(caller: Caller) -> None:
    codes = [(await caller.post(PATH, {"words": "a"})).code for _ in range(61)]
    assert codes == [200] * 60 + ["too_many_attempts"]


async def test_it_is_written_down_whose_words_were_shown_and_not_which(
    house: House, ada: Account, caller: Caller
) -> None:
    sitting = await met(house, ada, "weekly")
    await said(house.database, sitting, "Le budget.")
    await caller.post(PATH, {"words": "absent"})
    await caller.post(PATH, {"words": "budget"})
    async with house.database.transaction() as session:
        wanted = Wanted(act=Act.TRANSCRIPT_SEARCHED)
        (row,) = await audit.page(session, wanted, before=None, limit=10)
    assert row.author == ada.id
    assert json.loads(row.detail) == {"meetings": [sitting.meeting.id]}


async def found(caller: Caller, words: str) -> list[str]:
    answer = await caller.post(PATH, {"words": words})
    return ["".join(part["text"] for part in one["parts"]) for one in answer.json["passages"]]


async def test_one_finds_what_one_is_given_and_as_it_reads_now(
    house: House, ada: Account, caller: Caller
) -> None:
    sitting = await met(house, ada, "weekly")
    bob = await house.account("bob@example.org")
    member = await house.signed_in(bob)
    who = sitting.meeting.id, "p-bob", "PA_2"
    async with house.database.transaction() as session:
        stay = await participants.joined(session, *who, account_id=bob.id, name="Bob", now=NOW)
    await said(house.database, sitting, "Le budget.", "Le pont.")
    await said(house.database, replace(sitting, participant=stay), "Mon budget.", started_at=9000)
    async with house.database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, NOW + 60_000)
        (line, *_) = await utterances.spoken(session, sitting.meeting.id)
    path = f"/api/v1/meetings/{sitting.meeting.id}"
    assert await found(member, "budget") == ["Le budget.", "Mon budget."]
    await caller.ask("PATCH", f"{path}/sharing", {"attendees": False})
    assert await found(member, "budget") == ["Mon budget."]
    await caller.post(f"{path}/sharing/readers", {"email": "bob@example.org"})
    assert await found(member, "budget") == ["Le budget.", "Mon budget."]
    corrected = {"text": "Le forage.", "version": 0}
    assert (await caller.put(f"{path}/utterances/{line.id}", corrected)).status == 200
    assert await found(caller, "budget") == ["Mon budget."]
    assert await found(caller, "forage") == ["Le forage."]
    assert (await caller.put(f"{path}/utterances/{line.id}/hiding", {})).status == 204
    assert await found(caller, "forage") == await found(member, "forage") == []
