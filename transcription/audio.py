"""Opus packets to samples: one talkspurt, or several put back on one timeline."""

from collections.abc import Iterable

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def decode(packets: Iterable[tuple[int, bytes]]) -> Samples:
    """Mono float32 at 16 kHz from (offset at 48 kHz, Opus packet), in order.

    A packet lands where its offset says: what was lost or never sent (DTX) is silence, and so is
    a packet that is not Opus.
    """
    codec = av.CodecContext.create("opus", "r")
    codec.layout = "mono"
    codec.sample_rate = _OPUS_RATE
    return _decimated(place((offset, _decoded(codec, payload)) for offset, payload in packets))


def place(pieces: Iterable[tuple[int, Samples]]) -> Samples:
    """One timeline out of (index of the first sample, samples); silence in between."""
    placed = list(pieces)
    timeline = np.zeros(max((at + len(some) for at, some in placed), default=0), np.float32)
    for at, some in placed:
        timeline[at : at + len(some)] = some
    return timeline


def _decoded(codec: av.AudioCodecContext, payload: bytes) -> Samples:
    if not payload:  # to FFmpeg, the end of the stream
        return np.zeros(0, np.float32)
    try:
        frames = codec.decode(av.Packet(payload))
    except av.FFmpegError:
        return np.zeros(0, np.float32)
    return np.concatenate(
        [np.zeros(0, np.float32), *(frame.to_ndarray().reshape(-1) for frame in frames)]
    )


def _decimated(samples: Samples) -> Samples:
    """48 kHz to 16 kHz: everything above 8 kHz filtered out, then every third sample."""
    if not len(samples):
        return samples
    filtered = np.convolve(samples, _LOW_PASS, mode="same" if len(samples) > _TAPS else "full")
    return filtered[: len(samples) : _OPUS_RATE // RATE].astype(np.float32)


RATE = 16000
# RTP's clock for Opus is 48 kHz whatever is coded (RFC 7587 §4.1), and so is FFmpeg's decoder.
_OPUS_RATE = 48000
# Odd, so that the filter delays by whole samples: more is steeper and slower.
_TAPS = 97
_MIDDLE = np.arange(_TAPS) - _TAPS // 2
# A windowed sinc; its edge a little below 8 kHz leaves room for its slope.
_LOW_PASS = (np.sinc(_MIDDLE * 2 * 7500 / _OPUS_RATE) * np.hamming(_TAPS)).astype(np.float32)
_LOW_PASS /= _LOW_PASS.sum()
