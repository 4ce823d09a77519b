import hashlib
import sys
from pathlib import Path

import pytest

from transcription import weights
from transcription.weights import Piece, WeightsError

HALVES = (b"first half, ", b"second half")
WHOLE = hashlib.sha256(b"".join(HALVES)).hexdigest()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with a model in two parts, that must not be imported."""
    folder = tmp_path / "packages" / "weights_for_tests"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('imported')")
    for number, half in enumerate(HALVES):
        (folder / f"model.{number}").write_bytes(half)
    monkeypatch.syspath_prepend(folder.parent)
    return folder


def piece(sha256: str = WHOLE, package: str = "weights_for_tests") -> Piece:
    return Piece("model.bin", ((package, "model.0"), (package, "model.1")), sha256)


def test_parts_are_joined_once_and_verified(package: Path, tmp_path: Path) -> None:
    folder = weights.assemble(tmp_path / "models", [piece()], [("config.yaml", "a: b\n")])
    assert (folder / "model.bin").read_bytes() == b"".join(HALVES)
    assert (folder / "config.yaml").read_text() == "a: b\n"
    (package / "model.0").unlink()
    weights.assemble(folder, [piece()])
    assert "weights_for_tests" not in sys.modules
    assert {file.name for file in folder.iterdir()} == {"model.bin", "config.yaml"}


def test_other_weights_than_the_pinned_are_refused(package: Path, tmp_path: Path) -> None:
    (package / "model.1").write_bytes(b"something else")
    with pytest.raises(WeightsError, match=r"model\.bin does not have the pinned SHA-256"):
        weights.assemble(tmp_path / "models", [piece()])
    assert not (tmp_path / "models" / "model.bin").exists()


@pytest.mark.usefixtures("package")
def test_weights_changed_after_assembly_are_refused(tmp_path: Path) -> None:
    folder = weights.assemble(tmp_path / "models", [piece()])
    (folder / "model.bin").write_bytes(b"tampered")
    with pytest.raises(WeightsError):
        weights.assemble(folder, [piece()])


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="The package no_such_package is not installed"):
        weights.assemble(tmp_path, [piece(package="no_such_package")])


def test_a_package_without_the_file_is_named(package: Path, tmp_path: Path) -> None:
    (package / "model.1").unlink()
    with pytest.raises(WeightsError, match=r"weights_for_tests does not hold model\.1"):
        weights.assemble(tmp_path, [piece()])


HEAD = b"\x06\0\0\0\x0c\0WhisperSpec\0"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that looks like a model of CTranslate2."""
    folder = tmp_path / "large"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    (folder / "model.bin").write_bytes(HEAD + bytes(64))
    return folder


def test_a_folder_with_a_model_is_taken(model: Path) -> None:
    assert weights.given(model) == model


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"there is no folder .*/large"):
        weights.given(tmp_path / "large")


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json"])
def test_a_missing_file_is_named_and_not_fetched(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(WeightsError, match=f"holds no {name}"):
        weights.given(model)


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"PK\x03\x04archive/data.pkl" + bytes(64),  # torch.save
        b"\x80\x04\x95cposix\nsystem\n" + bytes(64),  # pickle
        b"\x06\0\0\0\x10\0TransformerSpec\0" + bytes(64),
        b"version https://git-lfs.github.com/spec/v1\n",
    ],
)
def test_what_is_no_model_of_whisper_is_not_loaded(model: Path, contents: bytes) -> None:
    (model / "model.bin").write_bytes(contents)
    with pytest.raises(WeightsError, match="is no Whisper of CTranslate2"):
        weights.given(model)
