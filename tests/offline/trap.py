"""The only ways out of a namespace: a device that swallows what is sent, and a resolver that knows
nothing. Both write down what came."""

import fcntl
import os
import socket
import struct
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.offline.packets import Attempt, no_such_name, of_packet, of_query

Attempts = Counter[tuple[Attempt, str]]
"""How often, by what ran."""


def ask_here(file: Path) -> None:
    """Whoever resolves a name asks the trap; `file` becomes this namespace's resolv.conf."""
    file.write_text(RESOLV_CONF)
    subprocess.run(["mount", "--bind", file, Path("/etc/resolv.conf").resolve()], check=True)


def lines(attempts: Attempts) -> list[str]:
    """One for each, with what ran."""
    return [
        f"{times:>6} {attempt.what:<6} {attempt.where:<46} {running}"
        for (attempt, running), times in sorted(attempts.items())
    ]


class Trap:
    """Works from its making until the process ends; for a namespace of our own only."""

    def __init__(self, running: Path) -> None:
        self.attempts: Attempts = Counter()
        self._running = running
        device = _device()
        for words in _NETWORK:
            subprocess.run(["ip", *words.split()], check=True)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(RESOLVER)
        self._begin(lambda: self._swallow(device))
        self._begin(lambda: self._resolve(udp))
        self._begin(lambda: self._resolve_streams(socket.create_server(RESOLVER)))

    def _begin(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, daemon=True).start()

    def _note(self, attempt: Attempt | None) -> None:
        if attempt:
            self.attempts[attempt, self._running.read_text()] += 1

    def _swallow(self, device: int) -> None:
        while packet := os.read(device, 65_536):
            self._note(of_packet(packet))

    def _resolve(self, udp: socket.socket) -> None:
        while True:
            query, asker = udp.recvfrom(65_536)
            self._note(of_query(query))
            udp.sendto(no_such_name(query), asker)

    def _resolve_streams(self, server: socket.socket) -> None:
        while True:
            stream, _ = server.accept()
            with stream:
                query = stream.recv(65_536)[2:]  # behind its length
                self._note(of_query(query))


def _device() -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", b"out", _IFF_TUN | _IFF_NO_PI))
    return device


ALONE = ("unshare", "--net", "--mount", "--propagation", "private", "--")
"""Put before a command that makes a trap."""
RESOLVER = ("127.0.0.1", 53)
RESOLV_CONF = f"nameserver {RESOLVER[0]}\noptions attempts:1 timeout:2\n"
# A host with one address of each kind, and a way to all others.
_NETWORK = (
    "link set lo up",
    "link set out up",
    "address add 10.255.255.1/32 dev out",
    "address add fd00::1/128 dev out nodad",
    "route add default dev out",
    "-6 route add default dev out",
)
# <linux/if_tun.h>
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
