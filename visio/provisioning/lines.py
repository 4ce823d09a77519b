"""The lines of a CSV file of rooms, each read into a room that is wanted or refused. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from visio.auth.accounts import normalised
from visio.errors import Unprocessable
from visio.store import slugs
from visio.texts import ONE_LINE


@dataclass(frozen=True, slots=True)
class Wanted:
    """A room to be made; addresses are as accounts have them, `owner` "" is whoever imports.
    Without a `slug` one is drawn, `access` "" is the most closed one. `roles` are those of others,
    by address."""

    line: int
    title: str
    slug: str
    owner: str
    access: str
    max_participants: int
    roles: Mapping[str, str]


@dataclass(unsafe_hash=True)
class Refused(Exception):  # noqa: N818 - reads as what it is
    """A line that makes no room: which column is to blame, what it holds, and a word for why."""

    line: int
    column: str
    value: str
    code: str


def parse(data: bytes) -> list[Wanted | Refused]:
    """One for each line with something on it, in order; raises Refused for the whole file."""
    rows = _rows(_decoded(data))
    header = next(rows, (1, []))[1]
    columns = [name.strip().lower() for name in header]
    _check_header(columns)
    found: list[Wanted | Refused] = []
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(found) == MOST_LINES:
            raise Refused(number, "", "", "too_many_lines")
        found.append(_read(number, columns, cells))
    return found


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST_FILE:
        raise Refused(1, "", "", "file_too_large")
    for encoding in ("utf-8-sig", "cp1252"):  # the latter is what Excel writes in France
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refused(1, "", "", "not_text")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Refused(number, "", "", "not_csv") from None


def _check_header(columns: Sequence[str]) -> None:
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise Refused(1, "", unknown[0][:_SHOWN], "unknown_column")
    if "title" not in columns or len(set(columns)) < len(columns):
        raise Refused(1, "title", "", "no_header")


def _read(number: int, columns: Sequence[str], cells: Sequence[str]) -> Wanted | Refused:
    if len(cells) > len(columns):
        return Refused(number, "", cells[len(columns)][:_SHOWN], "too_many_cells")
    row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
    try:
        return Wanted(
            line=number,
            title=_title(number, row.get("title", "")),
            slug=_slug(number, row.get("slug", "")),
            owner=_address(number, "owner", row["owner"]) if row.get("owner") else "",
            access=_access(number, row.get("access", "")),
            max_participants=_most(number, row.get("max_participants", "")),
            roles=_roles(number, row),
        )
    except Refused as refused:
        return refused


def _title(number: int, text: str) -> str:
    if not text:
        raise Refused(number, "title", "", "title_missing")
    if len(text) > 200 or not re.fullmatch(ONE_LINE, text):
        raise Refused(number, "title", text[:_SHOWN], "title_invalid")
    return text


def _slug(number: int, text: str) -> str:
    try:
        return slugs.checked(text) if text else ""
    except Unprocessable:
        raise Refused(number, "slug", text[:_SHOWN], "slug_invalid") from None


def _access(number: int, text: str) -> str:
    access = text.lower()
    if access not in ("", "public", "trusted", "restricted"):
        raise Refused(number, "access", text[:_SHOWN], "access_invalid")
    return access


def _most(number: int, text: str) -> int:
    if not re.fullmatch("[0-9]{0,5}", text) or int(text or 0) > 10_000:
        raise Refused(number, "max_participants", text[:_SHOWN], "number_invalid")
    return int(text or 0)


def _roles(number: int, row: Mapping[str, str]) -> dict[str, str]:
    roles: dict[str, str] = {}
    for column, role in (("members", "member"), ("administrators", "administrator")):
        for address in row.get(column, "").split():
            roles[_address(number, column, address)] = role
    if len(roles) > MOST_MEMBERS:
        raise Refused(number, "members", "", "too_many_members")
    return roles


def _address(number: int, column: str, text: str) -> str:
    try:
        return normalised(text)
    except Unprocessable:
        raise Refused(number, column, text[:_SHOWN], "address_invalid") from None


COLUMNS = ("title", "slug", "owner", "access", "max_participants", "members", "administrators")
"""In any order; all but the title may be absent or empty. Addresses have blanks between them."""
LARGEST_FILE = 2 * 2**20
"""Bytes."""
MOST_LINES = 5000
"""Rooms of a file; more keeps the database and one request busy for longer."""
MOST_MEMBERS = 100
"""Of a line."""
# Characters of a wrong value that are told.
_SHOWN = 100
