"""Lines that only repeat what somebody else said: each is written once, as theirs."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from transcription.crosstalk import CLEARLY, MARGIN, SAME_TIME, Crosstalk, Times, same_words, within
from visio.store import talkspurts, utterances
from visio.store.models import Utterance
from visio.store.sealing import MeetingKey
from visio.store.talkspurts import Claimed
from visio.store.utterances import Spoken


class Repetition:
    """What of a talkspurt is written beside the lines that others have already.

    A copy may have been recognised before its original: then its lines are withdrawn. `repeated` is
    the crosstalk's; `known` are the talkspurts of others that there were.
    """

    def __init__(
        self, crosstalk: Crosstalk, repeated: dict[str, Times], known: set[str], key: MeetingKey
    ) -> None:
        self._crosstalk = crosstalk
        self._repeated = repeated
        self._known = known
        self._key = key

    async def knows_all(self, session: AsyncSession, claimed: Claimed) -> bool:
        """Whether nobody else's words landed since it was looked."""
        beside = await talkspurts.beside(session, claimed, MARGIN)
        return {one.id for one in beside} <= self._known

    async def withdraw(self, session: AsyncSession, passages: Sequence[Spoken]) -> list[Spoken]:
        """Take from the others' lines what they repeat; the passages that repeat none of them."""
        heard = [other.id for other in self._crosstalk.others]
        rows = [
            row
            for row in await utterances.of_talkspurts(session, heard)
            if not await self._echoed(session, row)
        ]
        kept = []
        for passage in passages:
            louder = [(row, self._louder(passage, row)) for row in rows if self._same(passage, row)]
            if not any(by < -CLEARLY for _, by in louder):
                kept.append(passage)
            for row, by in louder:
                if by > CLEARLY:
                    rows.remove(row)
                    await session.delete(row)
        return kept

    async def _echoed(self, session: AsyncSession, row: Utterance) -> bool:
        """Withdraw what is an echo in another's line; whether nothing is left of it."""
        times = self._repeated.get(row.talkspurt_id or "")
        words = utterances.opened_words(row, self._key) if times else []
        if times is None or not words:
            return False
        own = [word for word in words if not within(times, word.started_at, word.ended_at)]
        if not own:
            await session.delete(row)
        elif len(own) < len(words):
            text = "".join(word.text for word in own).strip()
            passage = Spoken(own[0].started_at, own[-1].ended_at, text, tuple(own))
            await utterances.amend(session, row, passage, self._key)
        return not own

    def _same(self, passage: Spoken, row: Utterance) -> bool:
        near = abs(passage.started_at - row.started_at) <= SAME_TIME
        return near and same_words(passage.text, utterances.opened(row, self._key))

    def _louder(self, passage: Spoken, row: Utterance) -> float:
        """By how many dB the passage is louder than the line it repeats."""
        mine, theirs = (passage.started_at, passage.ended_at), (row.started_at, row.ended_at)
        return self._crosstalk.louder(mine, row.talkspurt_id or "", theirs)
