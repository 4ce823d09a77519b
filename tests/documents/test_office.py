"""DOCX and ODT as LibreOffice opens them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.test_hostile_words import WORDS
from tests.documents.test_formats import MEETING
from visio.documents import Format, Passage, Transcript, write
from visio.documents.transcript import clean

pytestmark = pytest.mark.long

TREE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def office() -> str:
    """LibreOffice's Writer, from Debian."""
    if shutil.which("soffice") is None:
        install = TREE / "deploy" / "debian-install"
        subprocess.run([install, "libreoffice-writer-nogui"], check=True, timeout=1200)
    found = shutil.which("soffice")
    assert found
    return found


@pytest.mark.parametrize("form", ["docx", "odt"])
def test_libreoffice_opens_it_and_reads_what_was_said(
    office: str, tmp_path: Path, form: Format
) -> None:
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
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "txt:Text (encoded):UTF8", file],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=300,
    )
    text = (tmp_path / "meeting.txt").read_text("utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == "Comité d’été"
    assert any(line.endswith("Bob (invité, identité non vérifiée, 1:00)") for line in lines)
    assert "Bonjour. On commence ?" in lines
    assert {clean(words) for words in WORDS} <= {line.strip() for line in lines}
