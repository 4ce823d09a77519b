"""Who a request is from, as the audit names them."""

from ipaddress import ip_address, ip_network

from aiohttp import web

from visio.store import audit
from visio.store.audit import Author, Deed
from visio.views.keyed import PROGRAM
from visio.views.request import address, bearer, session
from visio.views.state import CONFIG, DATABASE


async def author(request: web.Request) -> Author:
    """Whoever asks: by an API key, by the token of the call, as guests have it too, or by the
    cookie."""
    if program := request.get(PROGRAM):
        return Author("key", program.id, kept_address(request))
    if claims := bearer(request):
        if claims.account:
            return by_account(request, claims.account)
        return Author("guest", claims.identity, kept_address(request))
    if signed_in := await session(request):
        return by_account(request, signed_in.account.id)
    return by_nobody(request)


def by_account(request: web.Request, account_id: str) -> Author:
    """Somebody who is signed in, or is about to be."""
    return Author("account", account_id, kept_address(request))


def by_nobody(request: web.Request) -> Author:
    """Somebody who has not shown who they are."""
    return Author("nobody", None, kept_address(request))


async def note_call(request: web.Request, key: str, deed: Deed) -> None:
    """Write down what a program did with an API key."""
    await note(request, Author("key", key, kept_address(request)), deed)


async def note(request: web.Request, author: Author, *deeds: Deed) -> None:
    """Write down what is done outside of the database, before it is: no act goes unrecorded."""
    async with request.app[DATABASE].transaction() as session:
        await audit.append(session, author, *deeds)


def kept_address(request: web.Request) -> str | None:
    """Where the request comes from, as exactly as `audit_address` wants it kept."""
    policy, where = request.app[CONFIG].audit_address, address(request)
    if policy == "none":
        return None
    return where if policy == "full" else _network(where)


def _network(where: str) -> str | None:
    try:
        ip = ip_address(where)
    except ValueError:  # a proxy wrote something else
        return None
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))
