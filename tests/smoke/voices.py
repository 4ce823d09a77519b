"""Real recorded voices with their transcripts, as wav files that Chromium plays as a microphone."""

import subprocess
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
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


def announcer(folder: Path) -> Voice:
    """A woman from Québec, of a telephone exchange: June Wallack (Debian, CC BY-SA 3.0)."""
    _install("asterisk-core-sounds-fr-g722")
    return _prompts(folder, "announcer", _SOUNDS / "fr_CA_f_June", _ANNOUNCED)


def operator(folder: Path) -> Voice:
    """A woman from France, likewise: Armelle Desjardins (Debian, BSD-2)."""
    _install("asterisk-prompt-fr-armelle")
    return _prompts(folder, "operator", _SOUNDS / "fr", _OPERATED)


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
    return _spoken(folder, name, said, transcripts)


def _prompts(folder: Path, name: str, sounds: Path, transcripts: Mapping[str, str]) -> Voice:
    said = [_decoded(sounds / file) for file in transcripts]
    return _spoken(folder, name, said, transcripts)


def _spoken(
    folder: Path, name: str, said: Sequence[Samples], transcripts: Mapping[str, str]
) -> Voice:
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


def _decoded(file: Path) -> Samples:
    with av.open(str(file)) as recording:
        frames = [frame.to_ndarray()[0] for frame in recording.decode(audio=0)]
        rate = recording.streams.audio[0].rate
    return resampled(np.concatenate(frames).astype(np.float32) / 32768, rate)


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


def _install(package: str) -> None:
    subprocess.run([_TREE / "deploy/debian-install", package], check=True, timeout=300)


_TREE = Path(__file__).parents[2]
_DATA = Path("/usr/share/pocketsphinx/test/data")
"""Debian's pocketsphinx-testdata."""
_SOUNDS = Path("/usr/share/asterisk/sounds")
# Written down by ear: these packages bring no words.
_ANNOUNCED = {
    "tt-allbusy.g722": "Tous nos préposés sont présentement occupés. Votre appel est important "
    "pour nous. Merci de bien vouloir patienter afin de conserver votre priorité d'appel.",
    "demo-echotest.g722": "Vous êtes sur le point d'entreprendre un test d'écho. Dans ce mode, "
    "tout ce que vous direz vous sera répété dès que reçu. Le but de ce test est pour vous donner "
    "un exemple audible de latence entre vous et la machine qui exécute l'application de test "
    "d'écho. Vous pourrez quitter le test en raccrochant ou en appuyant sur dièse.",
}
_OPERATED = {
    "queue-periodic-announce.gsm": "Tous les représentants sont occupés pour le moment. S'il vous "
    "plaît, restez en ligne et votre appel sera repris par le prochain représentant disponible.",
    "ss-noservice.gsm": "Le numéro que vous avez entré n'est pas en service. S'il vous plaît, "
    "vérifiez le numéro et essayez à nouveau.",
}
_LEAD = np.zeros(3 * RATE, np.float32)
"""Silence while the track is negotiated: nobody hears what is said before its first packet."""
_PAUSE = np.zeros(RATE * 6 // 5, np.float32)
"""Longer than the silence at which a talkspurt ends, so that each recording becomes one."""
