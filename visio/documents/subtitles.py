"""Transcripts as subtitles, on the meeting's clock: WebVTT (W3C) and SubRip."""

from collections.abc import Sequence

from visio.documents.transcript import Passage, Transcript, facts


def as_webvtt(transcript: Transcript) -> str:
    """With the speaker as the voice of each cue."""
    # A note ends at a blank line, and must not have the arrow in it.
    note = "\n".join(_escaped(one) for one in (transcript.title, *facts(transcript)))
    cues = [
        f"{_timing(one, '.')}\n<v {_annotation(one.speaker)}>{_escaped(one.text)}"
        for one in _spoken(transcript)
    ]
    return "\n\n".join(["WEBVTT", f"NOTE\n{note}", *cues]) + "\n"


def as_subrip(transcript: Transcript) -> str:
    """Players take tags for markup, and there is no way to write a bracket: another stands in."""
    cues = [
        f"{number}\n{_timing(one, ',')}\n{_bracketless(f'{one.speaker} : {one.text}')}\n"
        for number, one in enumerate(_spoken(transcript), 1)
    ]
    return "\n".join(cues)


def _spoken(transcript: Transcript) -> Sequence[Passage]:
    """A cue has a text, and ends after it begins."""
    return [one for one in transcript.passages if one.text]


def _timing(passage: Passage, point: str) -> str:
    until = max(passage.ended_at, passage.started_at + 1)
    return f"{_time(passage.started_at, point)} --> {_time(until, point)}"


def _time(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(max(0, milliseconds), 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def _annotation(speaker: str) -> str:
    """Parsers trim it: a dash at its end would make the tag's own bracket an arrow, which ends a
    cue."""
    return _escaped(speaker) + (" " if speaker.endswith("-") else "")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bracketless(text: str) -> str:
    return text.translate(_STAND_INS)


_STAND_INS = str.maketrans("<>{}\\", "‹›()⧵")
