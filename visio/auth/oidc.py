"""What OpenID Connect says, decided: requests, and what an answer has to be to be believed.

Pure: asks nobody, reads no clock. `visio.auth.provider` does the asking.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

from visio.auth import accounts, jws
from visio.errors import EmailUnverified, InvalidToken, SignInFailed, Unprocessable


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in that was begun: stays sealed in the browser until it comes back from the provider.

    `strong` demands of the provider what administrators have to show.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    expires_at: int
    next: str = "/"
    strong: bool = False

    @classmethod
    def begin(cls, next_path: str, now: int, *, strong: bool) -> "Flow":
        """A new one; `next_path` is where the person wanted to go."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, now + _PATIENCE, own_path(next_path), strong)

    def text(self) -> bytes:
        """For the cookie, to be sealed."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def read(cls, text: bytes, now: int) -> "Flow":
        """What `text` wrote; raises SignInFailed once it is too old."""
        flow = cls(**json.loads(text))
        if now >= flow.expires_at:
            raise SignInFailed
        return flow


@dataclass(frozen=True, slots=True)
class Client:
    """What we are to the provider."""

    issuer: str
    id: str
    redirect: str
    scope: str
    acr: tuple[str, ...] = ()
    """Any of these will do for an administrator."""
    entity_claim: str = ""
    """Names a person's entity by its identifier; if empty, administrators say who is of which."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says it is; `email` is verified and as accounts store it.

    `entity` is the identifier of theirs, empty for who has none; None where none is asked for.
    """

    subject: str
    email: str
    name: str
    strong: bool
    sid: str | None = None
    entity: str | None = None


def authorization(endpoint: str, client: Client, flow: Flow) -> str:
    """The address that begins a sign-in (OIDC Core §3.1.2.1, with PKCE: RFC 7636)."""
    digest = hashlib.sha256(flow.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.redirect,
        "scope": client.scope,
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    if flow.strong:
        query["acr_values"] = " ".join(client.acr)
        demand = {"essential": True, "values": list(client.acr)}
        query["claims"] = json.dumps({"id_token": {"acr": demand}})
    return with_query(endpoint, query)


def end_session(endpoint: str, client: Client, id_token: str, home: str) -> str:
    """The address that signs out at the provider too (RP-Initiated Logout 1.0 §2)."""
    query = {
        "id_token_hint": id_token,
        "client_id": client.id,
        "post_logout_redirect_uri": home,
        "state": secrets.token_urlsafe(32),
    }
    return with_query(endpoint, query)


def code_of(query: Mapping[str, Sequence[str]], flow: Flow, issuer: str, *, iss: bool) -> str:
    """The code in the provider's answer to this flow; raises SignInFailed.

    `iss`: the provider says that it names itself, so that an answer of another one which was
    mixed up with it is found out (RFC 9207).
    """
    if any(len(values) > 1 for values in query.values()):
        raise SignInFailed
    answer = {name: values[0] for name, values in query.items()}
    if not secrets.compare_digest(answer.get("state", "").encode(), flow.state.encode()):
        raise SignInFailed
    if answer.get("iss", "" if iss else issuer) != issuer:
        raise SignInFailed
    if "error" in answer or not answer.get("code"):
        raise SignInFailed
    return answer["code"]


def check_id_token(
    keys: Sequence[Mapping[str, Any]], token: str, client: Client, nonce: str, now: int
) -> dict[str, Any]:
    """The claims of an ID token that answers our request (OIDC Core §3.1.3.7).

    Raises InvalidToken or UnknownKey.
    """
    claims = _from_issuer(keys, token, client, now)
    _require(secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()))
    jws.seconds(claims, "iat")
    return claims


def check_userinfo(
    keys: Sequence[Mapping[str, Any]], token: str, client: Client, now: int
) -> dict[str, Any]:
    """The claims of a signed UserInfo answer (OIDC Core §5.3.2), which need not have times."""
    claims = jws.verify(keys, token)
    _require(claims.get("iss") == client.issuer and client.id in _audience(claims))
    if "exp" in claims:
        jws.check_times(claims, now)
    return claims


def check_logout_token(
    keys: Sequence[Mapping[str, Any]], token: str, client: Client, now: int
) -> dict[str, Any]:
    """The claims of a token that ends sessions (Back-Channel Logout 1.0 §2.6)."""
    header, _ = jws.read(token)
    _require(str(header.get("typ", "logout+jwt")).lower() in ("logout+jwt", "jwt"))
    claims = _from_issuer(keys, token, client, now, names_somebody=False)
    _require(abs(now / 1000 - jws.seconds(claims, "iat")) < _FRESH)
    events = claims.get("events")
    _require(isinstance(events, dict) and isinstance(events.get(_LOGOUT), dict))
    _require("nonce" not in claims and isinstance(claims.get("jti"), str))
    named = [claims.get("sub"), claims.get("sid")]
    _require(any(named) and all(one is None or isinstance(one, str) for one in named))
    return claims


def person(
    id_token: Mapping[str, Any],
    userinfo: Mapping[str, Any],
    acr: Sequence[str],
    *,
    trust_email: bool,
    entity_claim: str = "",
) -> Person:
    """Who signed in; raises SignInFailed, or EmailUnverified without an address that counts.

    What comes with the address comes from the same place: a `verified` of one and an address of
    the other prove nothing together.
    """
    if userinfo and userinfo.get("sub") != id_token["sub"]:
        raise SignInFailed
    source = id_token if "email" in id_token else userinfo
    claims = {**userinfo, **id_token}
    sid = claims.get("sid")
    return Person(
        subject=id_token["sub"],
        email=_email(source, trust_email),
        name=_name(claims),
        strong=id_token.get("acr") in acr,
        sid=sid if isinstance(sid, str) and len(sid) <= 255 else None,
        entity=_entity(claims.get(entity_claim)) if entity_claim else None,
    )


def own_path(path: str) -> str:
    """The path itself if it can only be one of our pages, else "/" (as the client's localPath)."""
    return path if re.fullmatch(r"/(?!/)[A-Za-z0-9_.~/-]*", path) else "/"


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Append parameters to an address that may have some."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _from_issuer(
    keys: Sequence[Mapping[str, Any]],
    token: str,
    client: Client,
    now: int,
    *,
    names_somebody: bool = True,
) -> dict[str, Any]:
    claims = jws.verify(keys, token)
    _require(claims.get("iss") == client.issuer)
    audience = _audience(claims)
    _require(client.id in audience)
    _require(claims.get("azp", client.id if len(audience) == 1 else None) == client.id)
    jws.check_times(claims, now)
    subject = claims.get("sub")
    if names_somebody:
        _require(isinstance(subject, str) and 0 < len(subject) <= 255)
    return claims


def _audience(claims: Mapping[str, Any]) -> list[Any]:
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _email(claims: Mapping[str, Any], trusted: bool) -> str:
    email, verified = claims.get("email"), claims.get("email_verified", trusted)
    if not isinstance(email, str) or verified is not True:
        raise EmailUnverified
    try:
        return accounts.normalised(email)
    except Unprocessable:
        raise EmailUnverified from None


def _name(claims: Mapping[str, Any]) -> str:
    """Of ProConnect: given_name and usual_name; of others: name, or given_name and family_name."""
    family = _line(claims, "usual_name") or _line(claims, "family_name")
    parts = f"{_line(claims, 'given_name')} {family}".strip()
    whole = parts if claims.get("usual_name") else _line(claims, "name") or parts
    return whole[:100]


def _entity(value: object) -> str:
    """What might be an identifier: one text that is no longer than any, of signs that are shown."""
    if not isinstance(value, str) or len(value) > LONGEST_IDENTIFIER or not value.isprintable():
        return ""
    return value.strip()


def _line(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _require(holds: bool) -> None:
    if not holds:
        raise InvalidToken


LONGEST_IDENTIFIER = 100
"""Signs of what a provider calls an entity: a SIRET has 14."""
# Milliseconds for somebody at the provider's pages; more lets a begun sign-in be taken up later.
_PATIENCE = 600_000
# Seconds that a logout token may be old; more lets it be replayed for longer.
_FRESH = 120
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
