"""The API keys that programs show instead of a cookie, and how often they may."""

from aiohttp import web

from visio.auth import keys
from visio.auth.keys import Keyed
from visio.auth.rates import WINDOW, Left, Rates
from visio.errors import TooManyRequests
from visio.views.state import CLOCK


def shown_key(request: web.Request) -> str | None:
    """The API key that a request shows, whatever it is worth."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and token.startswith(keys.PREFIX) else None


def count(request: web.Request, program: Keyed) -> None:
    """One request more by this program; raises TooManyRequests for one too many."""
    request[PROGRAM] = program
    request[LEFT] = left = request.app[RATES].take(program.id, request.app[CLOCK]())
    if left.remaining < 0:
        raise TooManyRequests(retry_after=left.reset)


def rate_headers(left: Left) -> dict[str, str]:
    """As draft-ietf-httpapi-ratelimit-headers has them."""
    return {
        "RateLimit-Policy": f'"key";q={left.limit};w={WINDOW}',
        "RateLimit": f'"key";r={max(left.remaining, 0)};t={left.reset}',
    }


PROGRAM: web.RequestKey[Keyed] = web.RequestKey("program", Keyed)
"""Whose key was good."""
LEFT: web.RequestKey[Left] = web.RequestKey("left", Left)
RATES = web.AppKey("rates", Rates)
