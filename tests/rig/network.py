"""Impaired links between network namespaces, for as long as a `with` block.

They are killed by the kernel when the process that made them dies, however it dies.
"""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.network import WITH_US, Namespace

TREE = Path(__file__).parents[2]


class Link:
    """A link between two namespaces, whose impairments change while it runs."""

    def __init__(self, here: Namespace, there: Namespace, network: int) -> None:
        self.addresses = (f"10.77.{network}.1", f"10.77.{network}.2")
        """Of this end and of that."""
        self._process = subprocess.Popen(
            [*WITH_US, sys.executable, "-m", "tests.rig.impair"],
            cwd=TREE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        devices = self._answer().split()
        assert len(devices) == 2, "no TUN device can be made here: this needs root and /dev/net/tun"
        ends = zip(devices, (here, there), self.addresses, strict=True)
        name = f"link{network}"
        for device, namespace, address in ends:
            _ip("link", "set", device, "netns", str(namespace.process), "name", name)
            namespace.run("ip", "address", "add", f"{address}/30", "dev", name)
            namespace.run("ip", "link", "set", name, "up")

    def impair(self, **values: Any) -> None:
        """Change both directions; the names are those of `Impairment`."""
        self.tell({"ab": values, "ba": values})

    def tell(self, told: dict[str, Any]) -> None:
        """As in `impair`; returns when it is so."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        assert self._answer() == "done\n", "the link broke: its last words are above"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
