"""The numbered rules of docs/livekit.md: what is promised to which client."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs/livekit.md"

BROWSERS = ("chromium", "firefox")
"""Those in which livekit-client is driven; each is a column of the matrix."""

CLIENTS = ("python", *BROWSERS, "node", "api", "raw")

GROUPS = {"js": BROWSERS, "sdk": ("python", *BROWSERS, "node")}
"""What the document writes for several clients."""


class BadRules(Exception):  # noqa: N818 - the outcome is the name
    """The document's list cannot be what it says."""


@dataclass(frozen=True)
class Rule:
    """One promise. `level` is M (some client breaks without), P (parity) or O (optional)."""

    number: int
    level: str
    clients: tuple[str, ...]
    text: str


def read_rules(document: str) -> dict[int, Rule]:
    """The rules by number, in the document's order, in which later ones stand between others.

    Raises:
        BadRules: it is no list of rules numbered from 1, each once.
    """
    rules = [_rule(*row) for row in _ROW.findall(document)]
    if sorted(rule.number for rule in rules) != list(range(1, len(rules) + 1)):
        raise BadRules("the rules are not numbered 1, 2, 3 …")
    return {rule.number: rule for rule in rules}


def _rule(number: str, level: str, clients: str, text: str) -> Rule:
    named = [name for word in clients.split(", ") for name in GROUPS.get(word, (word,))]
    if unknown := set(named) - set(CLIENTS):
        raise BadRules(f"rule {number}: unknown clients {', '.join(sorted(unknown))}")
    return Rule(int(number), level, tuple(c for c in CLIENTS if c in named), text)


_ROW = re.compile(r"^\| (\d+) \| ([MPO]) \| ([a-z, ]+) \| (.+) \|$", re.MULTILINE)
