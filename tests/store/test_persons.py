from typing import Any

from sqlalchemy import select

from tests.store import samples
from tests.store.samples import KEYRING, NOW, Sitting
from visio.store import bans, meetings, participants, persons, rooms, utterances
from visio.store.database import Database
from visio.store.models import (
    Account,
    Ban,
    Consent,
    Meeting,
    OidcSubject,
    Participant,
    Room,
    RoomMember,
    SecondFactor,
    SignIn,
    Talkspurt,
    Utterance,
)
from visio.store.persons import Person
from visio.store.sealing import Keyring


async def scene(database: Database) -> tuple[Account, Account, Sitting, Sitting]:
    """Ada and Bob met in Ada's room; there is something of Ada in every table."""
    ada = await samples.account(database)
    bob = await samples.account(database, "bob@example.org")
    place = await samples.room(database, ada)
    hers = await samples.sitting(database, place, ada, identity="p-ada")
    async with database.transaction() as session:
        person = await participants.joined(
            session, hers.meeting.id, "p-bob", "PA_2", account_id=bob.id, name="Bob", now=NOW
        )
        his = Sitting(hers.meeting, person, hers.key)
        session.add_all(
            [
                samples.utterance(hers, "Ada's words", 0),
                samples.utterance(his, "Bob's words", 1000),
                samples.talkspurt(hers),
                message := samples.message(hers, "Typed by Ada"),
                samples.message(his, "Typed by Bob", to=hers),
                SignIn(id="0" * 64, account_id=ada.id, expires_at=NOW, seen_at=NOW),
                OidcSubject(issuer="https://idp", subject="1", account_id=ada.id),
                SecondFactor(account_id=ada.id, secret=b"sealed"),
            ]
        )
        await session.flush()
        session.add(samples.file(hers, message, b"agenda"))
    theirs = await samples.room(database, bob, "bobs-room")
    async with database.transaction() as session:
        await bans.add(session, theirs.id, account_id=ada.id, guest="", name="Ada")
        shared = Room(slug="shared-room", title="Shared", access="public", owner_id=ada.id)
        await rooms.add(session, shared)
        await rooms.set_member(session, shared.id, bob.id, "owner")
    return ada, bob, hers, his


async def found(database: Database, email: str = "ada@example.org") -> Person:
    async with database.transaction() as session:
        person = await persons.of_account(session, email)
    assert person
    return person


async def erase(database: Database, *, words: bool = False) -> dict[str, int]:
    async with database.transaction() as session:
        person = await persons.of_account(session, "ada@example.org")
        assert person
        return await persons.erase(session, person, NOW, words=words)


async def everything(database: Database) -> str:
    """All readable columns of all tables."""
    async with database.transaction() as session:
        rows: list[Any] = [
            row
            for table in Account.metadata.sorted_tables
            for row in await session.execute(select(table))
        ]
    return str(rows)


async def test_all_that_refers_to_a_person_is_found(database: Database) -> None:
    ada, _, hers, _ = await scene(database)
    async with database.transaction() as session:
        stored = await persons.stored(session, await found(database))
    assert {name: len(rows) for name, rows in stored.items()} == {
        "account": 1,
        "account_word": 4,
        "participant": 1,
        "session": 1,
        "oidc_subject": 1,
        "second_factor": 1,
        "room": 2,
        "room_member": 2,
        "ban": 1,
        "consent": 1,
        "talkspurt": 1,
        "utterance": 1,
        "chat_message": 2,
    }
    assert stored["participant"][0]["id"] == hers.participant.id
    assert stored["account"][0]["email"] == ada.email
    assert "password_hash" not in stored["account"][0]
    assert "secret" not in stored["second_factor"][0]


async def test_their_own_words_are_opened_and_nobody_elses(database: Database) -> None:
    _, _, hers, _ = await scene(database)
    person = await found(database)
    async with database.transaction() as session:
        said = await persons.said(session, person, KEYRING)
        unreadable = await persons.said(session, person, Keyring(bytes(32)))
        typed = await persons.typed(session, person, KEYRING)
        sealed = await persons.typed(session, person, Keyring(bytes(32)))
    line = {"meeting": hers.meeting.id, "started_at": 0, "voice": None}
    assert said == [{**line, "text": "Ada's words", "before": []}]
    assert unreadable == [{**line, "text": None, "before": None}]
    message = {"meeting": hers.meeting.id, "sent_at": NOW}
    assert typed == [{**message, "text": "Typed by Ada", "file": "YWdlbmRh"}]
    assert sealed == [{**message, "text": None, "file": None}]


async def test_an_erased_person_is_named_nowhere_and_transcripts_still_read(
    database: Database,
) -> None:
    ada, _, hers, his = await scene(database)
    done = await erase(database)
    assert done == {
        "account": 1,
        "account_word": 4,
        "ban": 1,
        "oidc_subject": 1,
        "participant": 1,
        "room": 1,
        "room_member": 2,
        "second_factor": 1,
        "session": 1,
        "talkspurt": 1,
    }
    left = await everything(database)
    assert "ada@example.org" not in left
    assert "'Ada'" not in left
    async with database.transaction() as session:
        lines = await utterances.spoken(session, hers.meeting.id)
        assert [utterances.opened(row, hers.key) for row in lines] == ["Ada's words", "Bob's words"]
        people = {row.id: row for row in await participants.of_meeting(session, hers.meeting.id)}
        assert people[his.participant.id].name == "Bob"
        anonymous = people[hers.participant.id]
        assert (len(anonymous.name), anonymous.account_id) == (6, None)
        assert await session.scalar(select(Consent.participant_id)) == anonymous.id
        assert await meetings.seen_by(session, hers.meeting.id, his.participant.account_id or "")
        assert not await meetings.seen_by(session, hers.meeting.id, ada.id)
        for gone in (Talkspurt, Ban, SignIn, OidcSubject, SecondFactor):
            assert await session.scalar(select(gone.created_at)) is None
        assert await rooms.by_slug(session, "abc-defg-hij") is None
        assert await rooms.by_slug(session, "shared-room")
        row = await session.get_one(Account, ada.id)
        assert (row.email, row.name) == (f"{ada.id}@erased.invalid", "")
        assert row.disabled_at == NOW
        assert (await session.scalars(select(RoomMember.account_id).distinct())).all() == [
            his.participant.account_id
        ]


async def test_the_words_go_too_where_that_is_asked_for(database: Database) -> None:
    await scene(database)
    assert (await erase(database, words=True))["utterance"] == 1
    async with database.transaction() as session:
        (left,) = await session.scalars(select(Utterance))
        person = await session.get_one(Participant, left.participant_id)
    assert person.name == "Bob"


async def test_a_guest_is_found_by_identity_and_an_account_is_not(database: Database) -> None:
    await scene(database)
    place = await samples.room(database, await samples.account(database, "eve@example.org"), "eves")
    guest = await samples.sitting(database, place, identity="p-guest")
    async with database.transaction() as session:
        assert await persons.of_identity(session, "p-ada") is None
        assert await persons.of_identity(session, "p-nobody") is None
        person = await persons.of_identity(session, "p-guest")
        assert person
        assert person.account is None
        assert set(await persons.stored(session, person)) == {"participant", "consent"}
        assert await persons.erase(session, person, NOW, words=False) == {"participant": 1}
    async with database.transaction() as session:
        row = await session.get_one(Participant, guest.participant.id)
        assert row.name != "Guest"
        assert await session.get_one(Meeting, guest.meeting.id)


def test_it_is_said_of_every_table_what_becomes_of_it() -> None:
    """Whoever adds a table that refers to people decides, in `DELETED` or `KEPT`."""
    own = {"account", "participant", "invitation"}  # the last by an address, not by a key
    referring = {table.name for table, _, _ in persons.referring()} | own
    assert referring == persons.DELETED | persons.KEPT
    assert not persons.DELETED & persons.KEPT
