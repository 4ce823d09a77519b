"""What became of a file: for programs, and as a table that a spreadsheet may open safely."""

import csv
import io
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from visio.provisioning.lines import Refused

Language = Literal["fr", "en"]


@dataclass
class Report:
    """How many lines were made into rooms (or would be), found there already, or refused."""

    dry_run: bool
    total: int
    made: int = 0
    there: int = 0
    refused: list[Refused] = field(default_factory=list)


def as_json(report: Report) -> dict[str, object]:
    """The report, with the reasons in both languages."""
    return {
        "dry_run": report.dry_run,
        "total": report.total,
        "made": report.made,
        "there": report.there,
        "refused": [
            {
                "line": one.line,
                "column": one.column,
                "value": one.value,
                "code": one.code,
                "reason": {"fr": reason(one, "fr"), "en": reason(one, "en")},
            }
            for one in report.refused
        ],
    }


def as_csv(report: Report) -> str:
    """The refused lines; no cell is a formula, whatever the file held (T38)."""
    out = io.StringIO(newline="")
    out.write("\ufeff")  # or spreadsheets take the accents for something else
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["line", "column", "value", "code", "raison", "reason"])
    for one in report.refused:
        reasons = reason(one, "fr"), reason(one, "en")
        writer.writerow([one.line, one.column, _inert(one.value), one.code, *reasons])
    return out.getvalue()


def reason(refused: Refused, language: Language) -> str:
    """Why, in a sentence."""
    return _words(language)[refused.code]


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


@cache
def _words(language: Language) -> dict[str, str]:
    words: dict[str, str] = json.loads((Path(__file__).parent / f"{language}.json").read_text())
    return words


# What makes spreadsheets compute; the last three are wide forms that some read alike.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "＠")
