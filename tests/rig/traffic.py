"""Numbered UDP packets from one namespace to another, and how long each was on its way.

Both ends read the same clock: it is one machine.
"""

import json
import socket
import subprocess
import sys
import time

from tests.network import Namespace
from tests.rig.network import TREE, Link


def carried(
    link: Link, here: Namespace, there: Namespace, count: int, size: int = 100
) -> list[tuple[int, float]]:
    """Number and delay (s) of what arrives of `count` packets, a millisecond apart, in order."""
    receiver = _start(there, "receive", link.addresses[1])
    assert receiver.stdout is not None
    assert receiver.stdout.readline() == "ready\n"
    sender = _start(here, "send", link.addresses[1], str(count), str(size))
    sent, _ = sender.communicate()
    assert sent == "sent\n"
    # What the link still holds is there when a packet of afterwards is, unless a queue was full.
    link.impair(loss=0.0, burst=None, down=False, block_udp=False)
    while receiver.poll() is None:
        _start(here, "send", link.addresses[1], "1", "100", "-1").communicate()
    arrived, _ = receiver.communicate()
    return [(number, delay) for number, delay in json.loads(arrived)]


def _start(namespace: Namespace, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        namespace.inside(sys.executable, "-m", "tests.rig.traffic", *words),
        cwd=TREE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def _receive(address: str) -> None:
    """Until the packet that is numbered -1."""
    arrived = []
    with socket.socket(type=socket.SOCK_DGRAM) as endpoint:
        endpoint.bind((address, _PORT))
        print("ready", flush=True)
        while (packet := json.loads(endpoint.recv(2048)))[0] >= 0:
            arrived.append((packet[0], time.monotonic() - packet[1]))
    print(json.dumps(arrived))


def _send(address: str, count: str, size: str, first: str = "0") -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as endpoint:
        endpoint.connect((address, _PORT))
        for number in range(int(first), int(first) + int(count)):
            packet = json.dumps((number, time.monotonic())).encode()
            endpoint.send(packet.ljust(int(size)))
            time.sleep(0.001)
    print("sent")


_PORT = 7700


if __name__ == "__main__":
    (_receive if sys.argv[1] == "receive" else _send)(*sys.argv[2:])
