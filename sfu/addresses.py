"""Where clients reach this host: its own addresses, and the one a STUN server sees it under."""

import asyncio
import ipaddress
import logging
import socket
from contextlib import suppress

import ifaddr
from aioice import stun

logger = logging.getLogger(__name__)


def everywhere() -> str:
    """The host to bind for all addresses: of both families where one socket serves both."""
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::", 0))
        if not probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
            return "::"
    return "0.0.0.0"  # noqa: S104 - clients are anywhere


def own_addresses(host: str) -> list[str]:
    """The addresses of this machine that a socket bound to `host` answers on, loopback last.

    Those by which it reaches the Internet come first. Link-local ones are left out: a candidate
    cannot name their interface.
    """
    bound = ipaddress.ip_address(host)
    if not bound.is_unspecified:
        return [host]
    found = [
        *(ipaddress.ip_address(one) for one in _sources()),
        *(ipaddress.ip_address(_text(ip.ip)) for card in ifaddr.get_adapters() for ip in card.ips),
    ]
    usable = (
        str(address)
        for address in dict.fromkeys(found)
        if not (address.is_loopback or address.is_link_local)
        and (address.version == 4 or bound.version == 6)
    )
    return [*list(usable)[:MAX_ADDRESSES], "127.0.0.1"]


async def seen_address(server: tuple[str, int]) -> str | None:
    """The IPv4 address under which a STUN server sees us; None when it does not say (RFC 8489 §6).

    Behind a NAT it is the address that clients must use; IPv6 needs no such thing.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, asking = await loop.create_datagram_endpoint(
            _Asking, remote_addr=server, family=socket.AF_INET
        )
    except OSError as error:
        logger.warning("the STUN server %s cannot be reached: %s", server[0], error)
        return None
    try:
        return await asking.ask(transport)
    except (TimeoutError, OSError, ValueError) as error:
        reason = str(error) or "no time left"
        logger.warning("the STUN server %s does not answer: %s", server[0], reason)
        return None
    finally:
        transport.close()


class _Asking(asyncio.DatagramProtocol):
    """One Binding request, sent again until its answer comes."""

    def __init__(self) -> None:
        self.request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        self.seen: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask(self, transport: asyncio.DatagramTransport) -> str:
        async with asyncio.timeout(STUN_PATIENCE):
            while not self.seen.done():
                transport.sendto(bytes(self.request))
                await asyncio.wait([self.seen], timeout=STUN_INTERVAL)
        return self.seen.result()

    def datagram_received(self, data: bytes, addr: object) -> None:
        with suppress(ValueError):
            answer = stun.parse_message(data)
            mapped = answer.attributes.get("XOR-MAPPED-ADDRESS")
            mine = answer.transaction_id == self.request.transaction_id
            if mine and answer.message_class == stun.Class.RESPONSE and mapped:
                self._tell(mapped[0])

    def error_received(self, exc: Exception) -> None:
        if not self.seen.done():
            self.seen.set_exception(exc)

    def _tell(self, address: str) -> None:
        if not self.seen.done():
            self.seen.set_result(address)


def _sources() -> list[str]:
    """The addresses from which this host sends to the Internet, if there is a way there."""
    found = []
    for family, anybody in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((anybody, 9))  # chooses a route, sends nothing
            found.append(str(probe.getsockname()[0]))
    return found


def _text(address: str | tuple[str, int, int]) -> str:
    return address if isinstance(address, str) else address[0]


MAX_ADDRESSES = 8
"""Own addresses announced: clients check every pair of theirs with each of ours."""

STUN_INTERVAL = 0.5
STUN_PATIENCE = 3.0
"""Seconds between two requests, and until the start of the server goes on without an answer."""
