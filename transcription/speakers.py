"""Whose voice is it: a pyannote.audio pipeline over one track. Slow to import: only when needed."""

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from transcription.audio import RATE, Samples
from transcription.campplus import DIMENSION, CamPlusPlus
from transcription.words import Turn


def _spare_torchaudio_its_extension() -> None:
    """Let torchaudio import beside a torch without CUDA: we use its pure Python only.

    PyPI has torchaudio built for CUDA, whose library does not load there.
    """
    try:
        import torchaudio  # noqa: F401
    except OSError:
        for name in [name for name in sys.modules if name.startswith("torchaudio")]:
            del sys.modules[name]
        stub = ModuleType("torchaudio._extension")
        stub.__dict__.update(
            _IS_TORCHAUDIO_EXT_AVAILABLE=False, fail_if_no_align=lambda function: function
        )
        sys.modules[stub.__name__] = stub


_spare_torchaudio_its_extension()

from pyannote.audio import Audio, Pipeline  # noqa: E402
from pyannote.audio.core.inference import BaseInference  # noqa: E402
from pyannote.audio.core.plda import PLDA  # noqa: E402
from pyannote.audio.pipelines import SpeakerDiarization  # noqa: E402
from pyannote.audio.pipelines.clustering import AgglomerativeClustering  # noqa: E402
from torchaudio.compliance import kaldi  # noqa: E402


class Diarizer:
    """A pyannote pipeline from a folder in pyannote's own layout: ours or an operator's."""

    def __init__(self, folder: Path) -> None:
        self._pipeline = Pipeline.from_pretrained(folder)

    def turns(self, samples: Samples, max_speakers: int | None = None) -> list[Turn]:
        """Who speaks when, one voice at a time, in order; seconds from the first sample.

        Voices are "S1", "S2", … in the order they are first heard.
        """
        output = self._pipeline(_file(samples), max_speakers=max_speakers)
        exclusive = output.exclusive_speaker_diarization
        names: dict[str, str] = {}
        return [
            Turn(segment.start, segment.end, names.setdefault(label, f"S{len(names) + 1}"))
            for segment, _, label in exclusive.itertracks(yield_label=True)
        ]

    def annotate(self, samples: Samples) -> Any:
        """The pyannote.core.Annotation with overlaps, for measuring."""
        return self._pipeline(_file(samples)).speaker_diarization


class SmallDiarization(SpeakerDiarization):  # type: ignore[misc]
    """pyannote's pipeline with the weights we ship: segmentation-3.0 and CAM++."""

    def __init__(self, segmentation: Any, embedding: Mapping[str, Any], **options: Any) -> None:
        # pyannote knows embeddings by name only. "Oracle" makes it load none, and we put ours;
        # no PLDA is needed to cluster by distance, and None would fetch one from the network.
        super().__init__(
            segmentation=segmentation,
            clustering="OracleClustering",
            plda=object.__new__(PLDA),
            **options,
        )
        folder = Path(embedding["checkpoint"], embedding["subfolder"])
        self._embedding = CamPlusPlusEmbedding(folder / CHECKPOINT)
        self._audio = Audio(sample_rate=self._embedding.sample_rate, mono="downmix")
        self.klustering = "AgglomerativeClustering"
        self.clustering = AgglomerativeClustering(metric=self._embedding.metric)
        self._expects_num_speakers = False


class CamPlusPlusEmbedding(BaseInference):  # type: ignore[misc]
    """CAM++ as pyannote wants its embeddings: called with waveforms and the frames to listen to."""

    sample_rate = RATE
    dimension = DIMENSION
    metric = "cosine"
    min_num_samples = RATE // 4
    """Shorter than a quarter of a second, an embedding says more about the noise than the voice."""

    def __init__(self, checkpoint: Path) -> None:
        self._network = CamPlusPlus.load(checkpoint)
        self._known: tuple[Tensor, Tensor] | None = None
        # Torch's own threads spin, and wait ten times longer on a host that has other work.
        self._threads = ThreadPoolExecutor(min(_MOST_THREADS, len(os.sched_getaffinity(0))))

    def to(self, device: torch.device) -> "CamPlusPlusEmbedding":
        self._network.to(device)
        return self

    def __call__(self, waveforms: Tensor, masks: Tensor | None = None) -> NDArray[np.float32]:
        """(batch, 1, samples) and (batch, frames) → (batch, 192); NaN where too little is heard."""
        if masks is None:
            masks = torch.ones(len(waveforms), 1)
        heard = [self._heard(*pair) for pair in zip(waveforms, masks, strict=True)]
        return np.stack(list(self._threads.map(self._embed, heard)))

    def _heard(self, waveform: Tensor, mask: Tensor) -> Tensor | None:
        """The features of what the mask leaves, unless it is too little."""
        if mask.mean() * waveform.shape[-1] < self.min_num_samples:
            return None
        features = self._features(waveform)
        chosen = functional.interpolate(mask[None, None], size=len(features), mode="nearest")[0, 0]
        return features[chosen > 0.5]

    def _embed(self, heard: Tensor | None) -> NDArray[np.float32]:
        if heard is None:
            return np.full(DIMENSION, np.nan, np.float32)
        with torch.inference_mode():
            embedding: NDArray[np.float32] = self._network(
                (heard - heard.mean(0, keepdim=True))[None]
            )[0].numpy(force=True)
        return embedding

    def _features(self, waveform: Tensor) -> Tensor:
        """80 log-mel bins every 10 ms; pyannote passes the same waveform once a local speaker."""
        if self._known is None or not torch.equal(self._known[0], waveform):
            features = kaldi.fbank(
                waveform * (1 << 15), num_mel_bins=80, sample_frequency=RATE, dither=0.0
            )
            self._known = (waveform, features)
        return self._known[1]


def _file(samples: Samples) -> dict[str, Any]:
    return {"waveform": torch.from_numpy(samples)[None], "sample_rate": RATE, "uri": "track"}


CHECKPOINT = "campplus_cn_en_common.pt"
_MOST_THREADS = 4
