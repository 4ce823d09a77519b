"""Searches the transcripts that somebody may read, the newest meetings first."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from visio.store import corrections, stem_index, stems, utterances
from visio.store.database import Database
from visio.store.sealing import Keyring, MeetingKey, SealError
from visio.store.stem_index import Match, Place, Searched
from visio.store.stems import Part

Opened = dict[str, tuple[Searched, MeetingKey]]


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found, opened, with the words marked; times as the rows have them."""

    meeting: Searched
    name: str
    voice: str | None
    voice_name: str | None
    started_at: int
    parts: Sequence[Part]
    place: Place


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for in whose transcripts: at most `limit` passages, behind `after`."""

    account_id: str
    words: str
    limit: int
    after: Place | None = None


async def search(database: Database, keyring: Keyring, asked: Search) -> list[Found]:
    """The passages with all of the words, and one more where there are more than `limit`.

    None where no word is left to look for.
    """
    wanted = stems.wanted(asked.words)
    every = frozenset(stem for words in wanted for stems_ in words for stem in stems_)
    found: list[Found] = []
    if not wanted:
        return found
    async for opened in _meetings(database, keyring, asked, len(every)):
        keys = [key for _, key in opened.values()]
        tags = [[_tags(keys, stems_) for stems_ in words] for words in wanted]
        left = asked.limit + 1 - len(found)
        async with database.transaction() as session:
            matches = await stem_index.matching(session, asked.account_id, tags, asked.after, left)
        found += [_opened(match, *opened[match.utterance.meeting_id], every) for match in matches]
        if len(found) > asked.limit:
            break
    return found


async def _meetings(
    database: Database, keyring: Keyring, asked: Search, stems_: int
) -> AsyncIterator[Opened]:
    """What may be read, some at a time: few at first, as frequent words fill a page with them."""
    since, size = asked.after, _FIRST
    while True:
        size = min(size, _MOST_TAGS // stems_)
        async with database.transaction() as session:
            meetings = await stem_index.searchable(session, asked.account_id, since, size + 1)
        if opened := _unwrapped(keyring, meetings[:size]):
            yield opened
        if len(meetings) <= size:
            return
        since, size = Place(meetings[size].started_at, meetings[size].id, 0, ""), size * _GROWTH


def _unwrapped(keyring: Keyring, meetings: Sequence[Searched]) -> Opened:
    """Their keys; without those that were sealed under another master key."""
    opened: Opened = {}
    for meeting in meetings:
        try:
            opened[meeting.id] = meeting, keyring.unwrap(meeting.wrapped_key)
        except SealError:
            continue
    return opened


def _tags(keys: Sequence[MeetingKey], stems_: frozenset[str]) -> list[int]:
    return [key.tag(stem) for key in keys for stem in stems_]


def _opened(match: Match, meeting: Searched, key: MeetingKey, search: frozenset[str]) -> Found:
    row = match.utterance
    text = utterances.opened(row, key)
    place = Place(meeting.started_at, meeting.id, row.started_at, row.id)
    parts = stems.marked(text, row.language, search)
    called = corrections.opened_name(match.voice, key) if match.voice else None
    return Found(meeting, match.name, row.voice, called, row.started_at, parts, place)


# Meetings looked at first: more costs where the first ones have enough, less more rounds.
_FIRST = 50
_GROWTH = 4
# Tags of a query: both databases take some 32,000 values; more also takes longer to plan.
_MOST_TAGS = 12_000
