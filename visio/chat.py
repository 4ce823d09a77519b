"""The chat of running meetings: what somebody types is written down, sealed, and then shown to
those it is for. LiveKit's clients are understood, and understand it, by text streams."""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from livekit.protocol import models
from livekit.protocol.models import DataPacket

from visio import access, files, textstreams
from visio.auth.attempts import Attempts
from visio.errors import (
    ChatClosed,
    ChatFull,
    FileRefused,
    MeetingNotFound,
    NotAllowed,
    NotFound,
    Refusal,
)
from visio.hub import LiveRoom
from visio.roster import Participant as Attendee
from visio.store import audit, meetings, messages
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.database import Database
from visio.store.messages import FileShown, Written
from visio.store.models import Meeting, Participant, new_id
from visio.store.sealing import Keyring
from visio.texts import cleaned
from visio.textstreams import Typed

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say, under an id of theirs; `to` is the identity of whom it is for
    alone."""

    id: str
    text: str
    to: str | None = None
    file: "File | None" = None


@dataclass(frozen=True, slots=True)
class File:
    """What somebody gives the others."""

    name: str
    content: bytes


class Chat:
    """`now` is milliseconds since 1970 UTC."""

    def __init__(self, database: Database, keyring: Keyring, now: Callable[[], int]) -> None:
        self._database = database
        self._keyring = keyring
        self._now = now
        self._paces = [Attempts(most, window) for most, window in _PACES]
        self._file_paces = [Attempts(most, window) for most, window in _FILE_PACES]

    async def say(self, live: LiveRoom, sid: str, draft: Draft) -> Written:
        """Take a message of somebody inside: it is on disk when this returns. What is said again
        under its id is there once.

        Raises ChatClosed, TooManyAttempts, NotFound when the addressee is not there any more,
        MeetingNotFound when the meeting is over, Conflict when another message has the id,
        FileRefused, ChatFull.
        """
        meeting, writer = _place(live, sid)
        if not _may_write(live, live.room.participants[sid]):
            raise ChatClosed
        addressee, now = _addressee(live, draft.to), self._now()
        file = draft.file
        shown = _looked_at(file) if file else None
        _count(self._file_paces if file else self._paces, writer.person, now)
        key = self._keyring.unwrap(meeting.wrapped_key)
        written = Written(draft.id, now, draft.text, writer, addressee, shown)
        async with self._database.transaction() as session:
            if not await meetings.runs(session, meeting.id):
                raise MeetingNotFound
            if before := await messages.own(session, meeting.id, writer.person, draft.id, key):
                return before
            if file:
                size = await messages.size_of_files(session, meeting.id) + len(file.content)
                if size > _MOST_BYTES:
                    raise ChatFull
            await messages.add(session, written, key, file.content if file else b"")
        _send(live, written, _as_stream(written), besides=sid)
        return written

    async def take(self, live: LiveRoom, sid: str, typed: Typed) -> None:
        """A message from another client of LiveKit's, which is not told why it was refused."""
        text = cleaned(typed.text)
        if not 0 < len(text) <= LONGEST:
            return
        for to in typed.to[:_MOST_ADDRESSEES] or (None,):
            try:
                await self.say(live, sid, Draft(new_id(), text, to))
            except Refusal as refusal:
                logger.debug("%s: a message was refused: %s", sid, refusal.code)

    async def take_back(self, live: LiveRoom, sid: str, message_id: str, by: Author) -> None:
        """Delete a message for everybody: its writer may, and hosts who can read it.

        Raises NotFound, NotAllowed.
        """
        meeting, asker = _place(live, sid)
        hosts = access.hosts(access.role_of(live.room.participants[sid]))
        key = self._keyring.unwrap(meeting.wrapped_key)
        async with self._database.transaction() as session:
            found = await messages.one(session, meeting.id, [asker.person], message_id, key)
            if found is None:
                raise NotFound("There is no such message.")
            if not (hosts or found.writer.person == asker.person):
                raise NotAllowed
            await messages.remove(session, message_id)
            detail: dict[str, object] = {"message": message_id, "writer": found.writer.identity}
            of = ("meeting", meeting.id)
            await audit.append(session, by, Deed(Act.CHAT_DELETED, of, live.id, detail=detail))
        _send(live, found, [_deletion(message_id)])


def _count(paces: Iterable[Attempts], person: str, now: int) -> None:
    for pace in paces:
        pace.check(person, now)
    for pace in paces:
        pace.failed(person, now)


def _looked_at(file: File) -> FileShown:
    if not files.is_taken(name := files.safe_name(file.name), file.content):
        raise FileRefused
    return FileShown(name, len(file.content))


def _may_write(live: LiveRoom, participant: Attendee) -> bool:
    """A program that is hidden stays so."""
    permission = participant.permission
    allowed = access.may_write(live.settings, access.role_of(participant))
    return allowed and permission.can_publish_data and not permission.hidden


def _place(live: LiveRoom, sid: str) -> tuple[Meeting, Participant]:
    """The meeting, and somebody's row in it; raises NotFound where they have left."""
    if live.meeting is None or sid not in live.people:
        raise NotFound
    return live.meeting, live.people[sid]


def _addressee(live: LiveRoom, identity: str | None) -> Participant | None:
    if identity is None:
        return None
    found = live.room.find(identity)
    if found is None or found.permission.hidden or found.sid not in live.people:
        raise NotFound("They are not in the meeting any more.")
    return live.people[found.sid]


def _send(
    live: LiveRoom, message: Written, packets: Iterable[bytes], *, besides: str | None = None
) -> None:
    """Also to those who are still connecting: they were not told of it when they asked."""
    for packet in packets:
        for sid, person in list(live.people.items()):
            if sid != besides and message.is_for(person.person):
                live.send(sid, _RELIABLE, packet)


def _as_stream(message: Written) -> Iterable[bytes]:
    attributes = {NAME: message.writer.name}
    if message.addressee:
        attributes |= {TO: message.addressee.identity, TO_NAME: message.addressee.name}
    if message.file:
        attributes |= {FILE: message.file.name, SIZE: str(message.file.size)}
    return textstreams.packets(
        message.id, message.text, message.writer.identity, message.sent_at, attributes
    )


def _deletion(message_id: str) -> bytes:
    payload = json.dumps({"deleted": message_id}).encode()
    user = models.UserPacket(payload=payload, topic=TOPIC)
    return DataPacket(kind=DataPacket.RELIABLE, user=user).SerializeToString()


CHAT = web.AppKey("chat", Chat)

LONGEST = 4_000
"""Characters of a message: longer texts belong in a document."""
NAME, TO, TO_NAME = "visio.name", "visio.to", "visio.to_name"
"""Attributes of a stream: who wrote it, and for whom alone (an identity), who may have left."""
FILE, SIZE = "visio.file", "visio.file_size"
"""Attributes of the stream of a message that brings a file along: its name, and its bytes."""
TOPIC = "visio.chat"
"""Of the packets that tell of a deletion: from the server, so without a sender."""
# How many messages of a person in which time. Lower numbers slow who pastes line by line, higher
# ones let somebody fill the panel, or the disk (a message is 16 kB at most).
_PACES = ((20, timedelta(seconds=30)), (1_000, timedelta(hours=12)))
# The same of files, of 8 MB at most.
_FILE_PACES = ((10, timedelta(minutes=5)), (50, timedelta(hours=12)))
# Bytes of all files of a meeting: they are in the database.
_MOST_BYTES = 200 * 1024 * 1024
# Other clients may name several: each gets a message of their own.
_MOST_ADDRESSEES = 8
# LiveKit's label of the channel that loses nothing (protocol §3.5).
_RELIABLE = "_reliable"
