"""Asks a TURN server for a relay as a client would, with short-lived credentials of ours."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from aioice import stun
from aioice.turn import TurnClientTcpProtocol, TurnClientUdpProtocol

from visio.doctor.facts import Relay
from visio.doctor.reasons import within

PATIENCE = 6.0
"""Seconds for all that one relay is asked; lost datagrams are sent again after half a second."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a TURN address says (RFC 7065)."""

    host: str
    port: int
    by_tcp: bool
    secure: bool


def parsed(url: str) -> Address:
    """Raises ValueError when it is none."""
    scheme, _, rest = url.partition(":")
    place, _, query = rest.partition("?")
    if scheme not in ("turn", "turns") or not place:
        raise ValueError(url)
    host, port = _split(place)
    secure = scheme == "turns"
    transport = parse_qs(query).get("transport", ["tcp" if secure else "udp"])[0]
    return Address(host, port or (5349 if secure else 3478), transport == "tcp", secure)


async def ask(url: str, username: str, credential: str, ours: Sequence[str]) -> Relay:
    """Whether it gives a relay, sends from it to our addresses, and not into its own host."""

    async def observe() -> Relay:
        client = await _connected(parsed(url), username, credential)
        try:
            return await _asked(url, client, ours)
        finally:
            client.transport.close()

    return await within(PATIENCE, observe, lambda trouble: Relay(url, trouble=trouble))


async def _asked(url: str, client: Any, ours: Sequence[str]) -> Relay:
    began = time.monotonic()
    try:
        await client.connect()
    except stun.TransactionFailed as error:
        return Relay(url, error=error.response.error_code or _UNKNOWN)
    except stun.TransactionTimeout:
        return Relay(url, trouble="no answer")
    relay = Relay(url, took=round((time.monotonic() - began) * 1000))
    try:
        closed = [one for one in ours if await _refuses(client, one)]
        inward = not await _refuses(client, _ITSELF)
        return replace(relay, closed=tuple(closed), inward=inward)
    finally:
        with suppress(stun.TransactionError):
            await client.delete()


async def _connected(where: Address, username: str, credential: str) -> Any:
    """aioice's client, whose socket stands."""
    loop = asyncio.get_running_loop()
    told = (username, credential, _LIFE, _LIFE)
    if where.by_tcp or where.secure:
        context = ssl.create_default_context() if where.secure else None
        _, by_tcp = await loop.create_connection(
            lambda: TurnClientTcpProtocol((where.host, where.port), *told),
            where.host,
            where.port,
            ssl=context,
        )
        return by_tcp
    _, by_udp = await loop.create_datagram_endpoint(
        lambda: TurnClientUdpProtocol((where.host, where.port), *told),
        remote_addr=(where.host, where.port),
    )
    return by_udp


async def _refuses(client: Any, address: str) -> bool:
    """Whether the relay may not send there, as it says; an address of IPv6 is not asked about."""
    if ":" in address:
        return False
    request = stun.Message(stun.Method.CREATE_PERMISSION, stun.Class.REQUEST)
    request.attributes["XOR-PEER-ADDRESS"] = (address, _DISCARD)
    try:
        await client.request_with_retry(request)
    except stun.TransactionFailed:
        return True
    return False


def _split(place: str) -> tuple[str, int]:
    host, colon, port = place.rpartition(":")
    if not colon or place.endswith("]"):
        return place.strip("[]"), 0
    if not port.isdecimal():
        raise ValueError(place)
    return host.strip("[]"), int(port)


_UNKNOWN = 500
# Seconds; it is given back at once, this is for when that goes lost.
_LIFE = 60
# The port of a permission counts for nothing (RFC 8656 §9).
_DISCARD = 9
_ITSELF = "127.0.0.1"
