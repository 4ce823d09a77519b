"""Queries about what is typed in meetings, and how it is sealed and opened."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, exists, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from visio.errors import Conflict
from visio.store.models import ChatFile, ChatMessage, Meeting, Participant, Room
from visio.store.pages import Page, cut
from visio.store.sealing import MISSING, MeetingKey, SealError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileShown:
    """What a message brings along; its content is read by itself."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages, and how many of them bring a file."""

    messages: int
    files: int


@dataclass(frozen=True, slots=True)
class Written:
    """A message; with an addressee it is for them alone."""

    id: str
    sent_at: int
    text: str
    writer: Participant
    addressee: Participant | None
    file: FileShown | None = None

    def is_for(self, person: str) -> bool:
        """Whether somebody may read it: `person` is a participant's."""
        return self.addressee is None or person in (self.writer.person, self.addressee.person)


async def add(
    session: AsyncSession, message: Written, key: MeetingKey, content: bytes = b""
) -> None:
    """Write a message down, sealed, with the content of its file, if it has one; raises Conflict
    when its id is taken."""
    row = ChatMessage(
        id=message.id,
        meeting_id=message.writer.meeting_id,
        participant_id=message.writer.id,
        addressee_id=message.addressee.id if message.addressee else None,
        text=key.seal(message.text.encode(), _context(message.id)),
        sent_at=message.sent_at,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Conflict("Another message has this id.") from None
    if message.file:
        file = ChatFile(
            message_id=message.id,
            meeting_id=message.writer.meeting_id,
            name=key.seal(message.file.name.encode(), _file_context(message.id, "name")),
            size=message.file.size,
            content=key.seal(content, _file_context(message.id, "content")),
        )
        session.add(file)
        await session.flush()
        session.expunge(file)


async def size_of_files(session: AsyncSession, meeting_id: str) -> int:
    """How many bytes of files a meeting has."""
    query = select(func.sum(ChatFile.size)).where(ChatFile.meeting_id == meeting_id)
    return int(await session.scalar(query) or 0)


async def content(session: AsyncSession, message_id: str, key: MeetingKey) -> bytes | None:
    """The file of a message; raises SealError."""
    query = select(ChatFile.content).where(ChatFile.message_id == message_id)
    sealed = await session.scalar(query)
    return None if sealed is None else key.open(sealed, _file_context(message_id, "content"))


async def page(
    session: AsyncSession, meeting_id: str, persons: Collection[str], part: Page, key: MeetingKey
) -> Sequence[Written]:
    """Part of what those `persons` may read of a meeting, the newest first, and one more where
    there are more."""
    query = _readable(meeting_id, persons)
    query = cut(query, ChatMessage.sent_at, ChatMessage.id, part)
    return [_opened(*row, key=key) for row in await session.execute(query)]


async def count(session: AsyncSession, meeting_id: str, persons: Collection[str]) -> Counted:
    """Of what those `persons` may read of a meeting."""
    counts = func.count(ChatMessage.id), func.count(ChatFile.message_id)
    query = _readable(meeting_id, persons).with_only_columns(*counts, maintain_column_froms=True)
    return Counted(*(await session.execute(query)).one())


async def one(
    session: AsyncSession,
    meeting_id: str,
    persons: Collection[str],
    message_id: str,
    key: MeetingKey,
) -> Written | None:
    """A message that those `persons` may read."""
    query = _readable(meeting_id, persons).where(ChatMessage.id == message_id)
    row = (await session.execute(query)).one_or_none()
    return _opened(*row, key=key) if row else None


async def own(
    session: AsyncSession, meeting_id: str, person: str, message_id: str, key: MeetingKey
) -> Written | None:
    """A message that a person has written."""
    found = await one(session, meeting_id, [person], message_id, key)
    return found if found and found.writer.person == person else None


async def remove(session: AsyncSession, message_id: str) -> None:
    """Delete a message."""
    await session.execute(delete(ChatMessage).where(ChatMessage.id == message_id))


async def end(session: AsyncSession, meeting_id: str) -> None:
    """Delete what was typed in a meeting that has ended, unless its room keeps that, or it is held.

    For the transaction that ends it.
    """
    kept = (
        exists()
        .where(Meeting.id == meeting_id, Room.id == Meeting.room_id)
        .where(or_(Room.chat_kept, Meeting.held_at.is_not(None)))
    )
    await session.execute(delete(ChatMessage).where(ChatMessage.meeting_id == meeting_id, ~kept))


def opened(row: ChatMessage, key: MeetingKey) -> str:
    """Its text; raises SealError."""
    return key.open(row.text, _context(row.id)).decode()


def _opened(
    row: ChatMessage,
    writer: Participant,
    addressee: Participant | None,
    name: bytes | None,
    size: int | None,
    *,
    key: MeetingKey,
) -> Written:
    file = None
    try:
        text = opened(row, key)
        if name is not None and size is not None:
            file = FileShown(key.open(name, _file_context(row.id, "name")).decode(), size)
    except SealError:
        logger.error("message %s was changed: it is not shown", row.id)
        text, file = MISSING, None
    return Written(row.id, row.sent_at, text, writer, addressee, file)


def _readable(
    meeting_id: str, persons: Collection[str]
) -> Select[ChatMessage, Participant, Participant, bytes, int]:
    addressee = aliased(Participant)
    mine = or_(Participant.person.in_(persons), addressee.person.in_(persons))
    return (
        select(ChatMessage, Participant, addressee, ChatFile.name, ChatFile.size)
        .join(Participant, Participant.id == ChatMessage.participant_id)
        .outerjoin(addressee, addressee.id == ChatMessage.addressee_id)
        .outerjoin(ChatFile, ChatFile.message_id == ChatMessage.id)
        .where(ChatMessage.meeting_id == meeting_id)
        .where(or_(ChatMessage.addressee_id.is_(None), mine))
    )


def _file_context(message_id: str, column: str) -> str:
    return f"chat_file:{message_id}:{column}"


def _context(message_id: str) -> str:
    return f"chat_message:{message_id}:text"
