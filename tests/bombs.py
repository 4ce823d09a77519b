"""T28: requests that are made to be costly, and a program that keeps sending them.

python -m tests.bombs PORT: holds 500 connections that never finish, throws one bomb after the
other, and ends with its input. Prints a line when all are held, and how many it threw at the end.
"""

import asyncio
import contextlib
import itertools
import sys
import zlib


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    """A request whose body comes in chunks."""
    lines = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return _JSON + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(lines) + b"0\r\n" + trailers


_JSON = (
    b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\n"
    b"Content-Type: application/json\r\n"
)
_PACKED = zlib.compress(bytes(50_000_000))
BOMBS = {
    "many chunks": chunked(*[b" "] * 100_000) + b"\r\n",
    "giant trailers": chunked(b"{}", trailers=b"X-More: %s\r\n" % (b"x" * 1000) * 2000),
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200_000 + b"\r\n",
    "bad cookies": b"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    b"Cookie: %s\r\n\r\n" % (b'=";,' * 10_000),
    "many cookies": b"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    b"Cookie: %s\r\n\r\n" % (b"a=b;" * 10_000),
    "packed": _JSON
    + b"Content-Encoding: deflate\r\nContent-Length: %d\r\n\r\n" % len(_PACKED)
    + _PACKED,
    "many parts": _JSON.replace(b"application/json", b"multipart/form-data; boundary=b")
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"fffff\r\n%s\r\n0\r\n\r\n" % (b"--b\r\n\r\n" * 150_000)[:0xFFFFF],
}
_LOBBY = (
    b"GET /api/v1/rooms/x/lobby HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n\r\n\x81"
)
HALVES = [b"GET / HTTP/1.1\r\nX-Slow: ", _JSON + b"Content-Length: 99\r\n\r\n{", _LOBBY]
"""A head, a body and a socket that stop half way."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def throw(port: int, bomb: bytes) -> None:
    """One bomb, and no more than a glance at the answer."""
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bomb)
        await reader.readline()
        writer.transport.abort()


async def main(port: int) -> None:
    """Until the input ends."""
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.read)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(HELD)]
    for (_, writer), half in zip(held, itertools.cycle(HALVES)):
        writer.write(half)
    await throw(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")  # answered after all of them
    say("held")
    began = loop.time()
    for thrown in itertools.count(1):
        throwing.add(asyncio.create_task(throw(port, next(bombs))))
        await asyncio.wait([ended], timeout=began + thrown / A_SECOND - loop.time())
        if ended.done():
            break
    say(f"thrown {thrown}")


HELD = 500
A_SECOND = 5
bombs = itertools.cycle(BOMBS.values())
throwing: set[asyncio.Task[None]] = set()

if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
