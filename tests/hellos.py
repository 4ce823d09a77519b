"""ClientHellos of TLS and DTLS written by hand, and what a server chooses of them.

A library offers only what it holds for good itself: whether a server takes what is bad must be
asked with other words than its own.
"""

import socket
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from struct import pack, unpack_from

TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 = 0x0301, 0x0302, 0x0303, 0x0304
DTLS_1_0, DTLS_1_2 = 0xFEFF, 0xFEFD

AEAD = {
    0xC02B: "ECDHE-ECDSA-AES128-GCM-SHA256",
    0xC02C: "ECDHE-ECDSA-AES256-GCM-SHA384",
    0xC02F: "ECDHE-RSA-AES128-GCM-SHA256",
    0xC030: "ECDHE-RSA-AES256-GCM-SHA384",
    0xCCA8: "ECDHE-RSA-CHACHA20-POLY1305",
    0xCCA9: "ECDHE-ECDSA-CHACHA20-POLY1305",
}
BAD = {
    0x0004: "RC4-MD5",
    0x0005: "RC4-SHA",
    0x000A: "DES-CBC3-SHA",
    0x002F: "AES128-SHA",
    0x0033: "DHE-RSA-AES128-SHA",
    0x0034: "ADH-AES128-SHA",
    0x0035: "AES256-SHA",
    0x003B: "NULL-SHA256",
    0x003C: "AES128-SHA256",
    0x003D: "AES256-SHA256",
    0x009C: "AES128-GCM-SHA256",
    0x009D: "AES256-GCM-SHA384",
    0x009E: "DHE-RSA-AES128-GCM-SHA256",
    0x009F: "DHE-RSA-AES256-GCM-SHA384",
    0xC006: "ECDHE-ECDSA-NULL-SHA",
    0xC007: "ECDHE-ECDSA-RC4-SHA",
    0xC008: "ECDHE-ECDSA-DES-CBC3-SHA",
    0xC009: "ECDHE-ECDSA-AES128-SHA",
    0xC00A: "ECDHE-ECDSA-AES256-SHA",
    0xC013: "ECDHE-RSA-AES128-SHA",
    0xC014: "ECDHE-RSA-AES256-SHA",
    0xC018: "AECDH-AES128-SHA",
    0xC023: "ECDHE-ECDSA-AES128-SHA256",
    0xC024: "ECDHE-ECDSA-AES256-SHA384",
    0xC027: "ECDHE-RSA-AES128-SHA256",
    0xC028: "ECDHE-RSA-AES256-SHA384",
}
"""CBC, no forward secrecy, no authentication, no encryption."""
TLS_1_3_CIPHERS = {
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
}
GROUPS = {0x11EC: "X25519MLKEM768", 29: "X25519", 23: "P-256", 24: "P-384", 25: "P-521"}
WEAK_GROUPS = {19: "P-192", 21: "P-224", 22: "secp256k1"}
SIGNATURES = {
    0x0403: "ecdsa_sha256",
    0x0503: "ecdsa_sha384",
    0x0603: "ecdsa_sha512",
    0x0804: "rsa_pss_sha256",
    0x0401: "rsa_sha256",
}
WEAK_SIGNATURES = {
    0x0101: "rsa_md5",
    0x0103: "ecdsa_md5",
    0x0201: "rsa_sha1",
    0x0202: "dsa_sha1",
    0x0203: "ecdsa_sha1",
}
SHORT_SIGNATURES = {0x0301: "rsa_sha224", 0x0302: "dsa_sha224", 0x0303: "ecdsa_sha224"}
"""Of 112 bits."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a server answered: numbers as they are registered, 0 for what it did not say.

    `wanted` are the signatures that it would take of a client's certificate.
    """

    version: int = 0
    cipher: int = 0
    group: int = 0
    signature: int = 0
    srtp: int = 0
    wanted: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client offers, with all that is good unless it is said."""

    version: int = TLS_1_2
    ciphers: Iterable[int] = tuple(AEAD)
    groups: Iterable[int] = tuple(GROUPS)
    signatures: Iterable[int] = tuple(SIGNATURES)
    srtp: Iterable[int] = ()
    name: str = ""

    def body(self) -> bytes:
        """The message without a header."""
        cookie = b"\0" if self.version >= DTLS_1_2 else b""
        ciphers = b"".join(pack("!H", one) for one in self.ciphers)
        extensions = b"".join(
            pack("!HH", kind, len(content)) + content for kind, content in self._extensions()
        )
        # TLS 1.3 says what it is in an extension.
        head = pack("!H", min(self.version, TLS_1_2)) if not cookie else pack("!H", self.version)
        session = b"\0"
        return (
            head
            + bytes(range(32))
            + session
            + cookie
            + _long(ciphers)
            + b"\1\0"
            + _long(extensions)
        )

    def record(self) -> bytes:
        """For a TCP connection."""
        body = self.body()
        message = b"\1" + len(body).to_bytes(3) + body
        return b"\x16\x03\x01" + _long(message)

    def datagram(self) -> bytes:
        """For a DTLS association."""
        body = self.body()
        size = len(body).to_bytes(3)
        message = b"\1" + size + bytes(2) + bytes(3) + size + body
        return b"\x16" + pack("!H", self.version) + bytes(8) + _long(message)

    def _extensions(self) -> Iterator[tuple[int, bytes]]:
        if self.name:
            name = self.name.encode()
            yield 0, _long(b"\0" + _long(name))
        yield 10, _long(b"".join(pack("!H", one) for one in self.groups))
        yield 11, b"\1\0"
        yield 13, _long(b"".join(pack("!H", one) for one in self.signatures))
        if self.srtp:
            yield 14, _long(b"".join(pack("!H", one) for one in self.srtp)) + b"\0"
        yield 23, b""
        yield 0xFF01, b"\0"
        if self.version == TLS_1_3:
            yield 43, b"\2\3\4"
            # No share: the server has to say which group it wants one for.
            yield 51, _long(b"")


@dataclass
class Reading:
    """Handshake messages of a server, as they come; `over` once nothing more is to be learnt."""

    datagrams: bool = False
    over: bool = False
    refused: bool = False
    _parts: dict[int, tuple[int, bytearray, set[int]]] = field(default_factory=dict)
    _messages: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    _stream: bytes = b""
    _plain: bytes = b""

    def feed(self, data: bytes) -> None:
        """Bytes of a connection, or a datagram."""
        self._stream = data if self.datagrams else self._stream + data
        head = 13 if self.datagrams else 5
        while len(self._stream) >= head:
            (size,) = unpack_from("!H", self._stream, head - 2)
            if len(self._stream) < head + size:
                break
            kind, content = self._stream[0], self._stream[head : head + size]
            self._stream = self._stream[head + size :]
            self._take(kind, content)

    @property
    def chosen(self) -> Chosen | None:
        """None where it was refused."""
        if self.refused or not self._messages:
            return None
        found: dict[str, object] = {}
        for kind, message in self._messages.values():
            if read := _READERS.get(kind):
                found |= read(message)
        return Chosen(**found)  # type: ignore[arg-type]

    def _take(self, kind: int, content: bytes) -> None:
        if kind == 21:
            self.refused = self.over = True
        elif kind == 22 and self.datagrams:
            self._collect(content)
        elif kind == 22:
            self._plain += content
            while len(self._plain) >= 4 and len(self._plain) >= 4 + (size := _size(self._plain, 1)):
                self._note(len(self._messages), self._plain[0], self._plain[4 : 4 + size])
                self._plain = self._plain[4 + size :]
        else:
            self.over = True  # encrypted from here on

    def _collect(self, fragments: bytes) -> None:
        while fragments:
            number = int.from_bytes(fragments[4:6])
            start, size = _size(fragments, 6), _size(fragments, 9)
            whole = _size(fragments, 1)
            _, content, seen = self._parts.setdefault(
                number, (fragments[0], bytearray(whole), set())
            )
            content[start : start + size] = fragments[12 : 12 + size]
            seen.update(range(start, start + size))
            if len(seen) == whole:
                self._note(number, fragments[0], bytes(content))
            fragments = fragments[12 + size :]

    def _note(self, number: int, kind: int, message: bytes) -> None:
        self._messages[number] = kind, message
        if kind == 14 or (kind == 2 and _server_hello(message).get("version") == TLS_1_3):
            self.over = True


def ask(address: tuple[str, int], hello: Hello) -> Chosen | None:
    """What a server on TCP chooses; None where it refuses."""
    reading = Reading()
    with closing(socket.create_connection(address, timeout=_PATIENCE)) as wire:
        wire.sendall(hello.record())
        while not reading.over:
            try:
                data = wire.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            reading.feed(data)
    return reading.chosen


def _server_hello(message: bytes) -> dict[str, object]:
    (version,) = unpack_from("!H", message)
    at = 35 + message[34]
    (cipher,) = unpack_from("!H", message, at)
    found: dict[str, object] = {"version": version, "cipher": cipher}
    at += 5
    while at < len(message):
        kind, size = unpack_from("!HH", message, at)
        content = message[at + 4 : at + 4 + size]
        if name := {43: "version", 51: "group"}.get(kind):
            (found[name],) = unpack_from("!H", content)
        if kind == 14:
            (found["srtp"],) = unpack_from("!H", content, 2)
        at += 4 + size
    return found


def _server_key_exchange(message: bytes) -> dict[str, object]:
    """Of an elliptic curve that has a name (RFC 8422 §5.4)."""
    if message[0] != 3:
        return {}
    (group,) = unpack_from("!H", message, 1)
    signed = message[4 + message[3] :]  # nothing where nobody says who they are
    return {"group": group, "signature": int.from_bytes(signed[:2])}


def _certificate_request(message: bytes) -> dict[str, object]:
    at = 1 + message[0]
    (size,) = unpack_from("!H", message, at)
    return {"wanted": unpack_from(f"!{size // 2}H", message, at + 2)}


def _size(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3])


def _long(content: bytes) -> bytes:
    return pack("!H", len(content)) + content


_READERS = {2: _server_hello, 12: _server_key_exchange, 13: _certificate_request}
_PATIENCE = 20.0
