"""The way of media between clients and a server: a UDP relay that can be cut and moved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sfu import Sfu

ANNOUNCED = "127.0.0.2"
"""Where clients are told to send; the server itself listens elsewhere."""


class Path(asyncio.DatagramProtocol):
    """One relay for all clients of a server; made by `laid_path`."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._cut = False
        self._far: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self.near: asyncio.DatagramTransport | None = None

    def cut(self) -> None:
        """Lose every datagram from now on."""
        self._cut = True

    def mend(self) -> None:
        """Let datagrams through again."""
        self._cut = False

    def move(self) -> None:
        """Let clients come from other addresses from now on, as behind a NAT that forgot them."""
        for transport in self._far.values():
            transport.close()
        self._far.clear()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._cut:
            return
        if far := self._far.get(addr):
            far.sendto(data)
        else:
            # The first datagram of a client is lost: ICE sends another.
            task = asyncio.create_task(self._open(addr))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def send_back(self, data: bytes, client: tuple[str, int]) -> None:
        if self.near and not self._cut:
            self.near.sendto(data, client)

    def close(self) -> None:
        self.move()
        if self.near:
            self.near.close()

    async def _open(self, client: tuple[str, int]) -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Far(self, client), remote_addr=self._server
        )
        if client in self._far:
            transport.close()
        else:
            self._far[client] = transport


class _Far(asyncio.DatagramProtocol):
    def __init__(self, path: Path, client: tuple[str, int]) -> None:
        self._path = path
        self._client = client

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._path.send_back(data, self._client)


@asynccontextmanager
async def laid_path(media: Sfu) -> AsyncIterator[Path]:
    """The path to a media server on 127.0.0.1 that announces `ANNOUNCED`."""
    path = Path(("127.0.0.1", media.port))
    path.near, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: path, local_addr=(ANNOUNCED, media.port)
    )
    try:
        yield path
    finally:
        path.close()
