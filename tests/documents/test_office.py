"""DOCX and ODT as LibreOffice opens them."""

from pathlib import Path

import pytest

from tests import office
from tests.browser.test_hostile_words import WORDS
from tests.documents.test_formats import MEETING
from visio.documents import Format, Passage, Transcript, write
from visio.documents.transcript import clean

pytestmark = pytest.mark.long


@pytest.mark.parametrize("form", ["docx", "odt"])
def test_libreoffice_opens_it_and_reads_what_was_said(tmp_path: Path, form: Format) -> None:
    """Also words that would be markup elsewhere: each is there, to the letter."""
    said = [
        Passage("Ada", 90_000 * n, 90_000 * n + 1, words, "fr") for n, words in enumerate(WORDS)
    ]
    meeting = Transcript(
        MEETING.title,
        MEETING.started_at,
        MEETING.ended_at,
        "fr",
        MEETING.attendance,
        [*MEETING.passages, *said],
    )
    file = tmp_path / f"meeting.{form}"
    file.write_bytes(write(meeting, form))
    lines = office.read(file).splitlines()
    assert lines[0] == "Comité d’été"
    assert any(line.endswith("Bob (invité, identité non vérifiée, 1:00)") for line in lines)
    assert "Bonjour. On commence ?" in lines
    assert {clean(words) for words in WORDS} <= {line.strip() for line in lines}
