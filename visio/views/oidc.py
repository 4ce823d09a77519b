"""Signing in at an identity provider: there, back again, and out when it says so."""

import base64
import binascii
import logging

from aiohttp import web

from visio.auth import arrivals, sessions
from visio.auth.oidc import Flow, with_query
from visio.auth.provider import Arrival, Provider
from visio.errors import InvalidToken, NotFound, Refusal, SignInFailed, StrongerSignInRequired
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import Account
from visio.store.sealing import SealError
from visio.views.author import by_account, by_nobody, note
from visio.views.request import demands_factor, set_cookie
from visio.views.state import CLOCK, CONFIG, DATABASE, KEYRING, PROVIDER

logger = logging.getLogger(__name__)


async def start(request: web.Request) -> web.Response:
    """Send the browser to the provider; it brings `next` back."""
    try:
        return await _begin(request, request.query.get("next", "/"), strong=False)
    except Refusal as refusal:
        return _refused(refusal)


async def callback(request: web.Request) -> web.Response:
    """The browser comes back: open its session, or say on the sign-in page why not."""
    now, provider = request.app[CLOCK](), _provider(request)
    query = {name: request.query.getall(name) for name in request.query}
    try:
        flow = _flow(request, now)
        arrival = await provider.arrive(query, flow, now)
        account = await _account_of(request, provider, arrival, flow)
        if demands_factor(request, account) and not arrival.person.strong:
            return await _begin(request, flow.next, strong=True)
        response = await _open(request, account, arrival, flow.next)
    except Refusal as refusal:
        logger.info("a sign-in by the identity provider was refused: %s", refusal.code)
        response = _refused(refusal)
    response.del_cookie(_COOKIE, path=_PATH)
    return response


async def backchannel_logout(request: web.Request) -> web.Response:
    """The provider ends sessions here (Back-Channel Logout 1.0 §2.5)."""
    provider = _provider(request)
    token = (await request.post()).get("logout_token")
    if not isinstance(token, str):
        return _said(400)
    try:
        claims = await provider.check_logout_token(token, request.app[CLOCK]())
    except InvalidToken:
        return _said(400)
    await arrivals.end_sessions(request.app[DATABASE], provider.client.issuer, claims)
    return _said(200)


async def end_session(request: web.Request, signed_in: sessions.SignedIn) -> str | None:
    """Where to sign out at the provider too, if it was the one who signed in."""
    provider = request.app[PROVIDER]
    if provider is None or signed_in.id_token is None:
        return None
    try:
        opened = request.app[KEYRING].open(
            signed_in.id_token, sessions.id_token_context(signed_in.account.id)
        )
    except SealError:  # sealed under another master key
        return None
    home = f"{request.app[CONFIG].url}/"
    return await provider.end_session(opened.decode(), home, request.app[CLOCK]())


async def _account_of(
    request: web.Request, provider: Provider, arrival: Arrival, flow: Flow
) -> Account:
    """Whom the provider vouches for; that they are refused all the same is written down."""
    by = by_nobody(request)
    try:
        account = await arrivals.account_of(
            request.app[DATABASE],
            provider.client.issuer,
            arrival.person,
            request.app[CONFIG].oidc_domains,
            by=by,
        )
        asked = flow.strong or not provider.client.acr
        if asked and demands_factor(request, account) and not arrival.person.strong:
            raise StrongerSignInRequired
    except Refusal as refusal:
        refused = Deed(Act.SIGNED_IN, refused=refusal.code, detail={"provider": True})
        await note(request, by, refused)
        raise
    return account


async def _begin(request: web.Request, next_path: str, *, strong: bool) -> web.Response:
    now = request.app[CLOCK]()
    flow = Flow.begin(next_path, now, strong=strong)
    response = _redirect(await _provider(request).authorization(flow, now))
    sealed = request.app[KEYRING].seal(flow.text(), _COOKIE)
    response.set_cookie(
        _COOKIE,
        base64.urlsafe_b64encode(sealed).decode(),
        path=_PATH,
        httponly=True,
        # Comes along when the provider sends the browser back, not with a page's own requests.
        samesite="Lax",
        secure=request.app[CONFIG].secure,
    )
    return response


def _flow(request: web.Request, now: int) -> Flow:
    """What this very browser began: somebody else's answer does not fit it (login CSRF)."""
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(_COOKIE, ""))
        return Flow.read(request.app[KEYRING].open(sealed, _COOKIE), now)
    except (SealError, binascii.Error, ValueError, TypeError):
        raise SignInFailed from None


async def _open(
    request: web.Request, account: Account, arrival: Arrival, next_path: str
) -> web.Response:
    id_token = request.app[KEYRING].seal(
        arrival.id_token.encode(), sessions.id_token_context(account.id)
    )
    token = await sessions.open_session(
        request.app[DATABASE],
        account.id,
        request.app[CLOCK](),
        strong=arrival.person.strong,
        provided=sessions.Provided(arrival.person.sid, id_token),
        by=by_account(request, account.id),
    )
    response = _redirect(next_path)
    set_cookie(request, response, token)
    return response


def _provider(request: web.Request) -> Provider:
    if (provider := request.app[PROVIDER]) is None:
        raise NotFound
    return provider


def _refused(refusal: Refusal) -> web.Response:
    return _redirect(with_query("/login", {"problem": refusal.code}))


def _redirect(location: str) -> web.Response:
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


def _said(status: int) -> web.Response:
    return web.Response(status=status, headers={"Cache-Control": "no-store"})


_PATH = "/oidc"
_COOKIE = "visio_oidc"
