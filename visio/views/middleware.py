"""Around every request: refusals become problem+json here and nowhere else; the browser is told
what our pages may do."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

from aiohttp import web

from visio.auth.origin import is_ours
from visio.config import Config
from visio.errors import (
    BadRequest,
    Damaged,
    ForeignOrigin,
    InvalidToken,
    MethodNotAllowed,
    NotFound,
    Refusal,
    TooLarge,
    WrongFields,
)
from visio.metrics import METRICS
from visio.store import outages
from visio.store.sealing import SealError
from visio.views.keyed import LEFT, rate_headers
from visio.views.state import CONFIG

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what was refused, by us or by aiohttp, as RFC 9457 problem details."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _told(request, refusal)
    except web.HTTPException as refused:
        # Signalling answers in plain text, as LiveKit's clients expect.
        if not request.path.startswith(("/api/", _EXTERNAL)) or refused.status < 400:
            raise
        return _told(request, _BY_STATUS.get(refused.status, BadRequest)())
    except SealError:
        logger.error("%s %s: what is stored was changed", request.method, _route(request))
        return _told(request, Damaged())
    except Exception as error:
        if outage := outages.refusal(error):
            logger.warning("%s %s: %s", request.method, _route(request), outage.code)
            return _told(request, outage)
        logger.exception("%s %s failed", request.method, _route(request))
        _count(request, "internal_error")
        return _problem(500, "internal_error", _BUG, _BUG)


@web.middleware
async def refuse_control_characters(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No address of ours has any, and neither files nor PostgreSQL take a NUL."""
    if not request.path.isprintable():
        raise BadRequest
    return await handler(request)


@web.middleware
async def refuse_heaps_of_cookies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ours are short; reading ten thousand keeps everybody else waiting."""
    if len(request.headers.get("Cookie", "")) > _MOST_COOKIES:
        raise BadRequest
    return await handler(request)


@web.middleware
async def refuse_foreign_origins(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A state-changing API request must come from our own page, or hold a token instead of a
    cookie."""
    if request.path.startswith("/api/") and request.method not in ("GET", "HEAD", "OPTIONS"):
        origin = request.headers.get("Origin")
        if origin is None and "Authorization" not in request.headers:
            raise ForeignOrigin
        if origin is not None and not is_ours(origin, request.host, request.app[CONFIG].url):
            raise ForeignOrigin
    return await handler(request)


def problem(refusal: Refusal) -> web.Response:
    """A refusal on the wire."""
    response = _problem(refusal.status, refusal.code, refusal.title, refusal.detail)
    return _with_headers(response, refusal)


def _count(request: web.Request, code: str) -> None:
    if metrics := request.app.get(METRICS):
        metrics.note_refusal(code)


def _told(request: web.Request, refusal: Refusal) -> web.Response:
    _count(request, refusal.code)
    if not request.path.startswith(_EXTERNAL):
        return problem(refusal)
    # La Suite's document has "error" where a token is asked for and "detail" elsewhere, and its
    # examples mix them: whichever is read is there.
    words: dict[str, object] = {"error": refusal.detail, "detail": refusal.detail}
    if isinstance(refusal, WrongFields):
        words |= refusal.fields
    return _with_headers(web.json_response(words, status=refusal.status), refusal)


def _with_headers(response: web.Response, refusal: Refusal) -> web.Response:
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, InvalidToken):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def security_headers(config: Config, *, embeddable: bool = False) -> dict[str, str]:
    """What every answer carries; a page made for it may be shown by pages of `embed_origins`."""
    embedders = config.embed_origins if embeddable else []
    headers = {
        "Content-Security-Policy": _content_security_policy(config, embedders),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self)",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if not embedders:
        headers["X-Frame-Options"] = "DENY"  # which knows no others
    if config.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


async def send_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal on_response_prepare: also for WebSockets and files."""
    for name, value in security_headers(
        request.app[CONFIG], embeddable=request.get(EMBEDDABLE, False)
    ).items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)
    if left := request.get(LEFT):
        response.headers.update(rate_headers(left))
    if request.path.startswith(("/api/", _EXTERNAL)):
        response.headers.setdefault("Cache-Control", "no-store")


def _problem(status: int, code: str, title: str, detail: str) -> web.Response:
    body = {
        "type": f"urn:visio:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return web.json_response(body, status=status, content_type="application/problem+json")


def _content_security_policy(config: Config, embedders: Sequence[str]) -> str:
    # Older Safari does not count WebSockets of the same host among 'self'.
    scheme = "wss" if config.secure else "ws"
    policy = {
        "default-src": "'none'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "style-src": "'self'",
        # Widgets are placed by style attributes; a style element stays forbidden.
        "style-src-attr": "'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {scheme}://{urlsplit(config.url).netloc}",
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "frame-ancestors": " ".join(embedders) or "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "require-trusted-types-for": "'script'",
        # The page's own, of `visio/web/src/scripts.ts`.
        "trusted-types": "default",
    }
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def _route(request: web.Request) -> str:
    """The address with its parts unfilled: what somebody typed may be a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "an unknown address"


EMBEDDABLE: web.RequestKey[bool] = web.RequestKey("embeddable", bool)
"""Set for the answer to a request of a page that is made to be embedded."""
_EXTERNAL = "/external-api/"
# Characters. Less turns people away whose browser brings those of other sites of their domain.
_MOST_COOKIES = 8_190
_BUG = "Something went wrong on the server."
_BY_STATUS: dict[int, type[Refusal]] = {404: NotFound, 405: MethodNotAllowed, 413: TooLarge}
