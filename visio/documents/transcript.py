"""A transcript as every format writes it: who said what, when, in texts that are harmless."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, TypedDict

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Passage:
    """What somebody said in one go; milliseconds since the meeting's start."""

    speaker: str
    started_at: int
    ended_at: int
    text: str
    language: str
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who was there, how long in all (milliseconds), and as what: "account", "guest",
    "phone" or "service"."""

    name: str
    kind: str
    present: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """A meeting in one language of the reader; its times have the reader's time zone.

    `hidden` passages are left out; `partial` where the reader is given their own words only.
    """

    title: str
    started_at: datetime
    ended_at: datetime | None
    language: Language
    attendance: Sequence[Present]
    passages: Sequence[Passage]
    hidden: int = 0
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """Passages of one speaker without a long silence between them, under one name."""

    speaker: str
    started_at: int
    text: str


class Words(TypedDict):
    """What we say ourselves, in one language."""

    attendance: str
    transcript: str
    voice: str
    nothing: str
    running: str
    partial: str
    hidden: str
    kinds: dict[str, str]
    days: list[str]
    months: list[str]
    date: str


def words(language: Language) -> Words:
    """Our own words."""
    return _WORDS[language]


def cleaned(transcript: Transcript) -> Transcript:
    """The same in one line each, without what is no text."""
    return replace(
        transcript,
        title=clean(transcript.title),
        attendance=[replace(one, name=clean(one.name)) for one in transcript.attendance],
        passages=[
            replace(one, speaker=clean(one.speaker), text=clean(one.text))
            for one in transcript.passages
        ],
    )


def clean(text: str) -> str:
    """One line of text: no control characters, none that turn the reading direction around, no
    halves of characters, nothing that XML 1.0 cannot hold."""
    line = _BREAKS.sub(" ", unicodedata.normalize("NFC", text))
    return re.sub(" {2,}", " ", _DROPPED.sub("", line)).strip(" ")


def voice(name: str, number: str, language: Language) -> str:
    """What one of those who share somebody's microphone is called, "S1" by number."""
    return words(language)["voice"].format(name=name, voice=number.removeprefix("S"))


def turns(passages: Iterable[Passage]) -> Iterator[Turn]:
    """Who spoke in turn."""
    run: list[Passage] = []
    for passage in passages:
        if run and not _continues(run[-1], passage):
            yield _turn(run)
            run = []
        run.append(passage)
    if run:
        yield _turn(run)


def facts(transcript: Transcript) -> list[str]:
    """What stands below the title: when it was, and what the reader is not given."""
    own = words(transcript.language)
    lines = [_when(transcript)]
    if transcript.partial:
        lines.append(own["partial"])
    if transcript.hidden:
        lines.append(own["hidden"].format(count=transcript.hidden))
    return lines


def attendance(transcript: Transcript) -> list[str]:
    """A line for everybody who was there."""
    kinds = words(transcript.language)["kinds"]
    return [
        f"{one.name or '–'} ({', '.join(filter(None, (kinds[one.kind], position(one.present))))})"
        for one in transcript.attendance
    ]


def position(milliseconds: int) -> str:
    """A place in a meeting: "4:05", or "1:04:05" from the first hour on."""
    seconds = max(0, milliseconds) // 1000
    minutes = f"{seconds // 60 % 60:02}" if seconds >= 3600 else str(seconds // 60)
    hours = f"{seconds // 3600}:" if seconds >= 3600 else ""
    return f"{hours}{minutes}:{seconds % 60:02}"


def _continues(before: Passage, after: Passage) -> bool:
    silent = after.started_at - before.started_at
    return before.speaker == after.speaker and silent < _LONG_SILENCE


def _turn(run: Sequence[Passage]) -> Turn:
    said = " ".join(one.text for one in run if one.text)
    return Turn(run[0].speaker, run[0].started_at, said)


def _when(transcript: Transcript) -> str:
    own, begun, ended = words(transcript.language), transcript.started_at, transcript.ended_at
    date = own["date"].format(
        weekday=own["days"][begun.weekday()],
        day=begun.day,
        month=own["months"][begun.month - 1],
        year=begun.year,
    )
    until = own["running"] if ended is None else f"{ended:%H:%M}"
    return f"{date}, {begun:%H:%M} – {until} ({begun:%Z})"


_LONG_SILENCE = 60_000
"""Milliseconds after which a speaker begins a new turn, with its own time; as on the page."""
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_DROPPED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
_WORDS: dict[Language, Words] = json.loads((Path(__file__).parent / "words.json").read_text())
