"""A TURN server as far as asking for a relay goes, in memory: the network's other end."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import cast

from aioice import stun

SECRET = "a secret of thirty-two bytes or more"


class TurnServer(asyncio.DatagramProtocol):
    """Gives relays to who knows `SECRET`, which send to `peers` alone; `freed` counts the ended."""

    def __init__(self, peers: Collection[str]) -> None:
        self.freed = 0
        self._peers = peers

    @classmethod
    @asynccontextmanager
    async def running(cls, *peers: str) -> AsyncIterator[tuple["TurnServer", str]]:
        """The server, and its address as settings have it."""
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(
            lambda: cls(peers), local_addr=("127.0.0.1", 0)
        )
        try:
            yield server, f"turn:127.0.0.1:{transport.get_extra_info('sockname')[1]}"
        finally:
            transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = stun.parse_message(data)
        answer = stun.Message(request.message_method, stun.Class.RESPONSE, request.transaction_id)
        if key := self._key(request):
            self._fill(request, answer, addr)
            answer.add_message_integrity(key)
        else:
            refuse(answer, 401)
            answer.attributes |= {"REALM": "visio", "NONCE": b"nonce"}
        self._transport.sendto(bytes(answer), addr)

    def _key(self, request: stun.Message) -> bytes | None:
        """What it must be signed with, if it is."""
        name = request.attributes.get("USERNAME", "")
        digest = hmac.digest(SECRET.encode(), name.encode(), hashlib.sha1)
        password = base64.b64encode(digest).decode()
        key = hashlib.md5(f"{name}:visio:{password}".encode()).digest()  # noqa: S324
        signed = "MESSAGE-INTEGRITY" in request.attributes
        return key if signed and request.check_message_integrity(key) else None

    def _fill(self, request: stun.Message, answer: stun.Message, addr: tuple[str, int]) -> None:
        match request.message_method:
            case stun.Method.ALLOCATE:
                answer.attributes |= {
                    "LIFETIME": 600,
                    "XOR-MAPPED-ADDRESS": addr,
                    "XOR-RELAYED-ADDRESS": ("127.0.0.1", 49_200),
                }
            case stun.Method.CREATE_PERMISSION:
                if request.attributes["XOR-PEER-ADDRESS"][0] not in self._peers:
                    refuse(answer, 403)
            case stun.Method.REFRESH:
                self.freed += request.attributes["LIFETIME"] == 0
                answer.attributes["LIFETIME"] = 0


def refuse(answer: stun.Message, code: int) -> None:
    answer.message_class = stun.Class.ERROR
    answer.attributes["ERROR-CODE"] = (code, "")
