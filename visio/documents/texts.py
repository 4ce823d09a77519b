"""Transcripts as plain text, Markdown and JSON."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict

from visio.documents.transcript import (
    Passage,
    Present,
    Transcript,
    attendance,
    facts,
    position,
    turns,
    words,
)


def as_text(transcript: Transcript) -> str:
    """Paragraphs with a blank line between them."""
    own = words(transcript.language)
    said = [
        f"[{position(turn.started_at)}] {turn.speaker}\n{turn.text}"
        for turn in turns(transcript.passages)
    ]
    blocks = ["\n".join([transcript.title, *facts(transcript)])]
    blocks.append("\n".join([own["attendance"], *(f"- {one}" for one in attendance(transcript))]))
    return "\n\n".join([*blocks, *(said or [own["nothing"]])]) + "\n"


def as_markdown(transcript: Transcript) -> str:
    """CommonMark, in which no text of people means anything but itself."""
    own = words(transcript.language)
    said = [
        f"**{escaped(turn.speaker)}** ({position(turn.started_at)})\n\n{escaped(turn.text)}"
        for turn in turns(transcript.passages)
    ]
    present = "\n".join(f"- {escaped(one)}" for one in attendance(transcript))
    blocks = [f"# {escaped(transcript.title)}", *(escaped(one) for one in facts(transcript))]
    blocks += [f"## {own['attendance']}", present, f"## {own['transcript']}"]
    return "\n\n".join([*blocks, *(said or [own["nothing"]])]) + "\n"


def escaped(text: str) -> str:
    """Every sign that CommonMark, or GitHub's, could take for markup; a number that begins a
    line, as that of a list; addresses, which become links by themselves."""
    text = _MARKUP.sub(r"\\\g<0>", text)
    text = _ADDRESS.sub(r"\1\\\2", text)
    return _BEGINNING.sub(r"\1\\\2", text)


def as_json(transcript: Transcript) -> str:
    """For programs: times of passages are milliseconds since the start."""
    return json.dumps(
        {
            "title": transcript.title,
            "started_at": transcript.started_at.isoformat(),
            "ended_at": transcript.ended_at.isoformat() if transcript.ended_at else None,
            "attendance": _rows(transcript.attendance),
            "hidden": transcript.hidden,
            "partial": transcript.partial,
            "passages": _rows(transcript.passages),
        },
        ensure_ascii=False,
        indent=1,
    )


def _rows(of: Sequence[Passage | Present]) -> list[dict[str, object]]:
    return [asdict(one) for one in of]


_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#+!|~$&=^\"@]")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp|www)([:.])")
_BEGINNING = re.compile(r"^(\d*)([-.:])")
