"""Opus packets to samples: one talkspurt, or several put back on one timeline."""

from collections.abc import Iterable

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class Opus:
    """Decodes the packets of one stream, in order, to mono float32 at 48 kHz."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("opus", "r")
        self._codec.layout = "mono"
        self._codec.sample_rate = OPUS_RATE

    def decode(self, payload: bytes) -> Samples:
        """A packet's samples; none where it is not Opus."""
        if not payload:  # to FFmpeg, the end of the stream
            return np.zeros(0, np.float32)
        try:
            frames = self._codec.decode(av.Packet(payload))
        except av.FFmpegError:
            return np.zeros(0, np.float32)
        return np.concatenate(
            [np.zeros(0, np.float32), *(frame.to_ndarray().reshape(-1) for frame in frames)]
        )


def decode(packets: Iterable[tuple[int, bytes]]) -> Samples:
    """Mono float32 at 16 kHz from (offset at 48 kHz, Opus packet), in order.

    A packet lands where its offset says: what was lost or never sent (DTX) is silence, and so is
    a packet that is not Opus.
    """
    opus = Opus()
    return _decimated(place((offset, opus.decode(payload)) for offset, payload in packets))


def place(pieces: Iterable[tuple[int, Samples]]) -> Samples:
    """One timeline out of (index of the first sample, samples); silence in between."""
    placed = list(pieces)
    timeline = np.zeros(max((at + len(some) for at, some in placed), default=0), np.float32)
    for at, some in placed:
        timeline[at : at + len(some)] = some
    return timeline


def _decimated(samples: Samples) -> Samples:
    """48 kHz to 16 kHz: everything above 8 kHz filtered out, then every third sample."""
    if not len(samples):
        return samples
    filtered = np.convolve(samples, _LOW_PASS, mode="same" if len(samples) > _TAPS else "full")
    return filtered[: len(samples) : OPUS_RATE // RATE].astype(np.float32)


def low_pass(edge: float, taps: int) -> Samples:
    """A windowed sinc at 48 kHz that keeps what is below `edge` hertz."""
    middle = np.arange(taps) - taps // 2
    kept = (np.sinc(middle * 2 * edge / OPUS_RATE) * np.hamming(taps)).astype(np.float32)
    return np.asarray(kept / kept.sum(), np.float32)


RATE = 16000
# RTP's clock for Opus is 48 kHz whatever is coded (RFC 7587 §4.1), and so is FFmpeg's decoder.
OPUS_RATE = 48000
# Odd, so that the filter delays by whole samples: more is steeper and slower.
_TAPS = 97
# Its edge a little below 8 kHz leaves room for its slope.
_LOW_PASS = low_pass(7500, _TAPS)
