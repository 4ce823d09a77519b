"""What people read of an export without a program: calendars, transcripts, minutes, chats.

All of it is in the rows, too; an import does not look at it.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased

from visio import documents, transcripts
from visio.documents import Language
from visio.documents.transcript import clean
from visio.minutes.written import Minutes
from visio.portable.columns import BYTES, file_name
from visio.store import messages, minutes, participants, scheduled, utterances
from visio.store.exports import cells
from visio.store.models import ChatFile, ChatMessage, Meeting, Participant, Room, ScheduledMeeting
from visio.store.pages import Page
from visio.store.scheduled import Scheduled
from visio.store.sealing import Keyring, MeetingKey

Calendar = Callable[[Scheduled], bytes]
"""Writes a scheduled meeting as an iCalendar object."""
Parts = AsyncIterator[tuple[str, bytes]]


async def parts(
    connection: AsyncConnection,
    keyring: Keyring,
    calendar: Calendar,
    language: Language,
    now: int,
) -> Parts:
    """All of them, from the moment that the connection sees."""
    async with AsyncSession(connection, autoflush=False) as session:
        async for row_id in _ids(connection, ScheduledMeeting.id):
            if found := await scheduled.whole(session, row_id):
                yield f"calendar/{row_id}.ics", calendar(found)
        async for row_id in _ids(connection, Meeting.id):
            one = await _Past.of(session, row_id, keyring)
            for name, data in await one.written(session, language, now):
                yield f"meetings/{row_id}/{name}", data
            session.expunge_all()


async def _ids(connection: AsyncConnection, column: Any) -> AsyncIterator[str]:
    async for (row_id,) in await connection.stream(select(column).order_by(column)):
        yield row_id


class _Past:
    """A meeting with what is kept of it."""

    def __init__(
        self, meeting: Meeting, room: Room, stays: Sequence[Participant], key: MeetingKey
    ) -> None:
        self._meeting = meeting
        self._room = room
        self._stays = stays
        self._key = key

    @classmethod
    async def of(cls, session: AsyncSession, row_id: str, keyring: Keyring) -> "_Past":
        meeting = await session.get_one(Meeting, row_id)
        room = await session.get_one(Room, meeting.room_id)
        stays = await participants.of_meeting(session, row_id)
        return cls(meeting, room, stays, keyring.unwrap(meeting.wrapped_key))

    async def written(
        self, session: AsyncSession, language: Language, now: int
    ) -> Sequence[tuple[str, bytes]]:
        """Its files; those that would say nothing are not there."""
        return [
            ("attendance.csv", self._attendance()),
            *await self._transcript(session, language, now),
            *await self._minutes(session, language),
            *await self._chat(session),
        ]

    def _attendance(self) -> bytes:
        lines = [cells(("room", "name", "kind", "joined_at", "left_at", "spoken_seconds"))]
        for one in self._stays:
            left = "" if one.left_at is None else _time(one.left_at)
            spoken = one.spoken // 1000
            lines.append(
                cells([self._room.title, one.name, one.kind, _time(one.joined_at), left, spoken])
            )
        return "".join(lines).encode()

    async def _transcript(
        self, session: AsyncSession, language: Language, now: int
    ) -> list[tuple[str, bytes]]:
        rows = await utterances.page(session, self._meeting.id, _ALL)
        if not rows:
            return []
        names = await transcripts.voice_names(session, self._meeting, self._key)
        transcript = transcripts.transcript(
            self._room.title,
            self._meeting,
            rows,
            self._stays,
            names,
            key=self._key,
            language=language,
            zone=ZoneInfo("UTC"),
            now=now,
        )
        return [
            ("transcript.json", documents.write(transcript, "json")),
            ("transcript.txt", documents.write(transcript, "txt")),
        ]

    async def _minutes(self, session: AsyncSession, language: Language) -> list[tuple[str, bytes]]:
        row = await minutes.find(session, self._meeting.id)
        if row is None or (text := minutes.opened(row, self._key)) is None:
            return []
        return [("minutes.md", _minutes(Minutes.model_validate_json(text), language).encode())]

    async def _chat(self, session: AsyncSession) -> list[tuple[str, bytes]]:
        writer, addressee = aliased(Participant), aliased(Participant)
        query = (
            select(ChatMessage, writer.name, addressee.name, ChatFile.name)
            .join(writer, writer.id == ChatMessage.participant_id)
            .outerjoin(addressee, addressee.id == ChatMessage.addressee_id)
            .outerjoin(ChatFile, ChatFile.message_id == ChatMessage.id)
            .where(ChatMessage.meeting_id == self._meeting.id)
            .order_by(ChatMessage.sent_at, ChatMessage.id)
        )
        lines = [
            json.dumps(
                {
                    "sent_at": _time(row.sent_at),
                    "from": name,
                    "to": to,
                    "text": messages.opened(row, self._key),
                    "file": file and self._file(row.id, file),
                },
                ensure_ascii=False,
            )
            for row, name, to, file in await session.execute(query)
        ]
        return [("chat.jsonl", "\n".join([*lines, ""]).encode())] if lines else []

    def _file(self, message_id: str, sealed: bytes) -> str:
        context = BYTES["chat_file", "name"].context.format(message_id=message_id)
        return file_name("chat_file", message_id, self._key.open(sealed, context).decode())


def _minutes(written: Minutes, language: Language) -> str:
    summary, decisions, actions = _HEADINGS[language]
    lines = [
        *_section(summary, [one.text for one in written.summary]),
        *_section(decisions, [one.text for one in written.decisions]),
        *_section(
            actions,
            [" – ".join(filter(None, (one.who, one.text, one.when))) for one in written.actions],
        ),
    ]
    return "\n".join(lines)


def _section(heading: str, texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    # One line each: a text cannot begin a heading or another list.
    return [f"# {heading}", "", *(f"- {clean(text)}" for text in texts), ""]


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


_ALL = Page(limit=2**31)
_HEADINGS: dict[Language, tuple[str, str, str]] = {
    "fr": ("Résumé", "Décisions", "Actions"),
    "en": ("Summary", "Decisions", "Actions"),
}
