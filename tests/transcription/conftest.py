from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def speech_python() -> str:
    """The Python of the worker's environment."""
    python = ROOT / ".venv-speech" / "bin" / "python"
    assert python.exists(), "the worker's environment is missing: make speech-env"
    return str(python)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the weights are assembled, once a run."""
    return tmp_path_factory.mktemp("models")
