"""Writes the minutes that were asked for, one meeting after the other.

Nothing is kept here that matters: a server may stop anywhere, and the next one begins those
minutes again, twice at most.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from aiohttp import web
from pydantic import ValidationError

from visio.minutes import written
from visio.minutes.endpoint import TRIES, Endpoint, WritingFailed
from visio.minutes.written import Line, SaidMinutes, SaidStatement, SaidSummary
from visio.rounds import happens
from visio.store import corrections, minutes, participants, utterances
from visio.store.database import Database
from visio.store.minutes import Claimed, Written
from visio.store.models import new_id
from visio.store.sealing import Keyring, MeetingKey, SealError

logger = logging.getLogger(__name__)
Said = TypeVar("Said", bound=SaidSummary)


class Writing:
    """Works through what is to be written while `run` runs; `context` is in the model's tokens."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        endpoint: Endpoint,
        context: int,
        now: Callable[[], int],
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._endpoint = endpoint
        self._size = written.characters(context)
        self._now = now
        self._news = asyncio.Event()
        self._stopping = False
        self._current: str | None = None
        self._given_up = False
        self._asking: asyncio.Task[str] | None = None

    def wake(self) -> None:
        """There is something to write."""
        self._news.set()

    def cancelled(self, meeting_id: str) -> None:
        """What was asked for a meeting is not wanted any more: no need to wait for the answer."""
        if self._current == meeting_id:
            self._give_up()

    async def run(self) -> None:
        """Write whatever is asked for, until `stop`."""
        while not self._stopping:
            try:
                while not self._stopping and await self._next():
                    pass
            except Exception:
                logger.exception("minutes could not be written")
            await happens(self._news, _LOOK)
            self._news.clear()

    def stop(self) -> None:
        """What is under way is put back for another server, or for the next start."""
        self._stopping = True
        self._give_up()
        self.wake()

    async def _next(self) -> bool:
        run = new_id()
        async with self._database.transaction() as session:
            claimed = await minutes.claim(session, run, self._now(), _LEASE)
        if claimed is None:
            return False
        self._current, self._given_up = claimed.meeting_id, self._stopping
        try:
            await self._write_or_fail(claimed, run)
        except _GivenUp:
            # Whoever cancelled them has written that down; of those it holds nothing any more.
            async with self._database.transaction() as session:
                await minutes.put_back(session, run)
        finally:
            self._current = None
        return True

    def _give_up(self) -> None:
        """Only an answer is not waited for: a transaction that is cut may take its connection."""
        self._given_up = True
        if self._asking:
            self._asking.cancel()

    async def _write_or_fail(self, claimed: Claimed, run: str) -> None:
        try:
            if claimed.attempts > _ATTEMPTS:
                raise WritingFailed("interrupted")
            async with self._holding(run):
                await self._write(claimed, run)
        except (WritingFailed, SealError) as error:
            failure = error.failure if isinstance(error, WritingFailed) else "refused"
            logger.warning("minutes of meeting %s failed: %s", claimed.meeting_id, failure)
            async with self._database.transaction() as session:
                await minutes.fail(session, run, failure)

    async def _write(self, claimed: Claimed, run: str) -> None:
        key = self._keyring.unwrap(claimed.wrapped_key)
        lines, language = await self._said(claimed.meeting_id, key)
        sections = written.sections(lines, self._size)
        # The last step makes one summary of several.
        total = len(sections) + (len(sections) > 1)
        parts: list[SaidMinutes] = []
        for section in sections:
            await self._advance(run, len(parts), total)
            asked = written.asked_of_section(section, language, self._size)
            parts.append(await self._ask(SaidMinutes, *asked))
        await self._advance(run, len(parts), total)
        summary = await self._summary([part.summary for part in parts], language)
        text = written.kept(summary, parts, lines).model_dump_json()
        sealed = minutes.sealed(claimed.meeting_id, text, key)
        result = Written(sealed, language, self._endpoint.model)
        async with self._database.transaction() as session:
            await minutes.finish(session, run, result, self._now())

    async def _said(self, meeting_id: str, key: MeetingKey) -> tuple[list[Line], str]:
        """What was said, and the language in which most of it was."""
        async with self._database.transaction() as session:
            rows = await utterances.shown(session, meeting_id)
            people = await participants.of_meeting(session, meeting_id)
            voices = await corrections.voices(session, meeting_id)
        names = {one.id: one.name for one in people}
        called = {(v.participant_id, v.voice): corrections.opened_name(v, key) for v in voices}
        lines = [
            Line(
                number,
                row.id,
                called.get((row.participant_id, row.voice or ""), names[row.participant_id]),
                utterances.legible(row, key),
            )
            for number, row in enumerate(rows, start=1)
        ]
        languages = Counter(row.language for row in rows if row.language)
        return lines, languages.most_common(1)[0][0] if languages else ""

    async def _summary(
        self, parts: Sequence[list[SaidStatement]], language: str
    ) -> list[SaidStatement]:
        while len(parts) > 1:
            merged = []
            for group in written.groups(parts, self._size):
                asked = written.asked_of_summaries(group, language)
                merged.append((await self._ask(SaidSummary, *asked)).summary)
            parts = merged
        return parts[0] if parts else []

    async def _ask(self, kind: type[Said], instructions: str, text: str) -> Said:
        """An answer of this form; raises WritingFailed."""
        for _ in range(TRIES):
            answer = await self._answer(instructions, text)
            with contextlib.suppress(ValidationError):
                return kind.model_validate_json(written.json_in(answer))
        raise WritingFailed("invalid")

    async def _answer(self, instructions: str, text: str) -> str:
        if self._given_up:
            raise _GivenUp
        self._asking = asyncio.create_task(self._endpoint.ask(instructions, text))
        try:
            await asyncio.wait([self._asking])
            if self._asking.cancelled():
                raise _GivenUp
            return self._asking.result()
        finally:
            self._asking = None

    async def _advance(self, run: str, done: int, total: int) -> None:
        async with self._database.transaction() as session:
            if not await minutes.advance(session, run, done, total):
                raise _GivenUp

    @asynccontextmanager
    async def _holding(self, run: str) -> AsyncIterator[None]:
        """Keep the lease meanwhile; what is lost is not gone on with."""
        over = asyncio.Event()
        beating = asyncio.create_task(self._beat(run, over))
        try:
            yield
        finally:
            over.set()
            await asyncio.wait([beating])

    async def _beat(self, run: str, over: asyncio.Event) -> None:
        while not await happens(over, _LEASE / 4000):
            try:
                async with self._database.transaction() as session:
                    if not await minutes.extend(session, run, self._now() + _LEASE):
                        self._give_up()
            except Exception:  # the database may be back before the lease is over
                logger.exception("the lease of minutes was not extended")


class _GivenUp(Exception):  # noqa: N818 - it is no error
    """These minutes are no longer for us to write."""


WRITING: web.AppKey[Writing | None] = web.AppKey("writing")
"""None where no endpoint is configured."""
# Milliseconds that a claim holds without a sign of life: more delays what a lost server had.
_LEASE = 60_000
# Seconds between looks without being woken, for what another server left.
_LOOK = 15.0
# Times that minutes are begun: one that takes servers down with it is given up.
_ATTEMPTS = 2
