"""What a browser fetches before a meeting, as the build of the client lists it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from visio.views.page import DIST

BUDGET = 300 * 1024
"""Bytes, compressed."""
MEETING = "src/call/entrance.ts"
COMMON = ("index.html", "src/locales/fr.json")


@pytest.mark.parametrize("page", ["HomePage", "SignInPage", "RoomPage"])
def test_what_is_fetched_before_a_meeting_keeps_to_its_budget(page: str) -> None:
    fetched = files(*COMMON, f"src/pages/{page}.tsx")
    assert sum(map(weight, fetched)) <= BUDGET
    # The budget tells something: with the meeting itself it would be exceeded.
    assert sum(map(weight, fetched | files(MEETING))) > BUDGET


def files(*modules: str) -> set[str]:
    """What comes at once with those modules: scripts, styles, and the font of French."""
    manifest = json.loads((DIST / ".vite/manifest.json").read_text())
    return {file for module in modules for file in _files(manifest, module)}


def _files(manifest: dict[str, Any], module: str) -> Iterator[str]:
    entry = manifest[module]
    yield entry["file"]
    yield from entry.get("css", ())
    yield from (name for name in entry.get("assets", ()) if "lexend-latin-wght" in name)
    for imported in entry.get("imports", ()):
        yield from _files(manifest, imported)


def weight(file: str) -> int:
    """Bytes on the wire; fonts are compressed as they are."""
    compressed = DIST / f"{file}.br"
    return (compressed if compressed.exists() else DIST / file).stat().st_size
