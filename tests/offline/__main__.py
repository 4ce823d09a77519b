"""`make test-offline`: tests where nothing is but this host (R10). What tries to reach another
address, or to resolve a name, is told with the test that ran, and fails the run.

All arguments are pytest's. Prints a table and, last, a line of JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.offline.trap import ALONE, Attempts, Trap, ask_here, lines


def main() -> int:
    if _INSIDE not in os.environ:
        command = [*ALONE, sys.executable, "-m", "tests.offline", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, _INSIDE: "1"}, check=False).returncode
    with tempfile.TemporaryDirectory() as folder:
        running = Path(folder) / "running"
        running.write_text("before the first test")
        ask_here(Path(folder) / "resolv.conf")
        trap = Trap(running)
        status = tests(sys.argv[1:], running)
        print(told(trap.attempts), flush=True)
    return status or int(bool(trap.attempts))


def tests(arguments: list[str], running: Path) -> int:
    """pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.offline.running", *arguments]
    environment = {**os.environ, "OFFLINE_RUNNING": str(running)}
    return subprocess.run(command, env=environment, check=False).returncode


def told(attempts: Attempts) -> str:
    """A line for each, and one of JSON."""
    return "\n".join([*lines(attempts), json.dumps({"outbound": attempts.total()})])


_INSIDE = "OFFLINE_INSIDE"

if __name__ == "__main__":
    sys.exit(main())
