"""What the API document says of an endpoint beyond its address and its docstring, kept on the
handler; and the scope that a key needs to use it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from visio.auth.keys import Scope

Door = Literal["cookie", "call", "open"]
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Description:
    """Without `scope` no API key is good here; `answer` None is an empty body, or none of JSON.

    `query` is what the address may say behind its question mark.

    `door` is what else opens it: a session's cookie, the token of a call, nothing at all.
    `repeatable` endpoints know `Idempotency-Key`, `paged` ones `after` and `limit`; those that
    take a `table` read CSV, and make nothing of it with `dry_run`.
    """

    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    scope: Scope | None = None
    door: tuple[Door, ...] = ("cookie",)
    paged: bool = False
    repeatable: bool = False
    table: bool = False


class Paged(BaseModel):
    """Part of a list; `next` is what to give as `after` for the part that follows."""

    next: str | None


def described(
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    status: int = 0,
    scope: Scope | None = None,
    door: tuple[Door, ...] = ("cookie",),
    paged: bool = False,
    repeatable: bool = False,
    table: bool = False,
) -> Callable[[Handler], Handler]:
    """Keep this about a handler; without a `status` it is 200, or 204 with nothing to answer."""
    about = Description(
        body,
        query,
        answer,
        status or (200 if answer else 204),
        scope,
        door,
        paged,
        repeatable,
        table,
    )

    def keep(handler: Handler) -> Handler:
        setattr(handler, _KEPT, about)
        return handler

    return keep


def description(handler: object) -> Description | None:
    """What was kept about it."""
    kept: Description | None = getattr(handler, _KEPT, None)
    return kept


_KEPT = "__description__"
HOST: tuple[Door, ...] = ("cookie", "call")
"""To those who decide for a room: at their desk, or from inside."""
OPEN: tuple[Door, ...] = ("cookie", "open")
"""To everybody; who has a session, by that."""
CALL: tuple[Door, ...] = ("call",)
