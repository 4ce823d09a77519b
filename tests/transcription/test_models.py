import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.transcription.conftest import ROOT

pytestmark = [pytest.mark.speech, pytest.mark.slow]


def measured(python: str, models: Path, what: str) -> Any:
    command = [python, "-m", "tests.transcription.measure", str(models), what]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def recognition(speech_python: str, models: Path) -> Any:
    return measured(speech_python, models, "recognise")


@pytest.fixture(scope="module")
def diarization(speech_python: str, models: Path) -> Any:
    return measured(speech_python, models, "diarize")


def test_read_speech_is_recognised(recognition: Any) -> None:
    assert recognition["words"] == 71
    assert recognition["wer"] <= 0.10


def test_the_language_is_detected(recognition: Any) -> None:
    assert recognition["languages"] == ["en"]
    assert recognition["as_told"] == "fr"


def test_recognising_again_gives_the_same(recognition: Any) -> None:
    """What a killed worker had begun, the next one writes in the same words."""
    assert recognition["deterministic"]


def test_nothing_is_heard_where_nobody_speaks(recognition: Any) -> None:
    assert recognition["invented"] == []


def test_voices_on_one_line_are_told_apart(diarization: Any) -> None:
    assert diarization["speakers"] == 2
    assert diarization["der"] <= 0.08
    assert diarization["voices"] == ["S1", "S2"]


def test_no_more_voices_are_told_apart_than_there_are_people(diarization: Any) -> None:
    assert diarization["voices_at_most"] == [1, 2]


def test_turns_are_one_voice_at_a_time(diarization: Any) -> None:
    assert diarization["overlaps"] == 0


def test_the_models_speak_to_nobody(recognition: Any, diarization: Any) -> None:
    assert recognition["connections"] == []
    assert diarization["connections"] == []


def test_a_connection_would_have_been_seen(speech_python: str) -> None:
    """The ear that hears nothing above is not deaf."""
    program = (
        "import sys; heard = []; sys.path.insert(0, '.');"
        "from tests.transcription.measure import listen; listen(heard);"
        "import socket; socket.socket(socket.AF_UNIX).connect_ex('/nowhere');"
        "socket.socket(socket.AF_INET).connect_ex(('127.0.0.1', 9)); print(heard)"
    )
    done = subprocess.run(
        [speech_python, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True
    )
    assert "127.0.0.1" in done.stdout
