"""What a request carries: who sends it, from where, and a body parsed at the edge."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from visio import access
from visio.auth import keys, tokens
from visio.auth.attempts import counted_as
from visio.auth.keys import Keyed
from visio.auth.sessions import LIFETIME, SignedIn, find_session
from visio.config import PRODUCT_KEY, Config
from visio.errors import (
    BadRequest,
    InsufficientScope,
    InvalidToken,
    NotAllowed,
    NotSignedIn,
    PasswordChangeRequired,
    SecondFactorRequired,
    Unprocessable,
)
from visio.hub import LiveRoom
from visio.store.models import Account
from visio.texts import ONE_LINE
from visio.views.described import description
from visio.views.keyed import count, shown_key
from visio.views.state import CLOCK, CONFIG, DATABASE, HUB, LIMITS, SIGNING_KEYS

COOKIE = "visio_session"


class Body(BaseModel):
    """The fields of a request body: no others, blanks around texts gone."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, strict=True)


Line = Annotated[str, StringConstraints(pattern=ONE_LINE)]
B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class InCall:
    """A participant, by the token of the call, with the role they have by now."""

    identity: str
    sid: str
    slug: str
    role: str | None
    live: LiveRoom

    @property
    def hosts(self) -> bool:
        """Whether they may decide for the room."""
        return access.hosts(self.role)


async def read(request: web.Request, kind: type[B], *, largest: int = 0, patience: float = 0) -> B:
    """Parse the JSON body; raises BadRequest or Unprocessable, with the fields that are wrong.

    It may have `largest` bytes and take `patience` seconds where that is more than usual.
    """
    if request.content_type != "application/json":
        raise BadRequest("The body must be application/json.")
    try:
        async with asyncio.timeout(patience or _BODY_TIMEOUT):
            arriving = request.clone(client_max_size=largest) if largest else request
            return kind.model_validate_json(await arriving.read())
    except TimeoutError:
        raise BadRequest("The body did not arrive.") from None
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise BadRequest("The body is not JSON.") from None
        raise Unprocessable(_sentence(error)) from None


async def maybe_signed_in(request: web.Request) -> SignedIn | None:
    """Whose browser this is, or which service a program acts as (of no `id`).

    Raises PasswordChangeRequired while the password is a one-time one, SecondFactorRequired while
    an administrator has shown a password only; InvalidToken, InsufficientScope, TooManyRequests.
    """
    if program := await keyed(request):
        return SignedIn("", program.account, strong=False)
    signed_in = await session(request)
    if signed_in and signed_in.account.must_change_password:
        raise PasswordChangeRequired
    if signed_in and lacks_factor(request, signed_in):
        raise SecondFactorRequired
    return signed_in


def lacks_factor(request: web.Request, signed_in: SignedIn) -> bool:
    """Whether more than a password is demanded of this account and was not shown."""
    return demands_factor(request, signed_in.account) and not signed_in.strong


def demands_factor(request: web.Request, whose: Account) -> bool:
    """Whether this account has to show more than a password."""
    return whose.administrator and not _config(request).demo


async def account(request: web.Request) -> Account:
    """The account that is signed in; raises NotSignedIn."""
    if (signed_in := await maybe_signed_in(request)) is None:
        raise NotSignedIn
    return signed_in.account


async def administrator(request: web.Request) -> Account:
    """The administrator who is signed in; raises NotSignedIn or NotAllowed."""
    if not (signed_in := await account(request)).administrator:
        raise NotAllowed
    return signed_in


async def begun(request: web.Request) -> SignedIn:
    """As `account`, for what has to be done first with a one-time password or without a factor."""
    if (signed_in := await session(request)) is None:
        raise NotSignedIn
    return signed_in


async def session(request: web.Request) -> SignedIn | None:
    """As `maybe_signed_in`, for the few requests that serve whoever has to do something first."""
    if _SESSION not in request:
        token, database = request.cookies.get(COOKIE), request.app[DATABASE]
        now = request.app[CLOCK]()
        request[_SESSION] = await find_session(database, token, now) if token else None
    return request[_SESSION]


async def keyed(request: web.Request) -> Keyed | None:
    """The program that asks, if it is one.

    Raises InvalidToken where no key, or not this one, is good; InsufficientScope when it was not
    made for this; TooManyRequests.
    """
    if (text := shown_key(request)) is None:
        return None
    about = description(request.match_info.handler)
    if about is None or about.scope is None:
        raise InvalidToken
    found = await known(request, text)
    if about.scope not in found.scopes:
        raise InsufficientScope(f"This key was not made for {about.scope}.")
    return found


async def known(request: web.Request, text: str) -> Keyed:
    """Whose key this is, with one request more on its account; raises InvalidToken or
    TooManyRequests, and TooManyAttempts to who keeps trying."""
    guesses, now = request.app[LIMITS].keys, request.app[CLOCK]()
    guesses.check(source(request), now)
    try:
        found = await keys.find(request.app[DATABASE], text, now)
    except InvalidToken:
        guesses.failed(source(request), now)
        raise
    count(request, found)
    return found


def set_cookie(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=_config(request).secure,
    )


def bearer(request: web.Request) -> tokens.Claims | None:
    """The claims of the call's token; None without one, InvalidToken for any but our own."""
    header = request.headers.get("Authorization")
    if header is None or shown_key(request):
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidToken
    claims = tokens.verify(request.app[SIGNING_KEYS], token.strip(), now=request.app[CLOCK]())
    if claims.key != PRODUCT_KEY or claims.grants is None or not claims.grants.room_join:
        raise InvalidToken
    return claims


def in_call(request: web.Request) -> InCall:
    """Who asks from inside the room of this address; raises InvalidToken, or NotAllowed when the
    token is of another room or its holder is not there any more."""
    if (claims := bearer(request)) is None or claims.grants is None:
        raise InvalidToken
    slug = request.match_info["slug"]
    found = request.app[HUB].find(slug, claims.identity)
    if claims.grants.room != slug or found is None:
        raise NotAllowed("You are not in this room.")
    live, participant = found
    if live.row is None:  # a test of a connection: no meeting that one could say anything to
        raise NotAllowed("You are not in this room.")
    return InCall(claims.identity, participant.sid, slug, access.role_of(participant), live)


def hosting_call(request: web.Request) -> InCall:
    """As `in_call`, for those who may decide for the room; raises NotAllowed to others."""
    if not (caller := in_call(request)).hosts:
        raise NotAllowed
    return caller


def address(request: web.Request) -> str:
    """Where the request comes from, past the proxies we were told to trust."""
    trusted = [ip_network(network) for network in _config(request).trusted_proxies]
    hops = [request.remote or "", *reversed(_forwarded_for(request))]
    for hop in hops:
        try:
            if not any(ip_address(hop) in network for network in trusted):
                return hop
        except ValueError:  # a proxy we trust wrote no address, or somebody before it lied
            return hop[:64]
    return hops[-1]


def source(request: web.Request) -> str:
    """By what attempts of strangers are counted."""
    return counted_as(address(request))


def _forwarded_for(request: web.Request) -> list[str]:
    header = ",".join(request.headers.getall("X-Forwarded-For", []))
    return [hop.strip() for hop in header.split(",") if hop.strip()]


def _config(request: web.Request) -> Config:
    return request.app[CONFIG]


def _sentence(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())


# Of what was found once for the request.
_SESSION: web.RequestKey[SignedIn | None] = web.RequestKey("session")
# Seconds for a body of at most a few kilobytes; less refuses bad lines, more feeds slow attacks.
_BODY_TIMEOUT = 10
