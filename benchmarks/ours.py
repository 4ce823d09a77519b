"""Our SFU as a server under measurement: `python -m benchmarks.ours [MEDIA THREADS]`."""

import asyncio
import sys
from collections import defaultdict

from benchmarks.signalling import serve
from sfu import Peer, Publication, Sfu


class Ours:
    def __init__(self, sfu: Sfu) -> None:
        self._sfu = sfu
        self._peers: dict[int, Peer] = {}
        self._publications: defaultdict[int, list[Publication]] = defaultdict(list)

    @classmethod
    async def open(cls) -> "Ours":
        threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
        return cls(await Sfu.open(host="127.0.0.1", port=0, threads=threads))

    async def offer(self, peer: int, room: int, sdp: str) -> str:
        answer = self._peer(peer, room).answer(sdp)
        self._publications[room] += answer.published
        return answer.sdp

    async def subscribe(self, peer: int, room: int) -> None:
        for publication in self._publications[room]:
            name = f"TR_{publication.id}"
            self._peer(peer, room).subscribe(publication, stream=f"PA_x|{name}", track=name)

    def counters(self) -> dict[str, int]:
        return dict(self._sfu.counters())

    async def close(self) -> None:
        await self._sfu.close()

    def _peer(self, number: int, room: int) -> Peer:
        if number not in self._peers:
            self._peers[number] = self._sfu.add_peer(lambda event: None, room)
        return self._peers[number]


if __name__ == "__main__":
    asyncio.run(serve(Ours.open))
