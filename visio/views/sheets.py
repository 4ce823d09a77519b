"""Tables that leave as CSV (RFC 4180), for spreadsheets: nothing in a cell is a formula there."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from aiohttp import web


def download(rows: Iterable[Sequence[str]], name: str, *, separator: str) -> web.Response:
    """A file of that name, which French spreadsheets want separated by semicolons."""
    # The mark by which Excel knows UTF-8.
    body = lines(rows, separator=separator).encode("utf-8-sig")
    headers = {"Content-Disposition": f'attachment; filename="{file_name(name)}.csv"'}
    return web.Response(body=body, content_type="text/csv", charset="utf-8", headers=headers)


def lines(rows: Iterable[Sequence[str]], *, separator: str = ",") -> str:
    """Some rows, of which no cell is a formula."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def iso(milliseconds: int | None) -> str:
    """A time as spreadsheets read it; "" for none."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


def harmless(cell: str) -> str:
    """The cell so that no spreadsheet computes it (OWASP, CSV Injection)."""
    return f"'{cell}" if cell.lstrip().startswith(_BEGINNINGS) else cell


def file_name(title: str) -> str:
    """What every file system takes: small letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:_LONGEST] or "visio"


# Also in full width, which some spreadsheets take for the same.
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_LONGEST = 80
