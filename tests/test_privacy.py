"""docs/privacy.md says what the code does."""

import json
import re
from pathlib import Path

import pytest

from visio import wordings
from visio.store.acts import Act
from visio.store.models import Model

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "privacy.md").read_text()


def test_the_register_has_every_table() -> None:
    register = PAGE.partition("| table | of whom |")[2].partition("\n\n")[0]
    tables = {name for row in register.splitlines() for name in re.findall(r"`(\w+)`", row[:60])}
    assert set(Model.metadata.tables) <= tables


def test_the_page_explains_every_act() -> None:
    named = re.findall(r"^\| ((?:`\w+\.\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert {word.strip("`") for cell in named for word in cell.split(", ")} == set(Act)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_people_are_asked_in_the_words_that_answers_refer_to(language: str) -> None:
    """Another text needs another version in `visio.wordings`, and its place on the page."""
    locale = json.loads((ROOT / f"visio/web/src/locales/{language}.json").read_text())["consent"]
    text = " ".join(locale[part] for part in ("question", "what", "audio", "change"))
    title = locale["title"]
    assert f"> {title}. {text} {locale['after']['keep']}\n" in PAGE
    assert f"> {locale['after']['delete']}\n" in PAGE


def test_every_version_of_a_text_is_on_the_page() -> None:
    for versions in wordings.KNOWN.values():
        for version in versions:
            assert f"**`{version}`**" in PAGE
