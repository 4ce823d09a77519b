"""Real recorded voices with their transcripts, as wav files that Chromium plays as a microphone."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 48_000
"""What Chromium's fake microphone and Opus run at: a file of another rate is resampled coarsely."""


@dataclass(frozen=True)
class Voice:
    """One person's recordings: `words` is what is said in them, in order."""

    name: str
    microphone: Path
    words: str
    seconds: float


def reader(folder: Path) -> Voice:
    """A LibriVox volunteer reads five sentences of Sense and Sensibility."""
    return _voice(folder, "reader", "librivox", _transcripts(_DATA / "librivox/transcription"))


def player(folder: Path) -> Voice:
    """A man names playing cards, five times."""
    return _voice(folder, "player", "cards", _transcripts(_DATA / "cards/cards.transcription"))


def telephone(folder: Path, environment: Path) -> tuple[Voice, dict[str, str]]:
    """Two women on one line, from pyannote.audio's package; and what each of them says."""
    (sample,) = environment.glob("lib/python3*/site-packages/pyannote/audio/sample/sample.wav")
    words: dict[str, list[str]] = {}
    for line in sample.with_suffix(".stm").read_text().splitlines():
        _, _, name, _, _, said = line.split(maxsplit=5)
        words.setdefault(name, []).append(said)
    samples = np.concatenate([_LEAD, _read(sample), _PAUSE])
    microphone = folder / "telephone.wav"
    write(microphone, samples)
    texts = {name: " ".join(said) for name, said in words.items()}
    return Voice("telephone", microphone, " ".join(texts.values()), len(samples) / RATE), texts


def _voice(folder: Path, name: str, recordings: str, transcripts: dict[str, str]) -> Voice:
    said = [_read(_DATA / recordings / f"{recording}.wav") for recording in transcripts]
    samples = np.concatenate([_LEAD, *(part for one in said for part in (one, _PAUSE))])
    microphone = folder / f"{name}.wav"
    write(microphone, samples)
    return Voice(name, microphone, " ".join(transcripts.values()), len(samples) / RATE)


def write(file: Path, samples: Samples) -> None:
    """One channel of 16-bit samples at RATE."""
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _read(file: Path) -> Samples:
    with wave.open(str(file)) as recording:
        rate = recording.getframerate()
        frames = recording.readframes(recording.getnframes())
    return resampled(np.frombuffer(frames, "<i2").astype(np.float32) / 32768, rate)


def resampled(samples: Samples, rate: int) -> Samples:
    """To RATE, in the frequency domain: exact for a recording that has nothing above rate / 2."""
    count = len(samples) * RATE // rate
    spectrum = np.zeros(count // 2 + 1, np.complex128)
    heard = np.fft.rfft(samples)
    spectrum[: len(heard)] = heard[: len(spectrum)]
    return np.asarray(np.fft.irfft(spectrum, count) * (count / len(samples)), np.float32)


def _transcripts(file: Path) -> dict[str, str]:
    """Recording → words, from lines such as `<s> ten of clubs  </s> (001)`."""
    lines = (line.split() for line in file.read_text().splitlines())
    return {words[-1].strip("()"): " ".join(words[1:-2]) for words in lines if words}


_DATA = Path("/usr/share/pocketsphinx/test/data")
"""Debian's pocketsphinx-testdata."""
_LEAD = np.zeros(3 * RATE, np.float32)
"""Silence while the track is negotiated: nobody hears what is said before its first packet."""
_PAUSE = np.zeros(RATE * 6 // 5, np.float32)
"""Longer than the silence at which a talkspurt ends, so that each recording becomes one."""
