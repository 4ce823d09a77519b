"""Measures the real models on real recordings; prints one line of JSON.

Run it with the worker's Python: `.venv-speech/bin/python -m tests.transcription.measure MODELS`,
MODELS a folder for the assembled weights. "diarize" as a second argument measures diarization,
"recognise" recognition.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

os.environ |= {
    "PYANNOTE_METRICS_ENABLED": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from tests.transcription.recordings import Samples, librivox, packets, read, telephone
from tests.wer import align, normalise
from transcription import weights
from transcription.audio import RATE, decode
from visio.cutter import Cutter

Figures = dict[str, object]


def main() -> None:
    connections: list[str] = []
    listen(connections)
    models, what = Path(sys.argv[1]), sys.argv[2]
    figures = COMMANDS[what](models)
    figures["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures["connections"] = connections
    print(json.dumps(figures))  # noqa: T201


def listen(connections: list[str]) -> None:
    """Note every connection this process attempts from now on, at the interpreter's own door."""

    def hear(event: str, details: tuple[object, ...]) -> None:
        if event == "socket.connect":
            connections.append(repr(details[1:]))

    sys.addaudithook(hear)


def recognise(models: Path) -> Figures:
    """LibriVox as a browser sends it: Opus, cut into talkspurts, decoded, recognised."""
    from transcription.recognisers.whisper import Whisper

    whisper = Whisper(weights.whisper(models))
    sentences = librivox()
    heard = [(text, through_opus(samples)) for text, samples in sentences]
    spent = Clock()
    found = [whisper.recognise(samples) for _, samples in heard]
    figures = spent.figures(sum(len(samples) for _, samples in heard) / RATE)
    again = [whisper.recognise(samples) for _, samples in heard]
    texts = ["".join(word.text for word in one.words) for one in found]
    pairs = [
        pair
        for (text, _), hypothesis in zip(heard, texts, strict=True)
        for pair in align(normalise(text), normalise(hypothesis))
    ]
    words = sum(wanted is not None for wanted, _ in pairs)
    return figures | {
        "wer": sum(wanted != got for wanted, got in pairs) / words,
        "words": words,
        "texts": texts,
        "languages": sorted({one.language for one in found}),
        "deterministic": found == again,
        "as_told": whisper.recognise(heard[0][1], "fr").language,
        "invented": [word.text for sound in noises() for word in whisper.recognise(sound).words],
    }


def diarize(models: Path) -> Figures:
    """pyannote's telephone sample against its truth, without a collar."""
    from pyannote.database.util import load_rttm
    from pyannote.metrics.diarization import DiarizationErrorRate

    from transcription.speakers import Diarizer

    found = find_spec("pyannote.audio")
    assert found
    assert found.origin
    sample = telephone(Path(found.origin).parents[2])
    samples = read(sample / "sample.wav")
    truth = load_rttm(sample / "sample.rttm")["sample"]
    diarizer = Diarizer(weights.diarization(models))
    spent = Clock()
    annotation = diarizer.annotate(samples)
    figures = spent.figures(len(samples) / RATE)
    turns = diarizer.turns(samples)
    both = samples[6 * RATE : 18 * RATE]
    return figures | {
        "der": DiarizationErrorRate()(truth, annotation),
        "der_collar": DiarizationErrorRate(collar=0.5)(truth, annotation),
        "speakers": len(annotation.labels()),
        "voices": list(dict.fromkeys(turn.voice for turn in turns)),
        "voices_at_most": [len({turn.voice for turn in diarizer.turns(both, n)}) for n in (1, 2)],
        "overlaps": sum(b.start < a.end for a, b in pairwise(turns)),
    }


def noises() -> list[Samples]:
    """Sounds in which nobody says anything."""
    chance = np.random.default_rng(1)
    hum = np.sin(np.arange(5 * RATE) * 2 * np.pi * 50 / RATE)
    return [
        np.zeros(5 * RATE, np.float32),
        chance.normal(0, 0.02, 5 * RATE).astype(np.float32),
        (0.1 * hum + chance.normal(0, 0.005, 5 * RATE)).astype(np.float32),
    ]


def through_opus(samples: Samples) -> Samples:
    cutter = Cutter()
    cut = [talkspurt for packet in packets(samples) for talkspurt in cutter.push(packet)]
    (talkspurt,) = cut + cutter.flush()
    return decode(talkspurt.packets)


class Clock:
    def __init__(self) -> None:
        self._wall, self._processor = time.monotonic(), time.process_time()

    def figures(self, seconds: float) -> Figures:
        """Time by seconds of audio."""
        return {
            "seconds": round(seconds, 1),
            "wall_rtf": round((time.monotonic() - self._wall) / seconds, 3),
            "cpu_rtf": round((time.process_time() - self._processor) / seconds, 3),
        }


COMMANDS: dict[str, Callable[[Path], Figures]] = {"recognise": recognise, "diarize": diarize}

if __name__ == "__main__":
    main()
