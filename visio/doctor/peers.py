"""The services that the settings name, asked for a sign of life as the server would ask."""

import json
import ssl
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from time import time
from typing import Literal
from urllib.parse import urlsplit

import aiohttp
import aiosmtplib

from visio.config import Config
from visio.doctor.facts import Answer, Clock, Peer
from visio.doctor.reasons import reason, within

PATIENCE = 5.0
"""Seconds for one request; more waits longer for what is not there."""

Kind = Literal["mail", "oidc", "webhook", "minutes", "kyutai", "store"]


async def fetched(url: str, *, verify: bool = True) -> tuple[Answer, Clock | None]:
    """What a URL answers, and by its Date what time it is there."""

    async def observe() -> tuple[Answer, Clock | None]:
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            began = time()
            async with http.get(url, allow_redirects=False, ssl=verify) as response:
                ended = time()
                body = await _body(response)
                said = response.headers.get("Date", "")
                answer = Answer(url, status=response.status, body=body)
                return answer, _clock(origin(url), said, began, ended)

    return await within(PATIENCE, observe, lambda trouble: (Answer(url, trouble=trouble), None))


async def mail(config: Config, password: str) -> Peer:
    """Greet the mail server, over TLS if that is said, and sign in."""

    async def observe() -> Peer:
        encrypted = config.smtp_security != "none"
        client = aiosmtplib.SMTP(
            hostname=config.smtp_host,
            port=config.smtp_port,
            use_tls=config.smtp_security == "tls",
            start_tls=config.smtp_security == "starttls",
            tls_context=ssl.create_default_context() if encrypted else None,
            timeout=PATIENCE,
        )
        try:
            async with client:
                if config.smtp_user:
                    await client.login(config.smtp_user, password)
        except aiosmtplib.SMTPAuthenticationError as error:
            return Peer("mail", config.smtp_host, refused=f"SMTP {error.code}")
        except aiosmtplib.SMTPException as error:
            return Peer("mail", config.smtp_host, trouble=_mail_reason(error))
        return Peer("mail", config.smtp_host)

    return await _asked("mail", config.smtp_host, observe)


async def oidc(issuer: str) -> tuple[Peer, Clock | None]:
    """Read what the identity provider publishes; it must call itself as the settings do."""
    answer, clock = await fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if answer.trouble:
        return Peer("oidc", issuer, trouble=answer.trouble), clock
    if answer.status != 200:
        return Peer("oidc", issuer, refused=f"HTTP {answer.status}"), clock
    try:
        found = json.loads(answer.body)
        named = found.get("issuer") if isinstance(found, dict) else None
    except ValueError:
        named = None
    return Peer("oidc", issuer, refused="" if named == issuer else "another issuer"), clock


async def reached(kind: Kind, url: str) -> Peer:
    """Whether anything answers at its root, whatever it is: its path may be a secret."""
    answer, _ = await fetched(f"{_as_http(origin(url))}/")
    return Peer(kind, origin(url), trouble=answer.trouble)


def origin(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


async def _asked(kind: Kind, name: str, observe: Callable[[], Awaitable[Peer]]) -> Peer:
    return await within(PATIENCE, observe, lambda trouble: Peer(kind, name, trouble=trouble))


async def _body(response: aiohttp.ClientResponse) -> str:
    data = b""
    async for chunk in response.content.iter_chunked(4096):
        data += chunk
        if len(data) >= _LARGEST:
            break
    return data[:_LARGEST].decode(errors="replace")


def _clock(peer: str, date: str, began: float, ended: float) -> Clock | None:
    """A Date is cut to whole seconds: half of one is where it is most likely."""
    try:
        there = parsedate_to_datetime(date).timestamp() + 0.5
    except ValueError:
        return None
    return Clock(peer, there - (began + ended) / 2, 0.5 + (ended - began) / 2)


def _as_http(url: str) -> str:
    return url.replace("ws", "http", 1) if url.startswith("ws") else url


def _mail_reason(error: aiosmtplib.SMTPException) -> str:
    """Its kind: the server's own words may repeat an address."""
    return reason(error.__cause__ if isinstance(error.__cause__, OSError) else error)


# Bytes of an answer; a discovery document has a few thousand.
_LARGEST = 65_536
