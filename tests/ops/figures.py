"""What `make ops` comes to, and the bounds it is held to. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Figures = Mapping[str, float]
"""Of the steps that were taken, by their keys."""


@dataclass(frozen=True)
class Plan:
    """How much is asked of the steps; `only` are those to be taken, all where it is empty.

    `bundle` is installed; a new one is made where there is none."""

    kills: int = 50
    facts: int = 100_000
    meeting_kills: int = 20
    bots: int = 1_000
    storm: float = 60.0
    bundle: Path | None = None
    only: frozenset[str] = frozenset()

    def takes(self, step: str) -> bool:
        return not self.only or step in self.only


def table(figures: Figures, plan: Plan) -> str:
    """A line for each figure, with its bound, if it has one, and whether that holds."""
    rows = []
    for key in KEYS:
        said = "not measured" if key not in figures else f"{figures[key]:g}"
        bound = BOUNDS.get(key)
        told = f"{bound.says(plan)}" if bound else ""
        mark = "MISSED" if key in missed(figures, plan) else ""
        rows.append(f"{key:<14}{said:>14}  {told:<16}{mark}".rstrip())
    return "\n".join(rows)


def missed(figures: Figures, plan: Plan) -> list[str]:
    """The keys whose bound does not hold. What was asked for and not measured does not either."""
    return [
        key
        for key, bound in BOUNDS.items()
        if plan.takes(STEP_OF[key])
        and (key not in figures or not bound.holds(figures[key], bound.limit(plan)))
    ]


@dataclass(frozen=True)
class Bound:
    sign: str
    limit: Callable[[Plan], float]

    def holds(self, figure: float, limit: float) -> bool:
        return figure >= limit if self.sign == "≥" else figure <= limit

    def says(self, plan: Plan) -> str:
        return f"{self.sign} {self.limit(plan):g}"


STEP_OF = {
    "install_s": "host",
    "restore_s": "host",
    "facts": "faults",
    "lost": "faults",
    "doubled": "faults",
    "kill_p95_s": "meeting",
    "kill_max_s": "meeting",
    "storm_joined": "storm",
    "storm_p95_s": "storm",
    "outbound": "host",
}
"""The step that measures a figure."""
KEYS = tuple(STEP_OF)
BOUNDS = {
    "restore_s": Bound("≤", lambda _: 900),
    "facts": Bound("≥", lambda plan: plan.facts),
    "lost": Bound("≤", lambda _: 0),
    "doubled": Bound("≤", lambda _: 0),
    "kill_p95_s": Bound("≤", lambda _: 3),
    "kill_max_s": Bound("≤", lambda _: 6),
    "storm_joined": Bound("≥", lambda plan: 0.999 * plan.bots),
    "storm_p95_s": Bound("≤", lambda _: 2),
    "outbound": Bound("≤", lambda _: 0),
}
"""reliability.md §3.1: G1, G2, G11, G15, R10."""
