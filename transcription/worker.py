"""Claim, transcribe, finish: one talkspurt after the other, and the final pass of ended meetings.

Nothing is kept here that matters: a worker may die anywhere, and another one does the same work
again from the row it had claimed.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from transcription.audio import RATE, Samples, decode, place
from transcription.words import Turn, Word, by_voice, sentences, voice_of
from visio.store import talkspurts, utterances
from visio.store.database import Database
from visio.store.models import Meeting, Talkspurt, Utterance
from visio.store.sealing import Keyring, MeetingKey
from visio.store.talkspurts import Claimed
from visio.store.utterances import MISSING, Source, Spoken, TimedWord

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Recognised(Protocol):
    """What was said in some samples; words in seconds from the first."""

    @property
    def language(self) -> str: ...
    @property
    def words(self) -> Sequence[Word]: ...


class Recogniser(Protocol):
    """Turns speech into words; `name` is kept beside what it wrote."""

    @property
    def name(self) -> str: ...
    def recognise(self, samples: Samples) -> Recognised: ...


@dataclass
class Worker:
    """Works through the rows of a database under the name it claims them with.

    `diarize` says whose voice is when in 16 kHz samples; `tell` is called with the meeting's id
    after every commit; `now` gives milliseconds since 1970 UTC.
    """

    name: str
    database: Database
    keyring: Keyring
    recogniser: Recogniser
    diarize: Callable[[Samples], Awaitable[list[Turn]]]
    tell: Callable[[str], Awaitable[None]]
    now: Callable[[], int]
    _failed_passes: Counter[str] = field(default_factory=Counter)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()
        self._ended.set()

    async def run(self) -> None:
        """Work for ever. Final passes take minutes and run beside the live speech."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(self.transcribe_next, self._woken))
            group.create_task(self._repeat(self.finalise_next, self._ended))

    async def transcribe_next(self) -> bool:
        """Transcribe the oldest talkspurt; False when there is none."""
        claimed = await self._commit(
            lambda session: talkspurts.claim(session, self.name, self.now(), LEASE)
        )
        if claimed:
            await self._transcribe(claimed)
            self._ended.set()
        return claimed is not None

    async def finalise_next(self) -> bool:
        """Do the final pass of an ended meeting; False when none waits."""
        meeting = await self._commit(
            lambda session: talkspurts.claim_final(session, self.name, self.now(), LEASE)
        )
        if meeting:
            await self._finalise(meeting)
        return meeting is not None

    async def release(self) -> None:
        """Give back what is held, so that another worker can go on at once."""
        async with self.database.transaction() as session:
            await talkspurts.release(session, self.name, self.now(), blamed=False)

    async def _repeat(self, work: Callable[[], Awaitable[bool]], wake: asyncio.Event) -> None:
        """Work; when there is nothing to do, wait to be woken, or look again a bit later."""
        while True:
            wake.clear()
            if not await work():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK):
                        await wake.wait()

    async def _transcribe(self, claimed: Claimed) -> None:
        key = self.keyring.unwrap(claimed.wrapped_key)
        if claimed.attempts > talkspurts.MAX_ATTEMPTS:
            # It took workers down with it.
            await self._close(claimed, key, "failed", "", _missing(claimed))
            return
        try:
            async with self._holding():
                recognised = await asyncio.to_thread(self._recognise, claimed, key)
        except Exception:
            logger.exception("talkspurt %s failed, attempt %d", claimed.id, claimed.attempts)
            await self._fail(claimed, key)
        else:
            passages = passages_of(recognised.words, claimed.started_at)
            await self._close(claimed, key, "done", recognised.language, passages)

    def _recognise(self, claimed: Claimed, key: MeetingKey) -> Recognised:
        return self.recogniser.recognise(_samples(claimed.id, claimed.audio, key))

    async def _fail(self, claimed: Claimed, key: MeetingKey) -> None:
        if claimed.attempts >= talkspurts.MAX_ATTEMPTS:
            await self._close(claimed, key, "failed", "", _missing(claimed))
            return
        until = self.now() + _RETRY * claimed.attempts
        await self._commit(
            lambda session: talkspurts.put_back(session, claimed.id, self.name, until)
        )

    async def _close(
        self,
        claimed: Claimed,
        key: MeetingKey,
        state: str,
        language: str,
        passages: Iterable[Spoken],
    ) -> None:
        """The claim and what came of it in one transaction; nothing if the claim was lost."""
        source = Source(
            claimed.meeting_id, claimed.participant_id, claimed.id, language, self.recogniser.name
        )

        async def change(session: AsyncSession) -> bool:
            held = await talkspurts.finish(session, claimed.id, self.name, state)
            if held:
                utterances.add(session, source, passages, key)
            return held

        if await self._commit(change):
            await self.tell(claimed.meeting_id)

    async def _finalise(self, meeting: Meeting) -> None:
        key = self.keyring.unwrap(meeting.wrapped_key)
        try:
            async with self._holding():
                told_apart = await self._tell_apart(meeting.id, key)
        except Exception:
            logger.exception("final pass of meeting %s failed", meeting.id)
            self._failed_passes[meeting.id] += 1
            if self._failed_passes[meeting.id] < talkspurts.MAX_ATTEMPTS:
                await self._commit(
                    lambda session: talkspurts.put_back_final(
                        session, meeting.id, self.name, self.now()
                    )
                )
                return
            # The audio must not stay for ever: the transcript does without voices.
            told_apart = []

        async def change(session: AsyncSession) -> bool:
            held = await talkspurts.finish_final(session, meeting.id, self.name)
            if held:
                for row, passages in told_apart:
                    await utterances.replace(session, row, passages, key)
                await utterances.make_final(session, meeting.id)
            return held

        if await self._commit(change):
            await self.tell(meeting.id)

    async def _tell_apart(
        self, meeting_id: str, key: MeetingKey
    ) -> list[tuple[Utterance, list[Spoken]]]:
        """Every utterance of a shared microphone with what it becomes, one voice a passage."""

        async def read(
            session: AsyncSession,
        ) -> tuple[Sequence[Talkspurt], Sequence[Utterance]]:
            return (
                await talkspurts.shared(session, meeting_id),
                await utterances.of_shared_microphones(session, meeting_id),
            )

        heard, rows = await self._commit(read)
        told_apart = []
        for _, group in groupby(heard, key=lambda talkspurt: talkspurt.participant_id):
            microphone = list(group)
            starts = compacted((spurt.started_at, spurt.duration) for spurt in microphone)
            samples = await asyncio.to_thread(_timeline, microphone, starts, key)
            turns = await self.diarize(samples)
            offsets = {
                spurt.id: start - spurt.started_at
                for spurt, start in zip(microphone, starts, strict=True)
            }
            told_apart += [
                (row, spoken_by_voice(row, key, turns, offsets[row.talkspurt_id]))
                for row in rows
                if row.talkspurt_id in offsets
            ]
        return told_apart

    @contextlib.asynccontextmanager
    async def _holding(self) -> AsyncIterator[None]:
        """Keep the lease while something long runs."""
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait([beating])

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(LEASE / 3000)
            await self._commit(
                lambda session: talkspurts.extend(session, self.name, self.now() + LEASE)
            )

    async def _commit(self, change: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run a change to its commit, however long the database is away.

        A commit whose answer was lost runs again: the fence in every change makes that harmless.
        """
        while True:
            try:
                return await _whole(self._transact(change))
            except Exception as error:
                if not talkspurts.away(error):
                    raise
                logger.warning("the database is away: %s", type(error).__name__)
            await asyncio.sleep(_RETRY / 1000)

    async def _transact(self, change: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async with self.database.transaction() as session:
            return await change(session)


async def _whole(transaction: Coroutine[Any, Any, T]) -> T:
    """Run it to its end even when cancelled meanwhile.

    SQLAlchemy ends the connection of one that is cut, and waits for aiosqlite's thread to say
    so, which it does not when the database is closed at the same time.
    """
    task = asyncio.create_task(transaction)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def passages_of(words: Sequence[Word], started_at: int) -> list[Spoken]:
    """A talkspurt's words (seconds from its start) as passages on the meeting's clock."""
    return [
        _spoken([_timed(word, started_at) for word in sentence]) for sentence in sentences(words)
    ]


def spoken_by_voice(
    row: Utterance, key: MeetingKey, turns: Sequence[Turn], offset: int
) -> list[Spoken]:
    """An utterance parted where the voice changes.

    `offset`: milliseconds from the meeting's clock to the turns' clock.
    """
    words = utterances.opened_words(row, key)
    if not words:
        start, end = (row.started_at + offset) / 1000, (row.ended_at + offset) / 1000
        text = utterances.opened(row, key)
        return [Spoken(row.started_at, row.ended_at, text, (), voice_of(start, end, turns))]
    on_their_clock = [
        Word((w.started_at + offset) / 1000, (w.ended_at + offset) / 1000, w.text, w.probability)
        for w in words
    ]
    return [
        _spoken([_timed(word, -offset) for word in part], voice)
        for voice, part in by_voice(on_their_clock, turns)
    ]


def compacted(spans: Iterable[tuple[int, int]]) -> list[int]:
    """New starts for (start, duration) in order: the same, with long silences shortened.

    Diarization takes its time over silence too.
    """
    starts: list[int] = []
    before = end = 0
    for start, duration in spans:
        gap = min(max(start - before, 0), _SILENCE) if starts else 0
        starts.append(end + gap)
        before, end = start + duration, end + gap + duration
    return starts


def _timeline(microphone: Sequence[Talkspurt], starts: Sequence[int], key: MeetingKey) -> Samples:
    return place(
        (start * RATE // 1000, _samples(spurt.id, spurt.audio or b"", key))
        for spurt, start in zip(microphone, starts, strict=True)
    )


def _samples(talkspurt_id: str, audio: bytes, key: MeetingKey) -> Samples:
    opened = key.open(audio, talkspurts.audio_context(talkspurt_id))
    return decode(talkspurts.unpack(opened))


def _spoken(words: Sequence[TimedWord], voice: str | None = None) -> Spoken:
    text = "".join(word.text for word in words).strip()
    return Spoken(words[0].started_at, words[-1].ended_at, text, tuple(words), voice)


def _timed(word: Word, offset: int) -> TimedWord:
    return TimedWord(
        round(word.start * 1000) + offset,
        round(word.end * 1000) + offset,
        word.text,
        round(word.probability, 3),
    )


def _missing(claimed: Claimed) -> list[Spoken]:
    return [Spoken(claimed.started_at, claimed.started_at + claimed.duration, MISSING)]


LEASE = 60_000
"""Milliseconds a claim holds without a sign of life: more delays what a lost host had claimed,
less takes work from a worker that is only slow."""
# Seconds between looks at the queue without being woken: more delays what a dead host had
# claimed, less asks an idle database more often.
_LOOK = 10.0
# Milliseconds before something that failed is tried again, per failure.
_RETRY = 1000
# Milliseconds of silence the diarization is shown between two talkspurts: enough to part turns.
_SILENCE = 1000
