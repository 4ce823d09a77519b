"""The formats a transcript leaves in."""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from visio.documents.subtitles import as_subrip, as_webvtt
from visio.documents.texts import as_json, as_markdown, as_text
from visio.documents.transcript import Transcript, cleaned

Format = Literal["docx", "odt", "md", "txt", "vtt", "srt", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)


def write(transcript: Transcript, form: Format) -> bytes:
    """The whole file. It computes for a while: not in the event loop."""
    written = _WRITERS[form](cleaned(transcript))
    return written.encode() if isinstance(written, str) else written


def kind_of(form: Format) -> str:
    """Its media type."""
    return _KINDS[form]


# Whose libraries a start, and so a silence after a crash, would wait for.


def _as_docx(transcript: Transcript) -> bytes:
    from visio.documents.word import as_docx

    return as_docx(transcript)


def _as_odt(transcript: Transcript) -> bytes:
    from visio.documents.opendocument import as_odt

    return as_odt(transcript)


_WRITERS: Mapping[Format, Callable[[Transcript], str | bytes]] = {
    "docx": _as_docx,
    "odt": _as_odt,
    "md": as_markdown,
    "txt": as_text,
    "vtt": as_webvtt,
    "srt": as_subrip,
    "json": as_json,
}
_KINDS: Mapping[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "json": "application/json",
}
