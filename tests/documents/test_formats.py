"""Files made of a transcript, read back by readers that are not ours."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import docx
import odfdo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.browser.test_hostile_words import WORDS
from visio.documents import FORMATS, Format, Passage, Present, Transcript, voice, write
from visio.documents.texts import escaped
from visio.documents.transcript import clean, position

MEETING = Transcript(
    "Comité d’été",
    datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    datetime(2026, 11, 22, 12, 5, tzinfo=UTC),
    "fr",
    [Present("Ada", "account", 7_500_000), Present("Bob", "guest", 60_000)],
    [
        Passage("Ada", 4_000, 6_000, "Bonjour.", "fr"),
        Passage("Ada", 7_000, 9_000, "On commence ?", "fr", corrected=True),
        Passage("Mme Martin", 3_661_000, 3_662_500, "Oui.", "fr"),
    ],
)
HOSTILE = st.text() | st.sampled_from(WORDS) | st.text("<>&*_`[]()#!\\-+=.:1 |~$@\n\r\t\x00\u202e")


def text(transcript: Transcript, form: Format) -> str:
    return write(transcript, form).decode()


def test_plain_text_has_times_speakers_and_who_was_there() -> None:
    assert text(MEETING, "txt") == (
        "Comité d’été\ndimanche 22 novembre 2026, 10:00 – 12:05 (UTC)\n\n"
        "Présence\n- Ada (2:05:00)\n- Bob (invité, identité non vérifiée, 1:00)\n\n"
        "[0:04] Ada\nBonjour. On commence ?\n\n[1:01:01] Mme Martin\nOui.\n"
    )


def test_what_is_left_out_is_said() -> None:
    english = replace(MEETING, language="en", hidden=2, partial=True, ended_at=None)
    head = text(english, "txt").partition("\n\n")[0]
    assert head.splitlines()[1:] == [
        "Sunday 22 November 2026, 10:00 – in progress (UTC)",
        "Only what you said yourself.",
        "Hidden passages, left out of this document: 2.",
    ]
    assert "Nothing was transcribed." in text(replace(english, passages=[]), "md")


def test_subtitles_have_the_meeting_s_clock() -> None:
    vtt, srt = text(MEETING, "vtt"), text(MEETING, "srt")
    assert vtt.startswith("WEBVTT\n\nNOTE\nComité d’été\n")
    assert "\n\n01:01:01.000 --> 01:01:02.500\n<v Mme Martin>Oui.\n" in vtt
    assert srt.startswith("1\n00:00:04,000 --> 00:00:06,000\nAda : Bonjour.\n\n2\n")


def test_json_is_for_programs() -> None:
    told = json.loads(text(MEETING, "json"))
    assert told["started_at"] == "2026-11-22T10:00:00+00:00"
    assert told["attendance"][1] == {"name": "Bob", "kind": "guest", "present": 60_000}
    assert [one["corrected"] for one in told["passages"]] == [False, True, False]


def test_word_has_headings_a_title_and_a_language() -> None:
    read = docx.Document(BytesIO(write(MEETING, "docx")))
    styles = {one.text: one.style.name for one in read.paragraphs if one.style}
    assert styles["Comité d’été"] == "Title"
    assert styles["Présence"] == styles["Ce qui a été dit"] == "Heading 1"
    assert read.core_properties.title == "Comité d’été"
    assert "Ada  0:04\nBonjour. On commence ?" in styles
    assert b'w:lang w:val="fr-FR"' in ZipFile(BytesIO(write(MEETING, "docx"))).read(
        "word/styles.xml"
    )


def test_opendocument_has_headings_a_title_and_a_language() -> None:
    read = odfdo.Document(BytesIO(write(MEETING, "odt")))
    headings = [one.text for one in read.body.headers]
    present = [one.inner_text for one in read.body.lists[0].get_elements("text:list-item/text:p")]
    assert present == ["Ada (2:05:00)", "Bob (invité, identité non vérifiée, 1:00)"]
    assert headings == ["Comité d’été", "Présence", "Ce qui a été dit"]
    assert read.meta.title == "Comité d’été"
    assert read.language == "fr-FR"


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=20)
def test_whatever_is_said_every_file_can_be_read(title: str, name: str, said: str) -> None:
    """T15."""
    passage = Passage(name, 0, 1000, said, "fr")
    meeting = replace(
        MEETING, title=title, attendance=[Present(name, "guest", 1)], passages=[passage] * 2
    )
    files = {form: write(meeting, form) for form in FORMATS}
    for form in ("md", "txt", "vtt", "srt"):
        content = files[form].decode()  # type: ignore[index]
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", content)
    assert json.loads(files["json"])["passages"][0]["text"] == clean(said)
    read = docx.Document(BytesIO(files["docx"]))
    assert read.paragraphs[-1].text == f"{clean(name)}  0:00\n{clean(f'{said}')}" + (
        f" {clean(said)}" if clean(said) else ""
    )
    content = ZipFile(BytesIO(files["odt"])).read("content.xml")
    assert ElementTree.fromstring(content) is not None  # noqa: S314 - our own


@given(HOSTILE)
def test_markdown_shows_what_was_said(raw: str) -> None:
    """T15: neither markup, nor HTML, nor links that make themselves."""
    said = clean(raw)
    html = MarkdownIt("gfm-like", {"linkify": False}).render(f"x\n\n{escaped(said)}\n\nx")
    shown = "".join(ElementTree.fromstring(f"<div>{html}</div>").itertext())  # noqa: S314
    assert shown.split() == f"x {said} x".split()
    assert set(re.findall("<[^>]*>", html)) == {"<p>", "</p>"}


@given(HOSTILE, HOSTILE)
def test_subtitles_have_the_cues_that_were_spoken_and_no_others(name: str, said: str) -> None:
    """T15: nobody begins a cue, a tag, or a style by what they say."""
    meeting = replace(MEETING, passages=[Passage(name, 0, 1000, said, "fr")])
    cues = int(bool(clean(said)))
    vtt, srt = text(meeting, "vtt"), text(meeting, "srt")
    assert vtt.count("-->") == srt.count("-->") == cues
    assert len(re.findall("<(?!v )", vtt)) == 0
    assert not set("<>{}") & set(srt.replace("-->", ""))
    assert len(vtt.split("\n\n")) == 2 + cues


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("a\r\nb\tc", "a b c"),
        ("\x00a\x1b[31m\u202eb\ud800\ufffe", "a[31mb"),
        ("  12\u202f000 € \u00a0! ", "12\u202f000 € \u00a0!"),
        ("e\u0301", "é"),
    ],
)
def test_a_text_is_one_line_of_characters(raw: str, line: str) -> None:
    assert clean(raw) == line


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(-1, "0:00"), (4_999, "0:04"), (600_000, "10:00"), (3_661_000, "1:01:01")],
)
def test_positions_are_those_of_the_page(milliseconds: int, shown: str) -> None:
    assert position(milliseconds) == shown


def test_voices_have_numbers_until_they_have_names() -> None:
    assert voice("Salle 2", "S3", "fr") == "Salle 2, voix 3"
