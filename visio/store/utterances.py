"""Queries about utterances, and how their texts are sealed and opened."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Talkspurt, Utterance, new_id
from visio.store.sealing import MeetingKey


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
class Source:
    """Where passages come from."""

    meeting_id: str
    participant_id: str
    talkspurt_id: str | None
    language: str
    model: str


def add(session: AsyncSession, source: Source, passages: Iterable[Spoken], key: MeetingKey) -> None:
    """Write passages, sealed."""
    for passage in passages:
        name = new_id()
        words = json.dumps(
            [[w.started_at, w.ended_at, w.text, w.probability] for w in passage.words]
        )
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
                words=key.seal(words.encode(), _context(name, "words")),
                language=source.language,
                model=source.model,
            )
        )


async def replace(
    session: AsyncSession, row: Utterance, passages: Iterable[Spoken], key: MeetingKey
) -> None:
    """Put passages in the place of an utterance: the same words, told apart by voice."""
    await session.execute(delete(Utterance).where(Utterance.id == row.id))
    source = Source(row.meeting_id, row.participant_id, row.talkspurt_id, row.language, row.model)
    add(session, source, passages, key)


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
        .order_by(Utterance.started_at, Utterance.ended_at, Utterance.id)
    )
    return (await session.scalars(query)).all()


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


def opened_words(row: Utterance, key: MeetingKey) -> list[TimedWord]:
    """An utterance's words; raises SealError."""
    if row.words is None:
        return []
    return [TimedWord(*word) for word in json.loads(key.open(row.words, _context(row.id, "words")))]


def _context(utterance_id: str, column: str) -> str:
    return f"utterance:{utterance_id}:{column}"


MISSING = "[…]"
"""The text of a passage that could not be transcribed."""
