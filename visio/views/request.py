"""What a request carries: who sends it, from where, and a body parsed at the edge."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from visio.auth import tokens
from visio.auth.sessions import SignedIn, find_session
from visio.config import PRODUCT_KEY, Config
from visio.errors import (
    BadRequest,
    InvalidToken,
    NotAllowed,
    NotSignedIn,
    PasswordChangeRequired,
    Unprocessable,
)
from visio.store.models import Account
from visio.views.state import CLOCK, CONFIG, DATABASE, HUB, SIGNING_KEYS

COOKIE = "visio_session"


class Body(BaseModel):
    """The fields of a request body: no others, blanks around texts gone."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, strict=True)


# One line of text: no control characters, and none that turn the reading direction around.
Line = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$")
]
B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class InCall:
    """A participant, by the token of the call."""

    identity: str
    slug: str
    role: str

    @property
    def hosts(self) -> bool:
        """Whether they may decide for the room."""
        return self.role in ("owner", "administrator")


async def read(request: web.Request, kind: type[B]) -> B:
    """Parse the JSON body; raises BadRequest or Unprocessable, with the fields that are wrong."""
    if request.content_type != "application/json":
        raise BadRequest("The body must be application/json.")
    try:
        async with asyncio.timeout(_BODY_TIMEOUT):
            return kind.model_validate_json(await request.read())
    except TimeoutError:
        raise BadRequest("The body did not arrive.") from None
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise BadRequest("The body is not JSON.") from None
        raise Unprocessable(_sentence(error)) from None


async def maybe_signed_in(request: web.Request) -> SignedIn | None:
    """Whose browser this is; raises PasswordChangeRequired while the password is a one-time one."""
    signed_in = await session(request)
    if signed_in and signed_in.account.must_change_password:
        raise PasswordChangeRequired
    return signed_in


async def account(request: web.Request) -> Account:
    """The account that is signed in; raises NotSignedIn."""
    if (signed_in := await maybe_signed_in(request)) is None:
        raise NotSignedIn
    return signed_in.account


async def session(request: web.Request) -> SignedIn | None:
    """As `maybe_signed_in`, for the few pages that serve a one-time password too."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    return await find_session(request.app[DATABASE], token, request.app[CLOCK]())


def bearer(request: web.Request) -> tokens.Claims | None:
    """The claims of the call's token; None without one, InvalidToken for any but our own."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidToken
    keys = {PRODUCT_KEY: request.app[SIGNING_KEYS][PRODUCT_KEY]}
    claims = tokens.verify(keys, token.strip(), now=request.app[CLOCK]())
    if claims.grants is None or not claims.grants.room_join:
        raise InvalidToken
    return claims


def in_call(request: web.Request) -> InCall:
    """Who asks from inside the room of this address; raises InvalidToken, or NotAllowed when the
    token is of another room or its holder is not there any more."""
    if (claims := bearer(request)) is None or claims.grants is None:
        raise InvalidToken
    slug = request.match_info["slug"]
    if claims.grants.room != slug or not request.app[HUB].present(slug, claims.identity):
        raise NotAllowed("You are not in this room.")
    return InCall(claims.identity, slug, claims.attributes.get("visio.role", "guest"))


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


def _forwarded_for(request: web.Request) -> list[str]:
    header = ",".join(request.headers.getall("X-Forwarded-For", []))
    return [hop.strip() for hop in header.split(",") if hop.strip()]


def _config(request: web.Request) -> Config:
    return request.app[CONFIG]


def _sentence(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())


# Seconds for a body of at most a few kilobytes; less refuses bad lines, more feeds slow attacks.
_BODY_TIMEOUT = 10
