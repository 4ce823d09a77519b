import json
import subprocess
import sys

import pytest

from tests.smoke.server import TREE

KEYS = [
    "joined_ms",
    "first_frame_ms",
    "fps",
    "fps_stalled",
    "audio_ok",
    "utterances",
    "right_name",
    "wer",
    "db",
]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.speech
@pytest.mark.one_database
def test_meeting_and_transcript_survive_a_stall_and_a_killed_worker(dialect: str) -> None:
    """A process of its own: the browsers are driven by blocking calls."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.smoke", "--database", dialect],
        cwd=TREE,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    said = ran.stdout[-4000:] + ran.stderr[-4000:]
    assert ran.stdout.endswith("}\n"), said
    result = json.loads(ran.stdout.splitlines()[-1])
    assert list(result) == KEYS
    assert result["db"] == dialect
    assert (ran.returncode == 1) == ("does not hold" in ran.stderr)
    assert result["audio_ok"], said
    assert result["right_name"] >= 0.95, said
    assert result["wer"] <= 0.15, said
    # How many frames a browser shows depends on the machine; that they go on without Python, on us.
    assert result["fps_stalled"] >= result["fps"] / 2 > 0, said
