"""Which part of a list is asked for, and how to ask for the next."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from aiohttp import web

from visio.errors import Unprocessable
from visio.store.pages import USUAL, Page

T = TypeVar("T")


def asked_page(request: web.Request) -> Page:
    """The page of `after` and `limit`; raises Unprocessable."""
    limit = request.query.get("limit", str(USUAL))
    if not re.fullmatch("[0-9]{1,4}", limit) or not 1 <= int(limit) <= LARGEST:
        raise Unprocessable(f"limit is a number from 1 to {LARGEST}.")
    after = request.query.get("after")
    return Page(int(limit), None if after is None else _read(after))


def page_of(
    found: Sequence[T], page: Page, where: Callable[[T], tuple[int, str]]
) -> tuple[Sequence[T], str | None]:
    """The items of the page, and what to give as `after` for the next; None at the end."""
    if len(found) <= page.limit:
        return found, None
    shown = found[: page.limit]
    time, row_id = where(shown[-1])
    return shown, base64.urlsafe_b64encode(f"{time} {row_id}".encode()).decode().rstrip("=")


def _read(text: str) -> tuple[int, str]:
    try:
        read = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        read = ""
    if not (found := re.fullmatch(r"([0-9]{1,15}) ([0-9a-f-]{36})", read)):
        raise Unprocessable("after is not what a page said.")
    return int(found[1]), found[2]


LARGEST = 1000
"""Items of a page; more makes answers heavier, less makes more of them."""
