"""How long a search takes in 1,000 hours of transcripts that one person may read.

`python -m benchmarks.searching FOLDER` makes the corpus in FOLDER unless it is there, then asks
for words of several frequencies, each several times, and prints a table and a line of JSON. The
words are made up and as frequent as those of a language (Zipf), 9,000 an hour.
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.databases import opened
from visio.search import Search, search
from visio.store import accounts, rooms, schema, stems, utterances
from visio.store.database import Database
from visio.store.models import Account, Meeting, Participant, Room, Utterance, UtteranceStem, new_id
from visio.store.sealing import Keyring

HOURS = 1000
WORDS_AN_HOUR = 9000
WORDS_OF_ONE = 12
"""Of an utterance."""
KEYRING = Keyring(bytes(range(32)))
TIMES = 7


@dataclass(frozen=True)
class Corpus:
    """Words, from the most frequent on, and how often each is there."""

    words: list[str]
    weights: list[float]


def corpus() -> Corpus:
    syllables = [a + b for a, b in product("bdfglmnprstvz", "aeiou")]
    words = ["".join(parts) + "x" for parts in product(syllables, repeat=3)]
    random.Random(1).shuffle(words)
    words = words[:30_000]
    return Corpus(words, list(accumulate(1 / rank for rank in range(1, len(words) + 1))))


async def fill(url: str, said: Corpus) -> None:
    """Meetings of an hour each, as the worker writes them."""
    await schema.upgrade(url)
    async with opened(url) as database:
        async with database.transaction() as db:
            ada = await accounts.add(db, Account(email="ada@example.org", name="Ada"))
            row = Room(slug="weekly", title="Weekly", access="restricted", owner_id=ada.id)
            place = (await rooms.add(db, row)).id
        source = random.Random(2)
        for hour in range(HOURS):
            async with database.transaction() as db:
                await _meeting(db, place, hour, source.choices, said)


async def index(url: str) -> None:
    """The tags of all that was said, at once: as they are in the end, in a fraction of the time."""
    tags: list[tuple[int, str]] = []
    async with opened(url) as database:
        async with database.transaction() as db:
            meetings = (await db.execute(select(Meeting.id, Meeting.wrapped_key))).all()
            for meeting_id, wrapped in meetings:
                key = KEYRING.unwrap(wrapped)
                tag = cache(key.tag)
                for row in await utterances.spoken(db, meeting_id):
                    words = utterances.opened(row, key).split()
                    found = {tag(stem) for word in words for stem in _stems(word)}
                    tags += [(one, row.id) for one in found]
                db.expunge_all()
        tags.sort()
        async with database.transaction() as db:
            connection = await db.connection()
            await db.execute(text("DROP INDEX ix_utterance_stem_utterance_id"))
            for start in range(0, len(tags), 500_000):
                await connection.exec_driver_sql(_TAGS, tags[start : start + 500_000])
            await db.execute(text(_AGAIN))
            await db.execute(text("ANALYZE"))


async def _meeting(
    db: AsyncSession, place: str, hour: int, choose: Callable[..., list[str]], said: Corpus
) -> None:
    """An hour of somebody."""
    key, wrapped = KEYRING.new_meeting_key()
    at = 1_700_000_000_000 + hour * 3_600_000
    meeting = Meeting(room_id=place, livekit_sid="", started_at=at, wrapped_key=wrapped)
    db.add(meeting)
    await db.flush()
    who = Participant(meeting_id=meeting.id, identity="a", sid="", name="Ada", joined_at=at)
    db.add(who)
    await db.flush()
    rows = []
    for number in range(WORDS_AN_HOUR // WORDS_OF_ONE):
        words = choose(said.words, cum_weights=said.weights, k=WORDS_OF_ONE)
        name, start = new_id(), number * 4800
        sealed = key.seal(" ".join(words).encode(), f"utterance:{name}:text")
        # The words with their times are never looked at here: as many bytes as they would have.
        noise = bytes(40 * len(words))
        row = (name, meeting.id, who.id, start, start + 4000, sealed, noise, "fr", "none", True, at)
        rows.append(row)
    await (await db.connection()).exec_driver_sql(_UTTERANCES, rows)


@cache
def _stems(word: str) -> frozenset[str]:
    return stems.of_word(word, "fr")


_AGAIN = "CREATE INDEX ix_utterance_stem_utterance_id ON utterance_stem (utterance_id)"
_TAGS = "INSERT INTO utterance_stem (tag, utterance_id) VALUES (?, ?)"
_UTTERANCES = (
    "INSERT INTO utterance (id, meeting_id, participant_id, started_at, ended_at, text, words,"
    " language, model, final, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def searches(said: Corpus) -> Iterator[tuple[str, str]]:
    yield "a frequent word", said.words[3]
    yield "a usual word", said.words[300]
    yield "a rare word", said.words[20_000]
    yield "a word that nobody said", "zzzzzz"
    yield "two frequent words", f"{said.words[5]} {said.words[9]}"
    yield "two usual words", f"{said.words[200]} {said.words[400]}"
    yield "three words, one rare", f"{said.words[3]} {said.words[30]} {said.words[20_000]}"


async def measure(database: Database, said: Corpus) -> dict[str, float]:
    """The longest of all in milliseconds, and of their medians; and what processors were used."""
    async with database.transaction() as db:
        ada = await accounts.by_email(db, "ada@example.org")
        lines = await db.scalar(select(func.count()).select_from(Utterance))
        rows = await db.scalar(select(func.count()).select_from(UtteranceStem))
    assert ada
    print(f"{database.dialect}: {lines} utterances, {rows} tags")
    longest, medians = 0.0, []
    for what, words in searches(said):
        took, used = [], []
        for _ in range(TIMES):
            began, began_using = time.perf_counter(), time.process_time()
            found = await search(database, KEYRING, Search(ada.id, words, 20))
            took.append((time.perf_counter() - began) * 1000)
            used.append((time.process_time() - began_using) * 1000)
        medians.append((statistics.median(took), statistics.median(used)))
        longest = max(longest, *took)
        print(
            f"{what:26} {len(found):3} found {medians[-1][0]:5.0f} ms, longest {max(took):5.0f},"
            f" processor {medians[-1][1]:5.0f}"
        )
    median, processor = (max(one) for one in zip(*medians, strict=True))
    return {"search_ms": median, "search_longest_ms": longest, "search_processor_ms": processor}


async def measured(url: str, said: Corpus) -> dict[str, float]:
    async with opened(url) as database:
        return await measure(database, said)


def main(folder: Path) -> None:
    """A table, and a line of JSON."""
    said, file = corpus(), folder / "corpus.db"
    url = f"sqlite+aiosqlite:///{file}"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(fill(url, said))
        asyncio.run(index(url))
    print(json.dumps(asyncio.run(measured(url, said))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
