"""What a microphone hears of a loudspeaker: late, reverberant and quieter."""

import numpy as np

from tests.transcription.recordings import Samples

RATE = 16_000


def echo(samples: Samples, decibels: float, delay: float = 0.12, seed: int = 1) -> Samples:
    """As it comes back in a room of 0.3 s reverberation, direct sound as strong as the rest."""
    chance = np.random.default_rng(seed)
    length = RATE * 3 // 10
    response = chance.normal(0, 1, length) * np.exp(-6.9 * np.arange(length) / length)
    response[0] = np.sqrt((response**2).sum())
    response /= np.sqrt((response**2).sum())
    late = np.concatenate([np.zeros(round(delay * RATE)), samples])
    size = 1 << (len(late) + length).bit_length()
    heard = np.fft.irfft(np.fft.rfft(late, size) * np.fft.rfft(response, size), size)
    return (heard[: len(late)] * 10 ** (decibels / 20)).astype(np.float32)


def noise(count: int, decibels: float = -65, seed: int = 2) -> Samples:
    """The noise of a room."""
    chance = np.random.default_rng(seed)
    return chance.normal(0, 10 ** (decibels / 20), count).astype(np.float32)


def mixed(*sounds: Samples) -> Samples:
    """All at once."""
    together = np.zeros(max(len(sound) for sound in sounds), np.float32)
    for sound in sounds:
        together[: len(sound)] += sound
    return together
