"""Transcripts as ODT (ISO/IEC 26300)."""

from io import BytesIO

from odfdo import Document, Element, Header, List, Paragraph, Span, Style

from visio.documents.transcript import Transcript, Turn, attendance, facts, position, turns, words


def as_odt(transcript: Transcript) -> bytes:
    """With headings, so that screen readers and tables of contents find their way."""
    own, document = words(transcript.language), Document("text")
    _describe(document, transcript)
    body = document.body
    body.clear()
    body.append(_heading(1, transcript.title))
    for fact in facts(transcript):
        body.append(_paragraph(fact))
    body.append(_heading(2, own["attendance"]))
    body.append(List([_paragraph(one) for one in attendance(transcript)]))
    body.append(_heading(2, own["transcript"]))
    if not transcript.passages:
        body.append(_paragraph(own["nothing"]))
    for turn in turns(transcript.passages):
        body.append(_turn(turn))
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _turn(turn: Turn) -> Element:
    paragraph = Paragraph(style=_BODY)
    paragraph.append(Span(turn.speaker, style=_SPEAKER))
    paragraph.append_plain_text(f"  {position(turn.started_at)}\n{turn.text}")
    return paragraph


def _paragraph(text: str) -> Paragraph:
    return Paragraph(text, style=_BODY)


def _heading(level: int, text: str) -> Header:
    return Header(level, text, style=f"Heading_20_{level}")


def _describe(document: Document, transcript: Transcript) -> None:
    about = document.meta
    about.title = transcript.title
    about.creator = about.initial_creator = about.generator = _NOBODY
    about.creation_date = about.date = transcript.started_at.replace(tzinfo=None)
    # What spell checkers and voices go by.
    document.language = _TAGS[transcript.language]
    # The template's headings are numbered: a title is not "1. Title".
    for level in document.styles.get_elements("//text:outline-level-style"):
        level.set_attribute("style:num-format", "")
        for numbering in ("style:num-suffix", "loext:num-list-format"):
            level.del_attribute(numbering)
    document.insert_style(Style("text", name=_SPEAKER, bold=True), automatic=True)


_BODY = "Text_20_body"
_SPEAKER = "Speaker"
_NOBODY = "Visio"
_TAGS = {"fr": "fr-FR", "en": "en-GB"}
