"""Transcripts as DOCX (ECMA-376)."""

from datetime import UTC
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from visio.documents.transcript import Transcript, Turn, attendance, facts, position, turns, words


def as_docx(transcript: Transcript) -> bytes:
    """With headings, so that screen readers and tables of contents find their way."""
    own, document = words(transcript.language), docx.Document()
    _describe(document, transcript)
    document.add_heading(transcript.title, 0)
    for fact in facts(transcript):
        document.add_paragraph(fact)
    document.add_heading(own["attendance"], 1)
    for one in attendance(transcript):
        document.add_paragraph(one, "List Bullet")
    document.add_heading(own["transcript"], 1)
    if not transcript.passages:
        document.add_paragraph(own["nothing"])
    for turn in turns(transcript.passages):
        _write(document.add_paragraph(), turn)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _write(paragraph: Paragraph, turn: Turn) -> None:
    paragraph.add_run(turn.speaker).bold = True
    paragraph.add_run(f"  {position(turn.started_at)}").add_break(WD_BREAK.LINE)
    paragraph.add_run(turn.text)


def _describe(document: Document, transcript: Transcript) -> None:
    about = document.core_properties
    about.title, about.language = transcript.title, transcript.language
    about.author = about.last_modified_by = about.comments = ""
    about.created = about.modified = transcript.started_at.astimezone(UTC)
    # What spell checkers and voices go by.
    defaults = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    if defaults is not None:
        defaults.set(qn("w:val"), _TAGS[transcript.language])


_TAGS = {"fr": "fr-FR", "en": "en-GB"}
