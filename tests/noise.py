"""Garbage for a UDP port, cheaply: python -m tests.noise PORT SECONDS PACKETS_PER_SECOND

The kernel cuts each message into datagrams (UDP GSO), so that the sender takes little of the
processor time that what is measured needs. Prints how many it sent.
"""

import secrets
import socket
import sys
import time
from itertools import cycle


def garbage(ufrag: str) -> list[bytes]:
    """Messages of `SEGMENTS` datagrams each: noise, stray RTP, RTCP, DTLS and STUN."""
    name = f"{ufrag}:client".encode()
    guess = bytes.fromhex("000100002112a442") + bytes(12) + b"\x00\x06" + len(name).to_bytes(2)
    heads = (b"", b"\x00", b"\x16\xfe\xfd", b"\x80\x6f", b"\x80\xc8", guess + name)
    return [
        b"".join((head + secrets.token_bytes(SIZE))[:SIZE] for _ in range(SEGMENTS))
        for head in heads
    ]


def main(port: int, seconds: float, rate: int) -> int:
    """Send at an even rate; returns the number of datagrams."""
    cut = [(socket.SOL_UDP, UDP_SEGMENT, SIZE.to_bytes(2, sys.byteorder))]
    messages = cycle(garbage("server1"))
    began, sent = time.monotonic(), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect(("127.0.0.1", port))
        while (now := time.monotonic() - began) < seconds:
            while sent < now * rate:
                wire.sendmsg([next(messages)], cut)
                sent += SEGMENTS
            time.sleep(SEGMENTS / rate)
    return sent


SIZE = 160
SEGMENTS = 48
UDP_SEGMENT = 103

if __name__ == "__main__":
    sys.stdout.write(str(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))))
