"""iCalendar objects as Thunderbird reads them, by its own parser."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Property:
    value: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Read:
    """One object; occurrences are milliseconds since 1970 UTC, offsets seconds."""

    method: str
    zones: list[str]
    events: list[dict[str, list[Property]]]
    occurrences: list[tuple[int, int]]
    offsets: list[int]


def read(*texts: bytes, probes: Sequence[Sequence[str]] = ()) -> list[Read]:
    """What is in each; `probes` are local times whose offsets are asked of its first zone."""
    asked = [
        {"text": text.decode(), "probes": list(probes[number]) if probes else []}
        for number, text in enumerate(texts)
    ]
    done = subprocess.run(
        ["node", FOLDER / "read.mjs"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        Read(
            one["method"],
            one["zones"],
            [_event(event) for event in one["events"]],
            [(begins, ends) for begins, ends in one["occurrences"]],
            one["offsets"],
        )
        for one in json.loads(done.stdout)
    ]


def _event(properties: list[dict[str, Any]]) -> dict[str, list[Property]]:
    event: dict[str, list[Property]] = {}
    for one in properties:
        event.setdefault(one["name"], []).append(Property(one["value"], one["parameters"]))
    return event
