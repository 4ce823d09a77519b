"""A TURN client (RFC 8656) as far as asking goes: for an allocation, and for peers to send to."""

import base64
import hashlib
import hmac
import socket
import ssl
import time

from aioice import stun

PATIENCE = 10.0

# RFC 8656 §18.6, which aioice does not know.
FAMILY = "REQUESTED-ADDRESS-FAMILY"
stun.ATTRIBUTES_BY_NAME[FAMILY] = (0x0017, FAMILY, stun.pack_unsigned, stun.unpack_unsigned)


class Relay:
    """A client of the server on a port of this host, with the credentials visio gives.

    They are good for `life` seconds and name the participant. Answers are error codes, or 0.
    With `tls`, the context and the server's name, what is sent goes through TLS.
    """

    def __init__(
        self,
        port: int,
        secret: str,
        name: str = "ada",
        *,
        life: int = 300,
        by_tcp: bool = False,
        tls: tuple[ssl.SSLContext, str] | None = None,
    ) -> None:
        self.username = f"{int(time.time()) + life}:{name}"
        digest = hmac.new(secret.encode(), self.username.encode(), hashlib.sha1).digest()
        password = base64.b64encode(digest).decode()
        self.key = hashlib.md5(f"{self.username}:visio:{password}".encode()).digest()  # noqa: S324
        self.nonce = b""
        self._received = b""
        self.wire = _connect(port, socket.SOCK_STREAM if by_tcp or tls else socket.SOCK_DGRAM)
        if tls:
            context, host = tls
            self.wire = context.wrap_socket(self.wire, server_hostname=host)

    def allocate(self, *, ipv6: bool = False) -> int:
        family = {FAMILY: 0x02000000} if ipv6 else {}
        return self._ask(stun.Method.ALLOCATE, {"REQUESTED-TRANSPORT": 0x11000000, **family})

    def refresh(self) -> int:
        """Keep the allocation for ten minutes more."""
        return self._ask(stun.Method.REFRESH, {"LIFETIME": 600})

    def permit(self, peer: str) -> int:
        return self._ask(stun.Method.CREATE_PERMISSION, {"XOR-PEER-ADDRESS": (peer, 9)})

    def bind(self, peer: str) -> int:
        attributes = {"CHANNEL-NUMBER": 0x4000, "XOR-PEER-ADDRESS": (peer, 9)}
        return self._ask(stun.Method.CHANNEL_BIND, attributes)

    def close(self) -> None:
        self.wire.close()

    def _ask(self, method: stun.Method, attributes: dict[str, object]) -> int:
        answer = self._transact(method, attributes)
        # RFC 8489 §9.2.5: the first answer is a challenge, and a nonce may be stale at any time:
        # at once where a challenge was lost and asked for again.
        for _ in range(2):
            if nonce := answer.attributes.get("NONCE"):
                self.nonce = nonce
                answer = self._transact(method, attributes)
        return int(answer.attributes.get("ERROR-CODE", (0, ""))[0])

    def _transact(self, method: stun.Method, attributes: dict[str, object]) -> stun.Message:
        request = stun.Message(method, stun.Class.REQUEST)
        request.attributes.update(attributes)
        if self.nonce:
            request.attributes["USERNAME"] = self.username
            request.attributes["REALM"] = "visio"
            request.attributes["NONCE"] = self.nonce
            request.add_message_integrity(self.key)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                self.wire.send(bytes(request))
                while (answer := self._receive()).transaction_id != request.transaction_id:
                    pass
            except (TimeoutError, ConnectionRefusedError):
                continue  # it has just been started
            return answer
        raise TimeoutError

    def _receive(self) -> stun.Message:
        """One message: a datagram, or of a stream what the header says (RFC 8489 §6.2.2)."""
        while len(self._received) < (size := _message_size(self._received)):
            self._received += self.wire.recv(2048)
        message, self._received = self._received[:size], self._received[size:]
        return stun.parse_message(message)


def _message_size(received: bytes) -> int:
    return 20 + int.from_bytes(received[2:4])


def _connect(port: int, kind: socket.SocketKind) -> socket.socket:
    deadline = time.monotonic() + PATIENCE
    while True:
        wire = socket.socket(socket.AF_INET, kind)
        wire.settimeout(0.5)
        try:
            wire.connect(("127.0.0.1", port))
            return wire
        except ConnectionRefusedError:  # it has just been started
            wire.close()
            assert time.monotonic() < deadline
            time.sleep(0.1)
