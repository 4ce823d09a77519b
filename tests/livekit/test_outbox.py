import asyncio

from visio.livekit.outbox import Outbox


class Clogged:
    """A socket whose reader stopped reading."""

    def __init__(self) -> None:
        self.reading = asyncio.Event()
        self.log: list[str] = []

    async def send_bytes(self, _frame: bytes) -> None:
        await self.reading.wait()

    async def send_str(self, _frame: str) -> None:
        await self.reading.wait()

    async def close(self, *, code: int) -> None:
        self.log.append(f"closed {code}")

    def abort(self) -> None:
        self.log.append("cut")
        self.reading.set()


async def test_a_client_that_does_not_read_is_cut_after_a_megabyte() -> None:
    outbox, socket = Outbox(), Clogged()
    pump = asyncio.create_task(outbox.pump(socket, socket.abort))
    await asyncio.sleep(0)  # let it take the socket
    for _ in range(17):
        outbox.put(bytes(64 * 1024))
    assert socket.log == []
    outbox.put(b"one more")
    assert socket.log == ["cut"]
    outbox.put(b"never sent")
    await pump
    assert socket.log == ["cut", "closed 1000"]
