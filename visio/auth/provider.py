"""The identity provider: what it publishes, and the requests that are not the browser's."""

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

from visio.auth import oidc
from visio.auth.jws import UnknownKey
from visio.auth.oidc import Client, Flow, Person
from visio.errors import InvalidToken, ProviderUnavailable, SignInFailed

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """Of the provider's discovery document (OpenID Connect Discovery 1.0 §3), and its keys."""

    authorization: str
    token: str
    userinfo: str
    end_session: str
    names_itself: bool
    by_header: bool
    """Whether it takes the client's secret as HTTP Basic credentials."""
    keys: tuple[dict[str, Any], ...]
    read_at: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody whom the provider signed in, and the token that says so."""

    person: Person
    id_token: str


class Provider:
    """Speaks to one provider; `client` is what it knows us as."""

    def __init__(self, client: Client, secret: str, *, trust_email: bool) -> None:
        self.client = client
        self._secret = secret
        self._trust_email = trust_email
        self._published: Published | None = None
        self._reading = asyncio.Lock()
        self._failed = -_REST

    async def authorization(self, flow: Flow, now: int) -> str:
        """Where the browser goes to sign in; raises ProviderUnavailable."""
        published = await self._read(now)
        return oidc.authorization(published.authorization, self.client, flow)

    async def end_session(self, id_token: str, home: str, now: int) -> str | None:
        """Where the browser goes to sign out there too; None if that cannot be done."""
        try:
            published = await self._read(now)
        except ProviderUnavailable:
            return None
        endpoint = published.end_session
        return oidc.end_session(endpoint, self.client, id_token, home) if endpoint else None

    async def arrive(self, query: dict[str, list[str]], flow: Flow, now: int) -> Arrival:
        """Turn the answer that the browser brought into a person.

        Raises SignInFailed, EmailUnverified or ProviderUnavailable.
        """
        published = await self._read(now)
        iss = published.names_itself
        code = oidc.code_of(query, flow, self.client.issuer, iss=iss)
        async with _http() as http:
            granted = await self._exchange(http, published, code, flow)
            id_token, access = granted.get("id_token"), granted.get("access_token")
            if not isinstance(id_token, str) or not isinstance(access, str):
                raise SignInFailed
            try:
                claims = await self._verified(
                    lambda keys: oidc.check_id_token(keys, id_token, self.client, flow.nonce, now),
                    now,
                )
                userinfo = await self._userinfo(http, published, access, now)
            except InvalidToken:
                raise SignInFailed from None
        acr = self.client.acr
        person = oidc.person(
            claims,
            userinfo,
            acr,
            trust_email=self._trust_email,
            entity_claim=self.client.entity_claim,
        )
        return Arrival(person, id_token)

    async def check_logout_token(self, token: str, now: int) -> dict[str, Any]:
        """The claims of a token that ends sessions; raises InvalidToken or ProviderUnavailable."""
        return await self._verified(
            lambda keys: oidc.check_logout_token(keys, token, self.client, now), now
        )

    async def _verified(
        self, check: Callable[[Sequence[dict[str, Any]]], dict[str, Any]], now: int
    ) -> dict[str, Any]:
        """Check with the keys we know and, for a token that names another, with today's."""
        try:
            return check((await self._read(now)).keys)
        except UnknownKey:
            renewed = await self._read(now, renew=True)
        try:
            return check(renewed.keys)
        except UnknownKey:
            raise InvalidToken from None

    async def _exchange(
        self, http: aiohttp.ClientSession, published: Published, code: str, flow: Flow
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect,
            "code_verifier": flow.verifier,
        }
        headers = {"Accept": "application/json"}
        if published.by_header:
            # RFC 6749 §2.3.1: each half is form-encoded before it is joined.
            pair = f"{quote(self.client.id, safe='')}:{quote(self._secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self.client.id, "client_secret": self._secret}
        status, _, body = await _ask(http, "POST", published.token, data=form, headers=headers)
        if status != 200:
            # Its kind only, as "invalid_grant": descriptions may repeat what was sent.
            logger.warning("the identity provider refused a code: %d %s", status, _error(body))
            raise SignInFailed
        return _object(body)

    async def _userinfo(
        self, http: aiohttp.ClientSession, published: Published, access: str, now: int
    ) -> dict[str, Any]:
        """More claims, signed (as ProConnect's) or not."""
        if not published.userinfo:
            return {}
        headers = {"Authorization": f"Bearer {access}"}
        status, kind, body = await _ask(http, "GET", published.userinfo, headers=headers)
        if status != 200:
            raise SignInFailed
        if kind == "application/jwt":
            token = body.decode("ascii", "replace")
            return await self._verified(
                lambda keys: oidc.check_userinfo(keys, token, self.client, now), now
            )
        return _object(body)

    async def _read(self, now: int, *, renew: bool = False) -> Published:
        """What the provider publishes, asked for once a day, and when a key is missing.

        Who waits while it does not answer is told together, and nobody asks for a while.
        """
        async with self._reading:
            known = self._published
            age = now - known.read_at if known else _OLDEST
            if known and age < (_NEWEST if renew else _OLDEST):
                return known
            loop = asyncio.get_running_loop()
            if loop.time() - self._failed < _REST:
                raise ProviderUnavailable
            try:
                self._published = await self._discover(now)
            except ProviderUnavailable:
                self._failed = loop.time()
                raise
            return self._published

    async def _discover(self, now: int) -> Published:
        issuer = self.client.issuer
        async with _http() as http:
            found = await _get(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != issuer:
                logger.warning("the identity provider calls itself otherwise than oidc_issuer")
                raise ProviderUnavailable
            keys = (await _get(http, _address(found, "jwks_uri"))).get("keys")
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Published(
            authorization=_address(found, "authorization_endpoint"),
            token=_address(found, "token_endpoint"),
            userinfo=_address(found, "userinfo_endpoint", optional=True),
            end_session=_address(found, "end_session_endpoint", optional=True),
            names_itself=found.get("authorization_response_iss_parameter_supported") is True,
            by_header="client_secret_basic" in methods,
            keys=tuple(one for one in keys if isinstance(one, dict))
            if isinstance(keys, list)
            else (),
            read_at=now,
        )


def is_safe(url: str) -> bool:
    """Whether nobody in between can read or change what goes there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    )


def _address(document: dict[str, Any], name: str, *, optional: bool = False) -> str:
    url = document.get(name, "" if optional else None)
    if not isinstance(url, str) or (url and not is_safe(url)):
        logger.warning("the identity provider publishes no usable %s", name)
        raise ProviderUnavailable
    return url


def _http() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PATIENCE))


async def _get(http: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    status, _, body = await _ask(http, "GET", url, headers={"Accept": "application/json"})
    if status != 200:
        logger.warning("the identity provider answers %d to discovery", status)
        raise ProviderUnavailable
    return _object(body)


async def _ask(
    http: aiohttp.ClientSession, method: str, url: str, **more: Any
) -> tuple[int, str, bytes]:
    """Status, content type and body; raises ProviderUnavailable when none comes."""
    try:
        async with http.request(method, url, allow_redirects=False, **more) as response:
            body = await response.content.read(_LARGEST)
            while not response.content.at_eof() and len(body) < _LARGEST:
                body += await response.content.read(_LARGEST - len(body))
            return response.status, response.content_type, body
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        logger.warning("the identity provider does not answer: %s", type(error).__name__)
        raise ProviderUnavailable from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ProviderUnavailable from None
    if not isinstance(found, dict):
        raise ProviderUnavailable
    return found


def _error(body: bytes) -> str:
    try:
        code = _object(body).get("error")
    except ProviderUnavailable:
        return ""
    return code if isinstance(code, str) and code.isidentifier() and len(code) < 64 else ""


# Seconds for one request; more makes people wait, less gives up on slow providers.
_PATIENCE = 10
# Seconds in which it is not asked again after a failure: more keeps people out for longer once it
# is back, less makes each of them wait for it in turn.
_REST = 3.0
# Bytes of an answer; a set of keys has a few thousand.
_LARGEST = 1 << 20
# A key that the provider took back is believed no longer than this.
_OLDEST = timedelta(hours=24) // timedelta(milliseconds=1)
# For a token with a key we do not know: so often at most, as anybody can send such tokens.
_NEWEST = timedelta(minutes=1) // timedelta(milliseconds=1)
