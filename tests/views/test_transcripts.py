"""What becomes of a transcript after its meeting: corrected, hidden, its voices named, shared."""

import asyncio
import json
from dataclasses import dataclass, replace
from io import BytesIO

import docx
import odfdo
import pytest
from sqlalchemy import func, select

from tests.callers import Answer, Caller, House, call_claims
from tests.queries import queries
from tests.store import samples
from visio.config import read_secrets
from visio.documents import FORMATS
from visio.store import audit, meetings, participants, persons, utterances
from visio.store.acts import Act
from visio.store.audit import Wanted
from visio.store.models import (
    HiddenUtterance,
    Model,
    TranscriptReader,
    Utterance,
    UtteranceVersion,
    VoiceName,
)
from visio.store.retention import delete_meeting
from visio.store.sealing import Keyring

pytestmark = pytest.mark.one_database


@dataclass
class Scene:
    """Ada's room, where Bob and a guest said something; Eve was not there."""

    house: House
    sitting: samples.Sitting
    path: str
    ada: Caller
    bob: Caller
    guest: Caller
    eve: Caller
    lines: dict[str, str]
    """Ids of utterances by who spoke."""

    def line(self, who: str) -> str:
        return f"{self.path}/utterances/{self.lines[who]}"

    async def texts(self, caller: Caller) -> list[str]:
        answer = await caller.get(self.path)
        return [line["text"] for line in answer.json["utterances"]]

    async def correct(self, caller: Caller, who: str, text: str, version: int = 0) -> Answer:
        return await caller.put(self.line(who), {"text": text, "version": version})

    async def acts(self, *which: Act) -> list[tuple[str, str | None, dict[str, object]]]:
        async with self.house.database.transaction() as session:
            rows = await audit.page(session, Wanted(), before=None, limit=200)
        return [
            (row.act, row.author, json.loads(row.detail)) for row in rows[::-1] if row.act in which
        ]

    async def everything(self) -> bytes:
        """All that lies in the database, as it lies there."""
        async with self.house.database.transaction() as session:
            return str(
                [
                    tuple(row)
                    for table in Model.metadata.sorted_tables
                    for row in await session.execute(select(table))
                ]
            ).encode()


@pytest.fixture
async def scene(house: House) -> Scene:
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    eve = await house.account("eve@example.org")
    keyring = Keyring(read_secrets(house.config).master_key)
    sitting = await samples.sitting(
        house.database, await house.room(ada), bob, identity="p-bob", keyring=keyring
    )
    async with house.database.transaction() as session:
        other = await participants.joined(
            session,
            sitting.meeting.id,
            "p-guest",
            "PA_2",
            account_id=None,
            name="Salle 2",
            now=samples.NOW,
        )
        room = replace(sitting, participant=other)
        lines = {
            "bob": samples.utterance(sitting, "Bonjour a tous", 1000),
            "guest": samples.utterance(room, "C'est secret", 2000),
            "shared": samples.utterance(room, "Moi aussi", 3000),
        }
        lines["shared"].voice = "S1"
        session.add_all(lines.values())
        await meetings.end(session, sitting.meeting.id, samples.NOW + 60_000)
    return Scene(
        house,
        sitting,
        f"/api/v1/meetings/{sitting.meeting.id}",
        await house.signed_in(ada),
        await house.signed_in(bob),
        Caller(house.server, token=house.token(call_claims("public-room", "p-guest"))),
        await house.signed_in(eve),
        {who: row.id for who, row in lines.items()},
    )


async def test_hosts_correct_everything_and_speakers_what_they_said(scene: Scene) -> None:
    assert (await scene.correct(scene.ada, "guest", "C'était secret")).status == 200
    corrected = await scene.correct(scene.bob, "bob", "Bonjour à tous")
    assert (corrected.json["text"], corrected.json["version"]) == ("Bonjour à tous", 1)
    assert (await scene.correct(scene.guest, "guest", "C’était secret", 1)).status == 200
    assert (await scene.correct(scene.bob, "guest", "Non", 2)).code == "not_allowed"
    assert (await scene.correct(scene.guest, "bob", "Non", 1)).code == "not_allowed"
    assert (await scene.correct(scene.eve, "bob", "Non", 1)).code == "meeting_not_found"
    assert await scene.texts(scene.ada) == ["Bonjour à tous", "C’était secret", "Moi aussi"]
    done = await scene.acts(Act.TRANSCRIPT_CORRECTED)
    assert [detail["utterance"] for *_, detail in done] == [
        scene.lines[who] for who in ("guest", "bob", "guest")
    ]
    assert [author for _, author, _ in done][2] == "p-guest"
    assert "secret" not in str(done)


async def test_every_text_is_kept_with_who_and_when_and_comes_back(scene: Scene) -> None:
    await scene.correct(scene.bob, "bob", "Bonjour à tous")
    await scene.correct(scene.ada, "bob", "Bonsoir à tous", 1)
    path = f"{scene.line('bob')}/versions"
    told = (await scene.ada.get(path)).json
    assert [(one["number"], one["text"], one["writer"]) for one in told["versions"]] == [
        (2, "Bonsoir à tous", "Ada"),
        (1, "Bonjour à tous", "Bob"),
        (0, "Bonjour a tous", None),
    ]
    assert {one["written_at"] for one in told["versions"][:2]} == {scene.house.clock()}
    # In pages, with the same number of queries.
    with queries(scene.house) as all_at_once:
        await scene.ada.get(path)
    with queries(scene.house) as one_by_one:
        first = (await scene.ada.get(f"{path}?limit=1")).json
    assert len(all_at_once) == len(one_by_one)
    second = (await scene.ada.get(f"{path}?limit=1&after={first['next']}")).json
    assert [one["number"] for one in first["versions"] + second["versions"]] == [2, 1]
    # What was before is written anew: nothing is ever taken out of the history.
    await scene.correct(scene.bob, "bob", told["versions"][2]["text"], 2)
    assert (await scene.texts(scene.ada))[0] == "Bonjour a tous"
    assert len((await scene.bob.get(path)).json["versions"]) == 4
    assert (await scene.guest.get(path)).code == "not_allowed"


async def test_of_two_corrections_at_once_one_is_told(scene: Scene) -> None:
    both = ((scene.ada, "A"), (scene.bob, "B"))
    answers = await asyncio.gather(*(scene.correct(who, "bob", text) for who, text in both))
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert "passage_changed" in [answer.code for answer in answers]
    (written,) = [answer.json["text"] for answer in answers if answer.status == 200]
    assert (await scene.texts(scene.bob))[0] == written
    # The same text again is no correction.
    assert (await scene.correct(scene.bob, "bob", written, 1)).json["version"] == 1


async def test_a_text_is_one_line(scene: Scene) -> None:
    for text in ("", " ", "a\nb", "a\x00b", "\u202e", "x" * 10_001):
        assert (await scene.correct(scene.bob, "bob", text)).code == "invalid_fields"


async def test_nothing_is_changed_while_it_is_still_being_written(scene: Scene) -> None:
    async with scene.house.database.transaction() as session:
        row = await session.get_one(type(scene.sitting.meeting), scene.sitting.meeting.id)
        row.final_pass = "claimed"
    refused = [
        await scene.correct(scene.ada, "bob", "x"),
        await scene.ada.put(f"{scene.line('bob')}/hiding", {}),
        await scene.ada.put(await voice(scene), {"name": "Mme Martin"}),
    ]
    assert {answer.code for answer in refused} == {"transcript_unfinished"}
    assert not (await scene.ada.get(scene.path)).json["utterances"][0]["may_change"]


async def voice(scene: Scene) -> str:
    line = (await scene.ada.get(scene.path)).json["utterances"][2]
    return f"{scene.path}/voices/{line['participant']}/{line['voice']}"


async def test_what_is_hidden_is_given_to_those_alone_who_may_show_it(scene: Scene) -> None:
    path = f"{scene.line('guest')}/hiding"
    assert (await scene.bob.put(path, {})).code == "not_allowed"
    assert (await scene.guest.put(path, {"reason": "Privé"})).status == 204
    (line,) = [
        one
        for one in (await scene.bob.get(scene.path)).json["utterances"]
        if one["id"] == scene.lines["guest"]
    ]
    assert (line["text"], line["hidden"], line["reason"]) == ("", "speaker", "")
    for allowed in (scene.ada, scene.guest):
        line = (await allowed.get(scene.path)).json["utterances"][1]
        assert (line["text"], line["reason"]) == ("C'est secret", "Privé")
    # A host hides for good what a speaker might show again.
    assert (await scene.ada.put(path, {})).status == 204
    assert (await scene.guest.ask("DELETE", path)).code == "not_allowed"
    assert (await scene.guest.put(path, {})).code == "not_allowed"
    assert (await scene.ada.ask("DELETE", path)).status == 204
    assert (await scene.texts(scene.bob))[1] == "C'est secret"
    acts = await scene.acts(Act.TRANSCRIPT_HIDDEN, Act.TRANSCRIPT_REVEALED)
    assert [act for act, *_ in acts] == [Act.TRANSCRIPT_HIDDEN] * 2 + [Act.TRANSCRIPT_REVEALED]


async def test_a_voice_has_a_name_for_the_meeting(scene: Scene) -> None:
    path = await voice(scene)
    assert (await scene.guest.put(path, {"name": "Moi"})).code == "not_allowed"
    assert (await scene.ada.put(f"{path}9", {"name": "Personne"})).code == "not_found"
    for name in ("Mme Matrin", "Mme Martin"):
        assert (await scene.ada.put(path, {"name": name})).status == 204
    assert (await scene.bob.get(scene.path)).json["utterances"][2]["voice_name"] == "Mme Martin"
    text = (await scene.bob.get(f"{scene.path}/transcript.txt")).body.decode()
    assert "Mme Martin\nMoi aussi" in text
    assert (await scene.ada.ask("DELETE", path)).status == 204
    text = (await scene.bob.get(f"{scene.path}/transcript.txt?language=en")).body.decode()
    assert "Salle 2, voice 1\nMoi aussi" in text
    assert "Martin" not in str(await scene.acts(Act.VOICE_NAMED, Act.VOICE_UNNAMED))


async def test_it_is_shared_by_name_and_no_more_at_once(scene: Scene) -> None:
    sharing = f"{scene.path}/sharing"
    assert (await scene.bob.post(f"{sharing}/readers", {"email": "eve@example.org"})).code == (
        "not_allowed"
    )
    unknown = await scene.ada.post(f"{sharing}/readers", {"email": "x@example.org"})
    assert unknown.code == "address_unknown"
    for _ in range(2):
        added = await scene.ada.post(f"{sharing}/readers", {"email": "Eve@example.org"})
        assert added.status == 204
    assert len(await scene.texts(scene.eve)) == 3
    assert len((await scene.eve.get("/api/v1/meetings")).json["meetings"]) == 1
    assert (await scene.correct(scene.eve, "bob", "x")).code == "not_allowed"
    (reader,) = (await scene.ada.get(sharing)).json["readers"]
    assert (reader["name"], reader["email"]) == ("Eve", "eve@example.org")
    assert (await scene.ada.ask("DELETE", f"{sharing}/readers/{reader['id']}")).status == 204
    for path in (scene.path, f"{scene.path}/utterances", f"{scene.path}/transcript.json"):
        assert (await scene.eve.get(path)).code == "meeting_not_found"
    acts = await scene.acts(Act.TRANSCRIPT_SHARED, Act.TRANSCRIPT_UNSHARED)
    assert [detail for *_, detail in acts] == [{"with": reader["id"]}] * 2


async def test_those_who_attended_are_left_their_own_words(scene: Scene) -> None:
    sharing = f"{scene.path}/sharing"
    assert (await scene.ada.ask("PATCH", sharing, {"attendees": False})).status == 204
    for caller, words in ((scene.bob, "Bonjour a tous"), (scene.ada, None)):
        seen = (await caller.get(scene.path)).json
        assert seen["partial"] == (words is not None)
        assert [line["text"] for line in seen["utterances"]] == (
            [words] if words else ["Bonjour a tous", "C'est secret", "Moi aussi"]
        )
    assert (await scene.bob.get(f"{scene.line('guest')}/versions")).code == "not_found"
    left = json.loads((await scene.bob.get(f"{scene.path}/transcript.json")).body)
    assert ([one["text"] for one in left["passages"]], left["partial"]) == (
        ["Bonjour a tous"],
        True,
    )
    assert (await scene.ada.ask("PATCH", sharing, {"attendees": True})).status == 204
    assert len(await scene.texts(scene.bob)) == 3


async def test_readers_come_in_pages_of_the_same_number_of_queries(scene: Scene) -> None:
    emails = [f"reader{number}@example.org" for number in range(3)]
    for email in emails:
        await scene.house.account(email)
        await scene.ada.post(f"{scene.path}/sharing/readers", {"email": email})
        scene.house.clock.now += 1
    seen, path, asked = [], f"{scene.path}/sharing?limit=2", set()
    while path:
        with queries(scene.house) as counted:
            page = (await scene.ada.get(path)).json
        asked.add(len(counted))
        seen += [one["email"] for one in page["readers"]]
        path = page["next"] and f"{scene.path}/sharing?limit=2&after={page['next']}"
    assert seen == emails[::-1]
    assert len(asked) == 1


async def test_a_long_transcript_comes_in_parts_of_the_same_number_of_queries(
    scene: Scene,
) -> None:
    async with scene.house.database.transaction() as session:
        session.add_all(
            [samples.utterance(scene.sitting, f"line {n}", 5000 + n // 2) for n in range(1500)]
        )
    first = (await scene.bob.get(scene.path)).json
    assert len(first["utterances"]) == 200
    seen, path, asked = [], f"{scene.path}/utterances?limit=300", set()
    while path:
        with queries(scene.house) as counted:
            page = (await scene.bob.get(path)).json
        asked.add(len(counted))
        seen += [line["id"] for line in page["utterances"]]
        path = page["next"] and f"{scene.path}/utterances?limit=300&after={page['next']}"
    assert (len(seen), len(set(seen)), len(asked)) == (1503, 1503, 1)
    rest = (await scene.bob.get(f"{scene.path}/utterances?limit=900&after={first['next']}")).json
    assert [line["id"] for line in first["utterances"] + rest["utterances"]][:1100] == seen[:1100]
    assert (await scene.bob.get(f"{scene.path}/utterances?after=x")).code == "invalid_fields"


async def test_it_leaves_as_files_with_corrections_and_without_what_is_hidden(
    scene: Scene,
) -> None:
    await scene.correct(scene.bob, "bob", "Bonjour à tous")
    await scene.ada.put(f"{scene.line('guest')}/hiding", {})
    await scene.ada.put(await voice(scene), {"name": "Mme Martin"})
    for form in FORMATS:
        path = f"{scene.path}/transcript.{form}"
        answer = await scene.bob.get(f"{path}?language=en&zone=Europe/Paris")
        assert answer.headers["Content-Disposition"] == (
            f'attachment; filename="2023-11-14-public.{form}"'
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        text = read(form, answer.body)
        assert "Bonjour à tous" in text
        assert "Mme Martin" in text
        assert "secret" not in text
        assert (await scene.eve.get(path)).code == "meeting_not_found"
    exported = await scene.acts(Act.TRANSCRIPT_EXPORTED)
    assert [detail["format"] for *_, detail in exported] == list(FORMATS)


def read(form: str, content: bytes) -> str:
    if form == "docx":
        return "\n".join(one.text for one in docx.Document(BytesIO(content)).paragraphs)
    if form == "odt":
        return str(odfdo.Document(BytesIO(content)).get_formatted_text())
    return content.decode()


async def test_a_file_is_of_a_known_format_language_and_zone(scene: Scene) -> None:
    for path, code in (
        ("transcript.exe", "not_found"),
        ("transcript.txt?language=de", "bad_request"),
        ("transcript.txt?zone=../../etc/passwd", "bad_request"),
    ):
        assert (await scene.bob.get(f"{scene.path}/{path}")).code == code


async def test_nothing_of_it_lies_open_in_the_database(scene: Scene) -> None:
    """R3: texts, what they were before, reasons, names of voices."""
    await scene.correct(scene.bob, "bob", "Bonjour perceneige")
    await scene.correct(scene.bob, "bob", "Bonjour", 1)
    await scene.ada.put(f"{scene.line('guest')}/hiding", {"reason": "perceneige"})
    await scene.ada.put(await voice(scene), {"name": "Mme Perceneige"})
    assert b"erceneige" not in await scene.everything()


async def count(scene: Scene, *tables: type[Model]) -> list[int]:
    async with scene.house.database.transaction() as session:
        return [
            await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
        ]


async def changed(scene: Scene) -> None:
    await scene.correct(scene.guest, "guest", "Rien")
    await scene.guest.put(f"{scene.line('guest')}/hiding", {"reason": "x"})
    await scene.ada.put(await voice(scene), {"name": "Mme Martin"})
    await scene.ada.post(f"{scene.path}/sharing/readers", {"email": "eve@example.org"})


MADE = (UtteranceVersion, HiddenUtterance, VoiceName, TranscriptReader)


async def test_all_of_it_goes_with_the_meeting(scene: Scene) -> None:
    await changed(scene)
    assert await count(scene, *MADE) == [2, 1, 1, 1]
    async with scene.house.database.transaction() as session:
        gone = await delete_meeting(session, scene.sitting.meeting.id)
    assert gone
    assert {"utterance_version", "hidden_utterance", "voice_name"} <= set(gone.rows)
    assert await count(scene, *MADE) == [0, 0, 0, 0]


@pytest.mark.parametrize("words", [False, True])
async def test_an_erased_person_is_in_no_history(scene: Scene, words: bool) -> None:
    await changed(scene)
    async with scene.house.database.transaction() as session:
        person = await persons.of_identity(session, "p-guest")
        assert person
        said = await persons.said(
            session, person, Keyring(read_secrets(scene.house.config).master_key)
        )
        assert [(line["text"], line["voice"], line["before"]) for line in said] == [
            ("Rien", None, ["C'est secret"]),
            ("Moi aussi", "Mme Martin", []),
        ]
        await persons.erase(session, person, samples.NOW, words=words)
    assert await count(scene, UtteranceVersion, VoiceName) == [0 if words else 2, 0]
    if not words:
        told = (await scene.ada.get(f"{scene.line('guest')}/versions")).json["versions"]
        assert told[0]["writer"].startswith("[")


async def test_a_withdrawal_takes_the_history_along(scene: Scene) -> None:
    await changed(scene)
    async with scene.house.database.transaction() as session:
        assert len(await utterances.erase(session, scene.sitting.meeting.id, "p-guest")) == 2
    assert await count(scene, Utterance, *MADE[:3]) == [1, 0, 0, 0]
