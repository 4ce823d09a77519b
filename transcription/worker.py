"""Claim, transcribe, finish: one talkspurt after the other, and the final pass of ended meetings.

Nothing is kept here that matters: a worker may die anywhere, and another one does the same work
again from the row it had claimed.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Protocol, TypeVar

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from transcription.audio import RATE, Samples, decode, place
from transcription.context import Before
from transcription.crosstalk import MARGIN, Crosstalk, Heard
from transcription.repetition import Repetition
from transcription.turns import Turns
from transcription.words import Turn, Word, by_voice, sentences, voice_of
from visio.store import participants, talkspurts, utterances
from visio.store.database import Database
from visio.store.models import Meeting, Talkspurt, Utterance
from visio.store.sealing import MISSING, Keyring, MeetingKey, SealError
from visio.store.talkspurts import Claimed
from visio.store.utterances import Source, Spoken, TimedWord

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Recognised(Protocol):
    """What was said in some samples; words in seconds from the first."""

    @property
    def language(self) -> str: ...
    @property
    def words(self) -> Sequence[Word]: ...


class _Extend(Protocol):
    """Moves the end of a lease; False when it is not held any more."""

    async def __call__(self, session: AsyncSession, *, until: int) -> bool: ...


class Recogniser(Protocol):
    """Turns speech into words; `name` is kept beside what it wrote."""

    @property
    def name(self) -> str: ...
    def recognise(
        self, samples: Samples, language: str, likely: str, before: Sequence[Before]
    ) -> Recognised:
        """The words, in a `language` (ISO 639-1); "" is to be detected, `likely` where unsure.

        `before` is what the same microphone said until then, oldest first.
        """


@dataclass
class Worker:
    """Works through the rows of a database under the name it claims them with.

    `diarize` says whose voice is when in 16 kHz samples, of how many people at most if that is
    known; `tell` is called with the meeting's id after every commit; `now` gives milliseconds
    since 1970 UTC, the same for all workers; `steady` counts seconds.
    """

    name: str
    database: Database
    keyring: Keyring
    recogniser: Recogniser
    diarize: Callable[[Samples, int | None], Awaitable[list[Turn]]]
    tell: Callable[[str], Awaitable[None]]
    now: Callable[[AsyncSession], Awaitable[int]]
    steady: Callable[[], float] = time.monotonic
    turns: Turns = field(default_factory=Turns)
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

        async def claim(session: AsyncSession) -> Claimed | None:
            return await talkspurts.claim(session, self.name, await self.now(session), LEASE)

        with self.turns.final():
            claimed = await self._commit(claim)
            if claimed:
                await self._transcribe(claimed)
                self._ended.set()
            return claimed is not None

    async def finalise_next(self) -> bool:
        """Do the final pass of an ended meeting; False when none waits."""

        async def claim(session: AsyncSession) -> Meeting | None:
            return await talkspurts.claim_final(session, self.name, await self.now(session), LEASE)

        meeting = await self._commit(claim)
        if meeting:
            await self._finalise(meeting)
        return meeting is not None

    async def release(self) -> None:
        """Give back what is held, so that another worker can go on at once."""
        async with self.database.transaction() as session:
            now = await self.now(session)
            await talkspurts.release(session, self.name, now, blamed=False)

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
            await self._close(claimed, key, _missing(claimed))
            return
        try:
            async with self._holding(partial(talkspurts.extend, claimed=claimed)):
                while not await self._recognise(claimed, key):
                    """Somebody else's words landed meanwhile, which these may only repeat."""
        except Exception:
            logger.exception("talkspurt %s failed, attempt %d", claimed.id, claimed.attempts)
            await self._fail(claimed, key)

    async def _recognise(self, claimed: Claimed, key: MeetingKey) -> bool:
        """Recognise and close; False, and nothing done, when others spoke that it did not know."""
        began = self.steady()
        beside = await self._commit(lambda session: talkspurts.beside(session, claimed, MARGIN))
        earlier = await self._commit(lambda session: _earlier(session, claimed))
        crosstalk = await asyncio.to_thread(_crosstalk, claimed, beside, key)
        before = await asyncio.to_thread(_before, earlier, key)
        recognised = await asyncio.to_thread(self._words, crosstalk, claimed, before)
        repeated = await asyncio.to_thread(lambda: crosstalk.repeated)
        outcome = _Outcome(
            "done",
            passages_of(recognised.words, claimed.started_at) if recognised else [],
            recognised.language if recognised else "",
            round((self.steady() - began) * 1000),
        )
        known = {one.id for one in beside}
        return await self._close(claimed, key, outcome, Repetition(crosstalk, repeated, known, key))

    def _words(
        self, crosstalk: Crosstalk, claimed: Claimed, before: Sequence[Before]
    ) -> Recognised | None:
        """None where there is only the echo of others."""
        own = crosstalk.own
        if own is None:
            return None
        return self.recogniser.recognise(own, claimed.language, claimed.asked_in, before)

    async def _fail(self, claimed: Claimed, key: MeetingKey) -> None:
        if claimed.attempts >= talkspurts.MAX_ATTEMPTS:
            await self._close(claimed, key, _missing(claimed))
            return

        async def put_back(session: AsyncSession) -> bool:
            until = await self.now(session) + _RETRY * claimed.attempts
            return await talkspurts.put_back(session, claimed, until)

        await self._commit(put_back)

    async def _close(
        self,
        claimed: Claimed,
        key: MeetingKey,
        outcome: "_Outcome",
        repetition: Repetition | None = None,
    ) -> bool:
        """The claim and what came of it in one transaction; nothing if the claim was lost.

        False, and the claim is held still, when the repetition does not know all others.
        """
        whose = (claimed.meeting_id, claimed.participant_id, claimed.id)
        source = Source(*whose, outcome.language, self.recogniser.name)

        async def change(session: AsyncSession) -> bool | None:
            if repetition and not await repetition.knows_all(session, claimed):
                return None
            now = await self.now(session)
            held = await talkspurts.finish(
                session, claimed, now, state=outcome.state, took=outcome.took
            )
            if held:
                passages = outcome.passages
                if repetition:
                    passages = await repetition.withdraw(session, passages)
                # Where live captions have shown a draft, its final line takes its place.
                utterances.add(session, source, passages, key, first=claimed.id)
            return held

        held = await self._commit(change)
        if held:
            await self.tell(claimed.meeting_id)
        return held is not None

    async def _finalise(self, meeting: Meeting) -> None:
        key = self.keyring.unwrap(meeting.wrapped_key)
        try:
            async with self._holding(partial(talkspurts.extend_final, meeting=meeting)):
                told_apart = await self._tell_apart(meeting.id, key)
        except Exception:
            logger.exception("final pass of meeting %s failed", meeting.id)
            self._failed_passes[meeting.id] += 1
            if self._failed_passes[meeting.id] < talkspurts.MAX_ATTEMPTS:
                await self._commit(partial(self._put_back_final, meeting))
                return
            # The audio must not stay for ever: the transcript does without voices.
            told_apart = []

        async def change(session: AsyncSession) -> bool:
            held = await talkspurts.finish_final(session, meeting)
            if held:
                for row, passages in told_apart:
                    await utterances.replace(session, row, passages, key)
                await utterances.make_final(session, meeting.id)
            return held

        if await self._commit(change):
            await self.tell(meeting.id)

    async def _put_back_final(self, meeting: Meeting, session: AsyncSession) -> None:
        await talkspurts.put_back_final(session, meeting, await self.now(session))

    async def _tell_apart(
        self, meeting_id: str, key: MeetingKey
    ) -> list[tuple[Utterance, list[Spoken]]]:
        """Every utterance of a shared microphone with what it becomes, one voice a passage."""

        async def read(
            session: AsyncSession,
        ) -> tuple[Sequence[Talkspurt], Sequence[Utterance], Mapping[str, int]]:
            return (
                await talkspurts.shared(session, meeting_id),
                await utterances.of_shared_microphones(session, meeting_id),
                await participants.microphone_people(session, meeting_id),
            )

        heard, rows, people = await self._commit(read)
        told_apart = []
        for whose, group in groupby(heard, key=lambda talkspurt: talkspurt.participant_id):
            microphone = list(group)
            starts = compacted((spurt.started_at, spurt.duration) for spurt in microphone)
            own = [await self._own(spurt, key) for spurt in microphone]
            at = [start * RATE // 1000 for start in starts]
            turns = await self.diarize(place(zip(at, own, strict=True)), people.get(whose))
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

    async def _own(self, spurt: Talkspurt, key: MeetingKey) -> Samples:
        """What was said there, without the echo of others: it would be one more voice."""
        beside = await self._commit(lambda session: talkspurts.beside(session, spurt, MARGIN))
        crosstalk = await asyncio.to_thread(_crosstalk, spurt, beside, key)
        own = await asyncio.to_thread(lambda: crosstalk.own)
        return np.zeros_like(crosstalk.mine.samples) if own is None else own

    @contextlib.asynccontextmanager
    async def _holding(self, extend: _Extend) -> AsyncIterator[None]:
        """Keep the lease while something long runs."""
        beating = asyncio.create_task(self._beat(extend))
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait([beating])

    async def _beat(self, extend: _Extend) -> None:
        async def change(session: AsyncSession) -> bool:
            return await extend(session, until=await self.now(session) + LEASE)

        held = True
        while held:
            await asyncio.sleep(LEASE / 3000)
            held = await self._commit(change)

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


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a talkspurt ends; `took`: milliseconds of recognition."""

    state: str
    passages: Sequence[Spoken]
    language: str = ""
    took: int | None = None


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


def _crosstalk(
    talkspurt: Claimed | Talkspurt, beside: Sequence[Talkspurt], key: MeetingKey
) -> Crosstalk:
    """Raises when the talkspurt's own audio cannot be read; of others that is their affair."""
    others = []
    for one in beside:
        with contextlib.suppress(SealError, ValueError):
            others.append(_heard(one, key))
    return Crosstalk(_heard(talkspurt, key), others)


def _heard(talkspurt: Claimed | Talkspurt, key: MeetingKey) -> Heard:
    samples = _samples(talkspurt.id, talkspurt.audio or b"", key)
    return Heard(talkspurt.id, talkspurt.started_at, samples)


async def _earlier(
    session: AsyncSession, claimed: Claimed
) -> list[tuple[Talkspurt, Sequence[Utterance]]]:
    """What the same microphone said lately, with its lines; oldest first."""
    spurts = await talkspurts.before(session, claimed, _REMEMBERED)
    lines = await utterances.of_talkspurts(session, [spurt.id for spurt in spurts])
    return [(spurt, [line for line in lines if line.talkspurt_id == spurt.id]) for spurt in spurts]


def _before(
    earlier: Sequence[tuple[Talkspurt, Sequence[Utterance]]], key: MeetingKey
) -> list[Before]:
    """With its samples where all that followed is short enough to be heard again."""
    before: list[Before] = []
    heard = 0
    for spurt, lines in reversed(earlier):
        if lines:
            heard += spurt.duration
            near = heard <= _HEARD_AGAIN
            text = " ".join(utterances.opened(line, key) for line in lines)
            samples = _samples(spurt.id, spurt.audio or b"", key) if near else None
            before.insert(0, Before(text, lines[-1].language, samples))
    return before


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


def _missing(claimed: Claimed) -> _Outcome:
    end = claimed.started_at + claimed.duration
    return _Outcome("failed", [Spoken(claimed.started_at, end, MISSING)])


LEASE = 60_000
"""Milliseconds a claim holds without a sign of life: more delays what a lost host had claimed,
less takes work from a worker that is only slow."""
# Seconds between looks at the queue without being woken: more delays what a dead host had
# claimed, less asks an idle database more often.
_LOOK = 10.0
# Milliseconds: how far back what was said helps to understand what is said (two minutes fill the
# prompt of a Whisper), and how much of it is heard again.
_REMEMBERED = 120_000
_HEARD_AGAIN = 15_000
# Milliseconds before something that failed is tried again, per failure.
_RETRY = 1000
# Milliseconds of silence the diarization is shown between two talkspurts: enough to part turns.
_SILENCE = 1000
