"""All that is stored of one person: to be shown, taken along, and erased.

What refers to an account or to a participant is found by its foreign keys, so that a new table is
exported by itself; what becomes of it when the person is erased is said in `_ERASED`, for each.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    delete,
    exists,
    false,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store import corrections, messages, minutes, utterances
from visio.store.models import (
    ERASED,
    Account,
    ChatMessage,
    HiddenUtterance,
    Meeting,
    Model,
    Participant,
    Room,
    RoomMember,
    ScheduledMeeting,
    Utterance,
    UtteranceVersion,
    VoiceName,
)
from visio.store.sealing import Keyring, MeetingKey, SealError


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, or a guest (None): with each time they were in a meeting."""

    account: Account | None
    participants: Sequence[Participant]


async def of_account(session: AsyncSession, email: str) -> Person | None:
    """The holder of an account, by its lower-case address."""
    account = await session.scalar(select(Account).where(Account.email == email))
    if account is None:
        return None
    query = select(Participant).where(Participant.account_id == account.id)
    return Person(account, (await session.scalars(query)).all())


async def of_identity(session: AsyncSession, identity: str) -> Person | None:
    """A guest, by the identity they had in a meeting."""
    query = select(Participant).where(
        Participant.identity == identity, Participant.account_id.is_(None)
    )
    found = (await session.scalars(query)).all()
    return Person(None, found) if found else None


async def stored(session: AsyncSession, person: Person) -> dict[str, list[dict[str, Any]]]:
    """The rows that are theirs, by table; secrets, and what is sealed, left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table, theirs in _referring(person):
        rows = await session.execute(select(*_readable(table)).where(theirs))
        if listed := [dict(row) for row in rows.mappings()]:
            found[table.name] = listed
    return found


async def said(session: AsyncSession, person: Person, keyring: Keyring) -> list[dict[str, Any]]:
    """Their own words, opened, with the meeting and the milliseconds since its start; whose voice
    it is, where they share a microphone; and the texts the line had before it was corrected.

    What was sealed under another master key is there without its text.
    """
    theirs = Utterance.participant_id.in_([one.id for one in person.participants])
    query = (
        select(Utterance, Meeting.wrapped_key, VoiceName)
        .join(Meeting, Meeting.id == Utterance.meeting_id)
        .outerjoin(
            VoiceName,
            (VoiceName.participant_id == Utterance.participant_id)
            & (VoiceName.voice == Utterance.voice),
        )
        .where(theirs)
        .order_by(Meeting.started_at, Utterance.started_at)
    )
    lines = (await session.execute(query)).all()
    before = (
        select(UtteranceVersion)
        .join(Utterance)
        .where(theirs, UtteranceVersion.number < Utterance.version)
    )
    versions: dict[str, list[UtteranceVersion]] = {}
    for version in await session.scalars(before.order_by(UtteranceVersion.number)):
        versions.setdefault(version.utterance_id, []).append(version)
    return [_line(row, name, versions.get(row.id, []), key, keyring) for row, key, name in lines]


async def typed(session: AsyncSession, person: Person, keyring: Keyring) -> list[dict[str, Any]]:
    """What they wrote in chats, opened, with the meeting and the time, and the files they gave, in
    base64; None of both where it was sealed under another master key."""
    query = (
        select(ChatMessage, Meeting.wrapped_key)
        .join(Meeting, Meeting.id == ChatMessage.meeting_id)
        .where(_wrote(person))
        .order_by(ChatMessage.sent_at)
    )
    return [
        {"meeting": row.meeting_id, "sent_at": row.sent_at, **await _opened(session, row, key)}
        for row, key in [
            (row, _unwrapped(wrapped, keyring)) for row, wrapped in await session.execute(query)
        ]
    ]


async def sole_rooms(session: AsyncSession, person: Person) -> Sequence[Room]:
    """The rooms that they alone own: without them, nobody decides there."""
    if person.account is None:
        return []
    owner = (RoomMember.room_id == Room.id) & (RoomMember.role == "owner")
    theirs = exists().where(owner, RoomMember.account_id == person.account.id)
    another = exists().where(owner, RoomMember.account_id != person.account.id)
    query = select(Room).where(theirs, ~another, Room.deleted_at.is_(None))
    return (await session.scalars(query)).all()


async def erase(session: AsyncSession, person: Person, now: int, *, words: bool) -> dict[str, int]:
    """Delete what is theirs, and replace their name where others need the row; returns how many.

    Rooms that they alone own are closed for good. What they said stays in its transcripts, under
    another name, unless `words` is said: then it goes with all texts that it had, and why they hid
    some, and so does what they wrote in chats; audio that waits to be transcribed goes. An
    account's row stays as an id that leads nowhere: the audit and others' rows refer to it.
    """
    closed = await sole_rooms(session, person)
    for room in closed:
        room.deleted_at = now
    done = {"room": len(closed)}
    if person.account:
        theirs = ScheduledMeeting.organizer_id == person.account.id
        await session.execute(update(ScheduledMeeting).where(theirs).values(organizer_id=None))
    for table, theirs in _referring(person):
        if table.name in DELETED or (words and table.name == "utterance"):
            query = delete(table).where(theirs).returning(*table.primary_key.columns)
            done[table.name] = len((await session.execute(query)).all())
    if words:
        hidden = next(theirs for table, theirs in _referring(person) if table.name == _HIDDEN)
        await session.execute(update(HiddenUtterance).where(hidden).values(reason=None))
        await minutes.forget(session, {one.meeting_id for one in person.participants})
        wrote = delete(ChatMessage).where(_wrote(person)).returning(ChatMessage.id)
        done["chat_message"] = len((await session.execute(wrote)).all())
    for one in person.participants:
        # Each their own, so that a transcript still tells two of them apart.
        one.name, one.account_id = f"[{secrets.token_hex(2)}]", None
    if person.account:
        _empty(person.account, now)
    await session.flush()
    done |= {"participant": len(person.participants), "account": int(person.account is not None)}
    return {name: count for name, count in done.items() if count}


def _empty(account: Account, now: int) -> None:
    account.email, account.name = f"{account.id}{ERASED}", ""
    account.password_hash, account.administrator = None, False
    account.disabled_at, account.entity_id = now, None


def _wrote(person: Person) -> ColumnElement[bool]:
    """Not what was written to them alone: that is another's."""
    return ChatMessage.participant_id.in_([one.id for one in person.participants])


def _unwrapped(wrapped_key: bytes, keyring: Keyring) -> MeetingKey | None:
    try:
        return keyring.unwrap(wrapped_key)
    except SealError:
        return None


async def _opened(
    session: AsyncSession, row: ChatMessage, key: MeetingKey | None
) -> dict[str, str | None]:
    if key is None:
        return {"text": None, "file": None}
    content = await messages.content(session, row.id, key)
    file = None if content is None else base64.b64encode(content).decode()
    return {"text": messages.opened(row, key), "file": file}


def _line(
    row: Utterance,
    name: VoiceName | None,
    before: Sequence[UtteranceVersion],
    wrapped_key: bytes,
    keyring: Keyring,
) -> dict[str, Any]:
    line: dict[str, Any] = {"meeting": row.meeting_id, "started_at": row.started_at}
    try:
        key = keyring.unwrap(wrapped_key)
        return {
            **line,
            "text": utterances.opened(row, key),
            "voice": corrections.opened_name(name, key) if name else row.voice,
            "before": [corrections.opened(one, key) for one in before],
        }
    except SealError:
        return {**line, "text": None, "voice": row.voice, "before": None}


def referring() -> list[tuple[Table, str, str]]:
    """The columns that refer to an account or a participant: table, column, to what."""
    return [
        (table, column.name, key.column.table.name)
        for table in Model.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in ("account", "participant")
    ]


def _referring(person: Person) -> list[tuple[Table, ColumnElement[bool]]]:
    """The tables that have rows of theirs, and which these are."""
    accounts = [person.account.id] if person.account else []
    ids = {"account": accounts, "participant": [one.id for one in person.participants]}
    own = [(Model.metadata.tables[name], "id", name) for name in ids]
    found: dict[str, tuple[Table, ColumnElement[bool]]] = {}
    for table, column, to in [*own, *referring()]:
        theirs = table.c[column].in_(ids[to])
        _, before = found.get(table.name, (table, false()))
        found[table.name] = table, or_(before, theirs)
    if person.account:
        # By their address: who is invited need not have an account.
        invited = Model.metadata.tables["invitation"]
        found["invitation"] = invited, invited.c.email == person.account.email
    return list(found.values())


def _readable(table: Table) -> list[Column[Any]]:
    """What is not sealed, and opens nothing."""
    return [
        column
        for column in table.columns
        if not isinstance(column.type, LargeBinary) and column.name != "password_hash"
    ]


_HIDDEN = HiddenUtterance.__tablename__
DELETED = {
    "account_word",
    "api_key",
    "ban",
    "invitation",
    "kept_answer",
    "mailed_link",
    "oidc_subject",
    "recovery_code",
    "room_member",
    "second_factor",
    "session",
    "talkspurt",
    "transcript_reader",
    "voice_name",
}
"""Tables whose rows go with the person they refer to."""
KEPT = {
    "account",
    "chat_message",
    "consent",
    "hidden_utterance",
    "participant",
    "room",
    "scheduled_meeting",
    "utterance",
    "utterance_version",
}
"""Those whose rows stay, and name nobody any more."""
