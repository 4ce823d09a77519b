"""Which rule holds for which client: collects what marked tests say, and prints the matrix.

A test says `@pytest.mark.rule(12, 13, client="raw")`; without `client` it is that of its parameter
`sdk`. A cell of the matrix holds when every test of it passed and there is one.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from tests.conformance.rules import CLIENTS, Rule

Cell = tuple[int, str]
"""A rule's number and a client."""


@dataclass(eq=False)
class Matrix:
    """A pytest plugin; `report` when the session is over."""

    rules: Mapping[int, Rule]
    outcomes: dict[Cell, set[str]] = field(default_factory=lambda: defaultdict(set))
    reasons: dict[Cell, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    _claims: dict[str, list[Cell]] = field(default_factory=dict)

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Note who claims what, and leave out what is there twice."""
        # The wire does not depend on the database.
        again = [item for item in items if _parameter(item, "dialect") == "postgresql"]
        config.hook.pytest_deselected(items=again)
        items[:] = [item for item in items if item not in again]
        for item in items:
            self._claims[item.nodeid] = list(self._read(item))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how it went."""
        if report.when == "call" or report.outcome != "passed":
            for cell in self._claims.get(report.nodeid, ()):
                self.outcomes[cell].add(report.outcome)
                if report.skipped and isinstance(report.longrepr, tuple):
                    self.reasons[cell] = report.longrepr[2]

    def state(self, number: int, client: str) -> str:
        """passed, failed, skipped, missing (no test), or "" where the rule does not apply."""
        if client not in self.rules[number].clients:
            return ""
        seen = self.outcomes.get((number, client), set())
        return next(
            (state for state in ("failed", "passed", "skipped") if state in seen), "missing"
        )

    def verdict(self, number: int) -> str:
        """passed, failed or skipped: of the whole rule."""
        states = {self.state(number, client) for client in self.rules[number].clients}
        if states & {"failed", "missing"}:
            return "failed"
        return "skipped" if "skipped" in states else "passed"

    def complaints(self) -> list[str]:
        """Why the build fails, besides rules that do; empty when it does not."""
        skipped = [rule for rule in self.rules.values() if self.verdict(rule.number) == "skipped"]
        found = [
            f"rule {rule.number} is mandatory and skipped" for rule in skipped if rule.level == "M"
        ]
        if len(skipped) * _MOST_SKIPPED > len(self.rules):
            found.append(f"more than one rule in {_MOST_SKIPPED} is skipped")
        return self.errors + found

    def report(self) -> Iterable[str]:
        """The matrix, what is wrong with it, and last the figures in JSON."""
        width = max(len(rule.text) for rule in self.rules.values())
        width = min(width, _WIDEST)
        yield f"{'rule':>4} L {'':{width}} " + " ".join(f"{client:8}" for client in CLIENTS)
        for rule in self.rules.values():
            states = " ".join(f"{self.state(rule.number, c) or '·':8}" for c in CLIENTS)
            yield f"{rule.number:4} {rule.level} {rule.text[:width]:{width}} {states}".rstrip()
        for (number, client), reason in sorted(self.reasons.items()):
            yield f"skipped {number} for {client}: {reason}"
        yield from self.complaints()
        verdicts = [self.verdict(number) for number in self.rules]
        counts = {name: verdicts.count(name) for name in ("passed", "failed", "skipped")}
        yield json.dumps({"rules": len(self.rules), **counts})

    def holds(self) -> bool:
        """Whether no rule fails and nothing is wrong."""
        verdicts = (self.verdict(number) for number in self.rules)
        return "failed" not in verdicts and not self.complaints()

    def _read(self, item: pytest.Item) -> Iterable[Cell]:
        for mark in item.iter_markers("rule"):
            client = mark.kwargs.get("client") or _parameter(item, "sdk")
            for number in mark.args:
                if number not in self.rules:
                    self.errors.append(f"{item.nodeid}: there is no rule {number}")
                elif client not in self.rules[number].clients:
                    self.errors.append(f"{item.nodeid}: rule {number} is not for {client}")
                else:
                    yield number, client


def _parameter(item: pytest.Item, name: str) -> str:
    parameters = (
        item.callspec.params
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else {}
    )
    return str(parameters.get(name, ""))


_MOST_SKIPPED = 20
# Columns of a rule's text in the printed matrix.
_WIDEST = 100
