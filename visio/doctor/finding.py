"""What the doctor found: a state, a code that never changes its meaning, and its sentences."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

Language = Literal["fr", "en"]


class State(StrEnum):
    """How a thing stands, the worst first."""

    BROKEN = "broken"
    LOOK = "look"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `about` is which of several, `facts` fill its sentences."""

    code: str
    state: State
    about: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is so, what that means for people, and what to do; the latter two may be empty."""

    what: str
    means: str
    do: str


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first; among equals as they were looked for, which is by importance."""
    worst = list(State)
    return sorted(findings, key=lambda one: worst.index(one.state))


def worded(finding: Finding, language: Language) -> Sentences:
    """The finding in words."""
    words = WORDS[language][finding.code]
    filled = {
        part: words.get(part, "").format_map(finding.facts) for part in ("what", "means", "do")
    }
    return Sentences(**filled)


WORDS: dict[Language, dict[str, dict[str, str]]] = {
    language: json.loads((Path(__file__).parent / f"{language}.json").read_text())
    for language in ("fr", "en")
}
