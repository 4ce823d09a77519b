"""Programs that run beside a test: what they print is waited for, not slept for."""

import queue
import signal
import socket
import subprocess
import threading
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self


class Running:
    """A started program; ends with the `with` block: SIGTERM, and SIGKILL after `grace` seconds."""

    def __init__(self, process: subprocess.Popen[str], grace: float = 20.0) -> None:
        self.process = process
        self._grace = grace
        self.printed: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def line(self, text: str, timeout: float) -> str:
        """The next line that contains `text`, waited for at most `timeout` seconds.

        Fails the test with all that was printed when it does not come.
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"{text!r} did not come:\n{''.join(self.printed[-60:])}"
            if text in line:
                return line.rstrip("\n")

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(self._grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self._reader.join()
            if self.process.stdout:
                self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _read(self) -> None:
        assert self.process.stdout is not None  # started with stdout=PIPE
        for line in self.process.stdout:
            self.printed.append(line)
            self._lines.put(line)
        self._lines.put(None)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, neither by TCP nor by UDP."""
    with ExitStack() as held:
        ports = []
        while len(ports) < count:
            tcp = held.enter_context(socket.socket())
            tcp.bind(("127.0.0.1", 0))
            udp = held.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            try:
                udp.bind(("127.0.0.1", tcp.getsockname()[1]))
            except OSError:
                continue
            ports.append(tcp.getsockname()[1])
        return ports
