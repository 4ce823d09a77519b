"""The words of letters, from the files of their languages."""

import json
from pathlib import Path
from typing import Literal

Language = Literal["fr", "en"]

WORDS: dict[Language, dict[str, dict[str, str]]] = {
    language: json.loads((Path(__file__).parent / f"{language}.json").read_text())
    for language in ("fr", "en")
}
