"""Network namespaces joined by virtual cables, for as long as a `with` block.

A namespace has no name but a process that holds it, which the kernel kills when we die, however we
die: nothing of it is left behind.
"""

import subprocess
from types import TracebackType
from typing import Self


class Namespace:
    """A network with nothing in it but a loopback device."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            [*WITH_US, "unshare", "--net", "sh", "-euc", _HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        made = self._holder.stdout.readline()
        assert made, "no network namespace can be made here: this needs root (CAP_SYS_ADMIN)"

    @property
    def process(self) -> int:
        return self._holder.pid

    @property
    def entering(self) -> list[str]:
        """What to put before a command that shall run in it."""
        return ["nsenter", f"--net=/proc/{self.process}/ns/net", "--"]

    def inside(self, *command: str) -> list[str]:
        """The command that runs `command` in it, at most for as long as we live."""
        return [*WITH_US, *self.entering, *command]

    def run(self, *command: str) -> None:
        subprocess.run(self.inside(*command), check=True)

    def ip(self, words: str) -> None:
        self.run("ip", *words.split())

    def lay_cable(self, device: str, address: str, there: "Namespace", far: str) -> None:
        """A cable from `device` here to a device of the same name there, up at both ends."""
        self.ip(f"link add {device} type veth peer name {device} netns {there.process}")
        for end, own in ((self, address), (there, far)):
            end.ip(f"address add {own} dev {device}")
            end.ip(f"link set {device} up")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._holder.communicate()


WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
"""The kernel kills what it starts when we die."""
_HOLD = """
ip link set lo up
# Addresses are then usable at once: duplicate address detection takes a second. And nothing is sent
# that a test did not send: router solicitations would shift which of its packets are lost.
echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
echo made
exec cat
"""
