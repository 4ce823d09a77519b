import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.transcription.conftest import ROOT


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if "VISIO_" not in name}
    return subprocess.run(
        [sys.executable, "-m", "transcription", *arguments],
        cwd=ROOT,
        env=environment | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("child", [True, False])
def test_a_wrong_setting_is_a_sentence(child: bool) -> None:
    done = run(*["--child"] * child, VISIO_LOG_LEVEL="loud")
    assert done.returncode == 2
    assert "log_level: Input should be" in done.stderr
    assert "Traceback" not in done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(message) for message in said] == [["failed"]] * child


def test_without_its_key_the_worker_does_not_start(tmp_path: Path) -> None:
    done = run("--child", VISIO_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert "is not set" in json.loads(done.stdout)["failed"]


def test_help_tells_the_protocol() -> None:
    assert '"utterances"' in run("--help").stdout
