import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig.measure import REPORTED
from tests.rig.network import TREE


@pytest.mark.long
@pytest.mark.browser
def test_a_tenth_of_what_a_subscriber_is_sent_lost_is_hardly_seen_or_heard(tmp_path: Path) -> None:
    """One seed, and not the goals' bounds, which a machine that does other things may miss."""
    plot = tmp_path / "plot.svg"
    choice = ["--only", "loss10", "--seeds", "1", "--legs", "subscriber", "--plot", str(plot)]
    # A process of its own: the browsers are driven by blocking calls.
    ran = subprocess.run(
        [sys.executable, "-m", "tests.rig", *choice],
        cwd=TREE,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stdout[-4000:] + ran.stderr[-4000:]
    result = json.loads(ran.stdout.splitlines()[-1])
    assert tuple(result) == REPORTED
    assert result["conceal_10"] <= 0.05
    assert result["freeze_10"] <= 0.1
    assert plot.read_text().startswith("<svg")
