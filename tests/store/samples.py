"""Rows to start from."""

from dataclasses import dataclass

from visio.store import consents, meetings, participants, rooms, utterances
from visio.store.consents import Answer
from visio.store.database import Database
from visio.store.models import (
    Account,
    ChatFile,
    ChatMessage,
    Meeting,
    Participant,
    Room,
    Talkspurt,
    Utterance,
    new_id,
)
from visio.store.sealing import Keyring, MeetingKey
from visio.store.utterances import Source, Spoken

NOW = 1_700_000_000_000
KEYRING = Keyring(bytes(range(32)))


async def account(database: Database, email: str = "ada@example.org") -> Account:
    row = Account(email=email, name=email.partition("@")[0].title(), password_hash="none")
    async with database.transaction() as session:
        session.add(row)
    return row


async def room(
    database: Database, owner: Account, slug: str = "abc-defg-hij", access: str = "public"
) -> Room:
    async with database.transaction() as session:
        return await rooms.add(
            session, Room(slug=slug, title="Weekly", access=access, owner_id=owner.id)
        )


@dataclass(frozen=True)
class Sitting:
    """A meeting with one participant."""

    meeting: Meeting
    participant: Participant
    key: MeetingKey


async def sitting(
    database: Database,
    place: Room,
    who: Account | None = None,
    *,
    identity: str = "p-1",
    keyring: Keyring = KEYRING,
    agreed: bool = True,
) -> Sitting:
    """Who is in it agreed to be transcribed."""
    key, wrapped = keyring.new_meeting_key()
    async with database.transaction() as session:
        meeting = await meetings.start(session, place.id, "RM_1", NOW, wrapped)
        participant = await participants.joined(
            session,
            meeting.id,
            identity,
            "PA_1",
            account_id=who.id if who else None,
            name=who.name if who else "Guest",
            now=NOW,
            kind="account" if who else "guest",
        )
        if agreed:
            answer = Answer("transcription", True, "2026-11", "en")
            await consents.record(session, participant.id, answer, NOW)
    return Sitting(meeting, participant, key)


def talkspurt(of: Sitting, sequence: int = 0, started_at: int = 0) -> Talkspurt:
    row_id = new_id()
    return Talkspurt(
        id=row_id,
        meeting_id=of.meeting.id,
        participant_id=of.participant.id,
        track_sid="TR_1",
        sequence=sequence,
        started_at=started_at,
        duration=1000,
        audio=of.key.seal(b"opus", f"talkspurt:{row_id}:audio"),
    )


def utterance(of: Sitting, text: str, started_at: int = 0) -> Utterance:
    row_id = new_id()
    return Utterance(
        id=row_id,
        meeting_id=of.meeting.id,
        participant_id=of.participant.id,
        started_at=started_at,
        ended_at=started_at + 1000,
        text=of.key.seal(text.encode(), f"utterance:{row_id}:text"),
        language="en",
        model="test",
    )


def message(of: Sitting, text: str, to: Sitting | None = None) -> ChatMessage:
    row_id = new_id()
    return ChatMessage(
        id=row_id,
        meeting_id=of.meeting.id,
        participant_id=of.participant.id,
        addressee_id=to.participant.id if to else None,
        text=of.key.seal(text.encode(), f"chat_message:{row_id}:text"),
        sent_at=NOW,
    )


def file(of: Sitting, message: ChatMessage, content: bytes) -> ChatFile:
    return ChatFile(
        message_id=message.id,
        meeting_id=of.meeting.id,
        name=of.key.seal(b"agenda.txt", f"chat_file:{message.id}:name"),
        size=len(content),
        content=of.key.seal(content, f"chat_file:{message.id}:content"),
    )


async def said(
    database: Database, of: Sitting, *texts: str, started_at: int = 0, language: str = "fr"
) -> None:
    """Passages of a second each, written as the worker writes them."""
    source = Source(of.meeting.id, of.participant.id, None, language, "test")
    starts = range(started_at, started_at + 1000 * len(texts), 1000)
    passages = [Spoken(at, at + 1000, text) for at, text in zip(starts, texts, strict=True)]
    async with database.transaction() as session:
        utterances.add(session, source, passages, of.key)
