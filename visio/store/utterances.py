"""Queries about utterances, and how their texts are sealed and opened."""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store import corrections, minutes, stem_index
from visio.store.corrections import Writer
from visio.store.models import (
    HiddenUtterance,
    Participant,
    Talkspurt,
    Utterance,
    VoiceName,
    new_id,
)
from visio.store.pages import Page
from visio.store.sealing import MISSING, MeetingKey, SealError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word with its place on the meeting's clock (milliseconds) and how sure the model was."""

    started_at: int
    ended_at: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """A passage of somebody, in plain text; milliseconds since the meeting's start."""

    started_at: int
    ended_at: int
    text: str
    words: tuple[TimedWord, ...] = ()
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """Where a line was, milliseconds since the meeting's start."""

    id: str
    started_at: int
    ended_at: int
    language: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where passages come from."""

    meeting_id: str
    participant_id: str
    talkspurt_id: str | None
    language: str
    model: str


def add(
    session: AsyncSession,
    source: Source,
    passages: Iterable[Spoken],
    key: MeetingKey,
    first: str | None = None,
) -> None:
    """Write passages, sealed, the first under the id `first`, where that is given."""
    for passage in passages:
        name, first = first or new_id(), None
        session.add(
            Utterance(
                id=name,
                meeting_id=source.meeting_id,
                participant_id=source.participant_id,
                talkspurt_id=source.talkspurt_id,
                voice=passage.voice,
                started_at=passage.started_at,
                ended_at=passage.ended_at,
                text=key.seal(passage.text.encode(), _context(name, "text")),
                words=key.seal(_as_json(passage.words), _context(name, "words")),
                language=source.language,
                model=source.model,
            )
        )
        stem_index.add(session, name, passage.text, source.language, key)


async def replace(
    session: AsyncSession, row: Utterance, passages: Iterable[Spoken], key: MeetingKey
) -> None:
    """Put passages in the place of an utterance: the same words, told apart by voice.

    One that was erased meanwhile stays so.
    """
    gone = delete(Utterance).where(Utterance.id == row.id).returning(Utterance.id)
    if await session.scalar(gone) is None:
        return
    source = Source(row.meeting_id, row.participant_id, row.talkspurt_id, row.language, row.model)
    add(session, source, passages, key)


async def amend(session: AsyncSession, row: Utterance, passage: Spoken, key: MeetingKey) -> None:
    """Say something else in an utterance's place, under its name."""
    row.started_at, row.ended_at = passage.started_at, passage.ended_at
    row.text = key.seal(passage.text.encode(), _context(row.id, "text"))
    row.words = key.seal(_as_json(passage.words), _context(row.id, "words"))
    await stem_index.set_text(session, row.id, passage.text, row.language, key)


async def by_ids(session: AsyncSession, ids: Iterable[str]) -> Sequence[Utterance]:
    """Those of some utterances that there are."""
    query = select(Utterance).where(Utterance.id.in_(list(ids)))
    return (await session.scalars(query)).all()


async def correct(
    session: AsyncSession, row: Utterance, text: str, writer: Writer, key: MeetingKey
) -> None:
    """Give an utterance another text; those before it are kept, beginning with what was
    recognised. Its timed words stay those that were recognised.

    For a transaction that holds the meeting's row: two corrections at once would both be the next.
    """
    if row.version == 0:
        nobody = Writer(None, None, row.created_at)
        session.add(corrections.version(row, 0, opened(row, key), nobody, key))
    row.version += 1
    row.text = key.seal(text.encode(), _context(row.id, "text"))
    session.add(corrections.version(row, row.version, text, writer, key))
    await stem_index.set_text(session, row.id, text, row.language, key)


async def erase(session: AsyncSession, meeting_id: str, identity: str) -> list[Erased]:
    """Delete what somebody said in a meeting, transcribed or not; returns which lines.

    The meeting's minutes go too: they may rest on it.
    """
    theirs = select(Participant.id).where(
        Participant.meeting_id == meeting_id, Participant.identity == identity
    )
    await minutes.forget(session, [meeting_id])
    # First: a worker that writes a line holds its talkspurt until the line is there.
    await session.execute(delete(Talkspurt).where(Talkspurt.participant_id.in_(theirs)))
    await session.execute(delete(VoiceName).where(VoiceName.participant_id.in_(theirs)))
    lines = (Utterance.id, Utterance.started_at, Utterance.ended_at, Utterance.language)
    gone = delete(Utterance).where(Utterance.participant_id.in_(theirs)).returning(*lines)
    return [Erased(*row) for row in await session.execute(gone)]


async def make_final(session: AsyncSession, meeting_id: str) -> None:
    """Mark a meeting's utterances as those that stay."""
    await session.execute(
        update(Utterance).where(Utterance.meeting_id == meeting_id).values(final=True)
    )


async def spoken(session: AsyncSession, meeting_id: str) -> Sequence[Utterance]:
    """A meeting's utterances in order of time."""
    query = (
        select(Utterance)
        .where(Utterance.meeting_id == meeting_id)
        .order_by(Utterance.started_at, Utterance.id)
    )
    return (await session.scalars(query)).all()


async def page(
    session: AsyncSession, meeting_id: str, part: Page, participants: Iterable[str] | None = None
) -> Sequence[tuple[Utterance, HiddenUtterance | None]]:
    """Part of a meeting's utterances in order of time, and one more where there are more, each
    with how it is hidden; only those of `participants` where these are given."""
    query = (
        select(Utterance, HiddenUtterance)
        .outerjoin(HiddenUtterance, HiddenUtterance.utterance_id == Utterance.id)
        .where(Utterance.meeting_id == meeting_id)
    )
    if participants is not None:
        query = query.where(Utterance.participant_id.in_(list(participants)))
    if part.after:
        at, last = part.after
        # The first half is in the second: it lets an index begin there.
        later = or_(Utterance.started_at > at, Utterance.id > last)
        query = query.where(Utterance.started_at >= at, later)
    query = query.order_by(Utterance.started_at, Utterance.id).limit(part.limit + 1)
    return [(row, hidden) for row, hidden in await session.execute(query)]


async def one(
    session: AsyncSession, meeting_id: str, utterance_id: str
) -> tuple[Utterance, HiddenUtterance | None] | None:
    """An utterance of a meeting, and how it is hidden."""
    query = (
        select(Utterance, HiddenUtterance)
        .outerjoin(HiddenUtterance, HiddenUtterance.utterance_id == Utterance.id)
        .where(Utterance.meeting_id == meeting_id, Utterance.id == utterance_id)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def shown(session: AsyncSession, meeting_id: str) -> Sequence[Utterance]:
    """What was said in a meeting and is hidden from nobody, in order of time."""
    hidden = exists().where(HiddenUtterance.utterance_id == Utterance.id)
    query = select(Utterance).where(Utterance.meeting_id == meeting_id, ~hidden)
    query = query.order_by(Utterance.started_at, Utterance.id)
    return (await session.scalars(query)).all()


async def any_of(
    session: AsyncSession, meeting_id: str, participants: Iterable[str] | None = None
) -> bool:
    """Whether anything of a meeting was transcribed; of `participants` where these are given."""
    query = select(Utterance.id).where(Utterance.meeting_id == meeting_id).limit(1)
    if participants is not None:
        query = query.where(Utterance.participant_id.in_(list(participants)))
    return await session.scalar(query) is not None


async def of_talkspurts(session: AsyncSession, ids: Iterable[str]) -> Sequence[Utterance]:
    """What was recognised in some talkspurts, in order of time."""
    query = (
        select(Utterance)
        .where(Utterance.talkspurt_id.in_(list(ids)))
        .order_by(Utterance.started_at, Utterance.ended_at, Utterance.id)
    )
    return (await session.scalars(query)).all()


async def of_shared_microphones(session: AsyncSession, meeting_id: str) -> Sequence[Utterance]:
    """What was said into microphones that several people share."""
    query = (
        select(Utterance)
        .join(Talkspurt, Talkspurt.id == Utterance.talkspurt_id)
        .where(Utterance.meeting_id == meeting_id, Talkspurt.shared)
        .order_by(Utterance.started_at)
    )
    return (await session.scalars(query)).all()


def opened(row: Utterance, key: MeetingKey) -> str:
    """An utterance's text; raises SealError."""
    return key.open(row.text, _context(row.id, "text")).decode()


def legible(row: Utterance, key: MeetingKey) -> str:
    """An utterance's text; where its row was changed, what stands for a missing passage."""
    try:
        return opened(row, key)
    except SealError:
        logger.error("utterance %s was changed: it is not shown", row.id)
        return MISSING


def opened_words(row: Utterance, key: MeetingKey) -> list[TimedWord]:
    """An utterance's words; raises SealError."""
    if row.words is None:
        return []
    return [TimedWord(*word) for word in json.loads(key.open(row.words, _context(row.id, "words")))]


def _as_json(words: Iterable[TimedWord]) -> bytes:
    return json.dumps([[w.started_at, w.ended_at, w.text, w.probability] for w in words]).encode()


def _context(utterance_id: str, column: str) -> str:
    return f"utterance:{utterance_id}:{column}"
