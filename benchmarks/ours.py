"""Our SFU as a server under measurement."""

import asyncio

from benchmarks.signalling import serve
from sfu import Peer, Publication, Sfu


class Ours:
    def __init__(self, sfu: Sfu) -> None:
        self._sfu = sfu
        self._peers: dict[int, Peer] = {}
        self._publications: list[Publication] = []

    @classmethod
    async def open(cls) -> "Ours":
        return cls(await Sfu.open(host="127.0.0.1", port=0))

    async def offer(self, peer: int, sdp: str) -> str:
        answer = self._peer(peer).answer(sdp)
        self._publications += answer.published
        return answer.sdp

    async def subscribe(self, peer: int) -> None:
        for publication in self._publications:
            name = f"TR_{publication.id}"
            self._peer(peer).subscribe(publication, stream=f"PA_x|{name}", track=name)

    def counters(self) -> dict[str, int]:
        return dict(self._sfu.counters())

    async def close(self) -> None:
        await self._sfu.close()

    def _peer(self, number: int) -> Peer:
        if number not in self._peers:
            self._peers[number] = self._sfu.add_peer(lambda event: None)
        return self._peers[number]


if __name__ == "__main__":
    asyncio.run(serve(Ours.open))
