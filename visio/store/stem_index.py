"""Which utterances are found by which words: queries over keyed stems (see `MeetingKey.tag`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer

from visio.store import meetings, stems
from visio.store.models import (
    HiddenUtterance,
    Meeting,
    Participant,
    Room,
    RoomMember,
    TranscriptReader,
    Utterance,
    UtteranceStem,
    VoiceName,
)
from visio.store.sealing import MeetingKey


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search goes on: behind this utterance of this meeting."""

    meeting_at: int
    meeting_id: str
    started_at: int
    utterance_id: str


@dataclass(frozen=True, slots=True)
class Searched:
    """A meeting that is searched."""

    id: str
    started_at: int
    title: str
    wrapped_key: bytes


@dataclass(frozen=True, slots=True)
class Match:
    """An utterance that was found, with who said it; what is said and a voice's name are sealed."""

    utterance: Utterance
    name: str
    voice: VoiceName | None


def add(
    session: AsyncSession, utterance_id: str, text: str, language: str, key: MeetingKey
) -> None:
    """Let a new utterance be found by its words."""
    session.add_all(UtteranceStem(**row) for row in _rows(utterance_id, text, language, key))


async def set_text(
    session: AsyncSession, utterance_id: str, text: str, language: str, key: MeetingKey
) -> None:
    """Let an utterance be found by these words, and by no others."""
    gone = delete(UtteranceStem).where(UtteranceStem.utterance_id == utterance_id)
    await session.execute(gone)
    if rows := _rows(utterance_id, text, language, key):
        await session.execute(insert(UtteranceStem), rows)


async def searchable(
    session: AsyncSession, account_id: str, since: Place | None, limit: int
) -> Sequence[Searched]:
    """Meetings with utterances that an account may read, the newest first, from `since` on."""
    said = exists().where(Utterance.meeting_id == Meeting.id)
    query = select(Meeting.id, Meeting.started_at, Room.title, Meeting.wrapped_key).join(Room)
    query = query.where(meetings.readable_by(account_id), said)
    if since:
        at, last = since.meeting_at, since.meeting_id
        behind = or_(Meeting.started_at < at, Meeting.id >= last)
        query = query.where(Meeting.started_at <= at, behind)
    query = query.order_by(Meeting.started_at.desc(), Meeting.id).limit(limit)
    return [Searched(*row) for row in await session.execute(query)]


async def matching(
    session: AsyncSession,
    account_id: str,
    tags: Sequence[Sequence[Sequence[int]]],
    behind: Place | None,
    limit: int,
) -> Sequence[Match]:
    """Utterances that an account is given of meetings that it may read, in the order of the
    meetings, the newest first, and of time; what is hidden is found by nobody.

    `tags` are for each language those of each word; a tag belongs to one meeting.
    """
    rarest_first = await _sorted(session, tags) if any(len(words) > 1 for words in tags) else tags
    every = (select(_all(words).subquery()) for words in rarest_first)
    query = (
        select(Utterance, Participant.name, VoiceName)
        .join(Participant, Participant.id == Utterance.participant_id)
        .join(Meeting, Meeting.id == Utterance.meeting_id)
        .outerjoin(VoiceName, _whose_voice())
        .where(Utterance.id.in_(union(*every)), _given(account_id))
        .order_by(Meeting.started_at.desc(), Meeting.id, Utterance.started_at, Utterance.id)
        .limit(limit)
        .options(defer(Utterance.words, raiseload=True))
    )
    if behind:
        at, last = behind.started_at, behind.utterance_id
        query = query.where(
            or_(
                Utterance.meeting_id != behind.meeting_id,
                Utterance.started_at > at,
                and_(Utterance.started_at == at, Utterance.id > last),
            )
        )
    return [Match(*row) for row in await session.execute(query)]


async def outdated(session: AsyncSession, after: str) -> tuple[str, bytes] | None:
    """The id and the wrapped key of a meeting, behind one, that other rules indexed."""
    query = select(Meeting.id, Meeting.wrapped_key).where(Meeting.stems_version < stems.VERSION)
    query = query.where(Meeting.id > after).order_by(Meeting.id).limit(1)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def some(
    session: AsyncSession, meeting_id: str, after: str, limit: int
) -> Sequence[Utterance]:
    """Utterances of a meeting behind one, by id; nobody else changes them meanwhile."""
    query = select(Utterance).where(Utterance.meeting_id == meeting_id, Utterance.id > after)
    query = query.order_by(Utterance.id).limit(limit).with_for_update()
    return (await session.scalars(query)).all()


async def is_up_to_date(session: AsyncSession, meeting_id: str) -> None:
    """All of a meeting is found by the rules of today."""
    query = update(Meeting).where(Meeting.id == meeting_id)
    await session.execute(query.values(stems_version=stems.VERSION))


async def _sorted(
    session: AsyncSession, tags: Sequence[Sequence[Sequence[int]]]
) -> list[list[Sequence[int]]]:
    """The words of each language, the rarest first, as they are in some of the meetings."""
    counts = [
        select(func.count()).select_from(_having(word[:_COUNTED]).subquery()).scalar_subquery()
        for words in tags
        for word in words
    ]
    counted = iter((await session.execute(select(*counts))).one())
    rarity = [[(next(counted), number) for number in range(len(words))] for words in tags]
    return [
        [words[number] for _, number in sorted(found)]
        for words, found in zip(tags, rarity, strict=True)
    ]


def _all(words: Sequence[Sequence[int]]) -> Select[str]:
    """The ids of utterances that have a tag of each word: those of the first, looked at each."""
    query = _having(words[0])
    for word in words[1:]:
        other = aliased(UtteranceStem)
        # Not by an index of the tags, of which there are thousands: an utterance has a dozen.
        has = exists().where(
            other.utterance_id == UtteranceStem.utterance_id, (other.tag + 0).in_(list(word))
        )
        query = query.where(has)
    return query


def _whose_voice() -> ColumnElement[bool]:
    """The name that a host gave to the voice of an utterance."""
    return and_(
        VoiceName.participant_id == Utterance.participant_id, VoiceName.voice == Utterance.voice
    )


def _given(account_id: str) -> ColumnElement[bool]:
    """To those who read the whole transcript, and to who said it."""
    hidden = exists().where(HiddenUtterance.utterance_id == Utterance.id)
    hosts = exists().where(
        RoomMember.room_id == Meeting.room_id,
        RoomMember.account_id == account_id,
        RoomMember.role.in_(("owner", "administrator")),
    )
    let = exists().where(
        TranscriptReader.meeting_id == Meeting.id, TranscriptReader.account_id == account_id
    )
    stay = aliased(Participant)
    attended = exists().where(stay.meeting_id == Meeting.id, stay.account_id == account_id)
    mine = Participant.account_id == account_id
    return ~hidden & or_(mine, hosts, let, and_(Meeting.attendees_read, attended))


def _having(tags: Sequence[int]) -> Select[str]:
    return select(UtteranceStem.utterance_id).where(UtteranceStem.tag.in_(list(tags)))


def _rows(
    utterance_id: str, text: str, language: str, key: MeetingKey
) -> list[dict[str, int | str]]:
    # In order: two transactions that write the same rows wait for each other, and never both.
    tags = sorted(map(key.tag, stems.of_text(text, language)))
    return [{"tag": tag, "utterance_id": utterance_id} for tag in tags]


# Tags of a word that are counted: more costs, less takes frequent words for rare ones.
_COUNTED = 200
