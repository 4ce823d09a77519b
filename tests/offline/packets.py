"""What a packet that left, and a query of the resolver, were about. Pure."""

import ipaddress
import struct
import sys
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
RESERVED = ("invalid", "localhost", "test")
"""Names that are asked of nobody else (RFC 6761 §6.2-6.4): this host's own, and those that no
resolver finds, for which tests ask to see that fail."""


@dataclass(frozen=True, order=True)
class Attempt:
    """To reach an address, or to resolve a name."""

    what: str
    where: str


def of_packet(packet: bytes) -> Attempt | None:
    """Of an IP packet; None for what the kernel tells its link, and for what is no packet."""
    version = packet[0] >> 4 if packet else 0
    if len(packet) < _SHORTEST.get(version, sys.maxsize):
        return None
    protocol, where, head = _of_4(packet) if version == 4 else _of_6(packet)
    if where.is_multicast and protocol in (_IGMP, _HOP_BY_HOP, _ICMP6):
        return None
    name = _PROTOCOLS.get(protocol, f"protocol {protocol}")
    if protocol in (_TCP, _UDP) and len(packet) >= head + 4:
        (port,) = struct.unpack_from("!H", packet, head + 2)
        return Attempt(name, f"[{where}]:{port}" if version == 6 else f"{where}:{port}")
    return Attempt(name, str(where))


def of_query(query: bytes) -> Attempt | None:
    """Of a DNS message (RFC 1035 §4.1); None for a name that is reserved, and for what is none."""
    labels, position = [], _HEADER
    while position < len(query) and (length := query[position]):
        labels.append(query[position + 1 : position + 1 + length].decode("ascii", "replace"))
        position += 1 + length
    if not labels or labels[-1].lower() in RESERVED:
        return None
    return Attempt("name", ".".join(labels))


def no_such_name(query: bytes) -> bytes:
    """The answer (RFC 1035 §4.1.1: QR, RA, RCODE 3); empty to what is no query."""
    if len(query) < _HEADER:
        return b""
    return query[:2] + bytes([0x80 | query[2] & 0x79, 0x83]) + query[4:6] + bytes(6) + query[12:]


def _of_4(packet: bytes) -> tuple[int, Address, int]:
    return packet[9], ipaddress.IPv4Address(packet[16:20]), (packet[0] & 15) * 4


def _of_6(packet: bytes) -> tuple[int, Address, int]:
    return packet[6], ipaddress.IPv6Address(packet[24:40]), 40


_HOP_BY_HOP, _IGMP, _TCP, _UDP, _ICMP6 = 0, 2, 6, 17, 58
_PROTOCOLS = {1: "ICMP", _TCP: "TCP", _UDP: "UDP", _ICMP6: "ICMPv6"}
_HEADER = 12
_SHORTEST = {4: 20, 6: 40}
