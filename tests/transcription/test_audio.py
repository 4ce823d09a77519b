import numpy as np
import pytest

from tests.transcription.recordings import librivox, packets, silence
from transcription.audio import RATE, Samples, decode, place


def opus(samples: Samples) -> list[tuple[int, bytes]]:
    return [(packet.timestamp, packet.payload) for packet in packets(samples)]


def likeness(one: Samples, other: Samples) -> float:
    """The best correlation within 20 ms: a codec delays."""
    length = min(len(one), len(other)) - 320
    return max(
        float(np.corrcoef(one[:length], other[delay : delay + length])[0, 1])
        for delay in range(320)
    )


def test_speech_survives_opus() -> None:
    _, samples = librivox()[1]
    heard = decode(opus(samples))
    assert abs(len(heard) - len(samples)) <= RATE // 50
    assert likeness(samples, heard) > 0.9


def test_packets_land_where_their_offset_says() -> None:
    _, samples = librivox()[1]
    sent = opus(samples)
    late = decode([(offset + 48_000, payload) for offset, payload in sent])
    assert not late[: RATE - 500].any()
    assert likeness(decode(sent), late[RATE:]) > 0.99


def test_lost_packets_are_silence_in_their_place() -> None:
    tone = np.sin(np.arange(RATE) / 10).astype(np.float32)
    sent = opus(tone)
    heard = decode(sent[:15] + sent[35:])
    assert len(heard) == len(decode(sent))
    assert np.abs(heard[15 * 320 + 100 : 35 * 320 - 100]).max() < 0.01
    assert np.abs(heard[: 10 * 320]).max() > 0.5


@pytest.mark.parametrize("junk", [b"", b"\x03", b"\xff\xff\xff", bytes(1500)])
def test_what_is_no_opus_is_silence(junk: bytes) -> None:
    sent = opus(silence(0.5))
    heard = decode([*sent[:10], (9600, junk), *sent[11:]])
    assert len(heard) == len(decode(sent))


def test_nothing_decodes_to_nothing() -> None:
    assert len(decode([])) == 0
    assert len(place([])) == 0


def test_what_whisper_cannot_hear_is_filtered_out() -> None:
    """At 48 kHz, 10 kHz would fold back to 6 kHz: of a loud tone, next to nothing is left."""
    tone = np.sin(np.arange(48_000) * 2 * np.pi * 10_000 / 48_000).astype(np.float32)
    sent = [(packet.timestamp, packet.payload) for packet in packets(tone, rate=48_000)]
    heard = decode(sent)[RATE // 2 :]
    assert np.sqrt(np.mean(heard**2)) < 0.03


def test_pieces_keep_their_place() -> None:
    one, two = np.ones(3, np.float32), np.full(2, 2, np.float32)
    assert place([(1, one), (6, two)]).tolist() == [0, 1, 1, 1, 0, 0, 2, 2]
