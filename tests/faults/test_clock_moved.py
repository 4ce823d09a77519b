"""F6: somebody sets the clock of a host while our program runs there."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import Running
from visio.store.models import wall_clock

pytestmark = [pytest.mark.slow, pytest.mark.long]

TREE = Path(__file__).parents[2]
LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


def test_a_process_whose_hosts_clock_is_moved_keeps_its_date(tmp_path: Path) -> None:
    """F6: an hour and a day, ahead and back, as the C library tells the process."""
    moved = tmp_path / "moved"
    moved.write_text("+0")
    settings = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(moved),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.dated"],
        cwd=TREE,
        env=settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin
    with Running(process) as running:
        for by, seconds in (
            ("+0", 0),
            ("+1h", 3600),
            ("-1h", -3600),
            ("+1d", 86400),
            ("-1d", -86400),
        ):
            moved.write_text(by)
            process.stdin.write("?\n")
            process.stdin.flush()
            _, date, off = running.line("date", timeout=60).split()
            assert abs(int(date) - wall_clock()) < 60_000, by
            assert abs(int(off) - seconds) < 60, by
        process.stdin.close()
