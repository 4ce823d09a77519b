"""The audit as text: a JSON object a line, or CSV that no spreadsheet takes for formulas."""

import csv
import io
import json
from typing import Literal

from visio.store import audit
from visio.store.models import AuditEntry

Format = Literal["jsonl", "csv"]


def heading(kind: Format) -> str:
    """What comes before all rows."""
    return cells(audit.COLUMNS) if kind == "csv" else ""


def line(row: AuditEntry, kind: Format) -> str:
    """One row."""
    shown = audit.shown(row)
    if kind == "csv":
        return cells([shown[name] for name in audit.COLUMNS])
    return json.dumps(shown, separators=(",", ":")) + "\n"


def cells(row: list[object] | tuple[str, ...]) -> str:
    """A line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_cell(cell) for cell in row])
    return out.getvalue()


def _cell(value: object) -> object:
    """Excel and LibreOffice calculate what begins so."""
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if formula else value
