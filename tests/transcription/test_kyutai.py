import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest

from tests.transcription.moshi import Moshi
from tests.transcription.recordings import Samples, packets, silence
from transcription.recognisers.kyutai import Kyutai
from transcription.recognisers.timeline import FRAME, RATE, Timeline
from visio.link import Closed, Draft, Left, Piece

BURST = (0.3 * np.sin(np.arange(4800) * 2 * np.pi * 440 / 16_000)).astype(np.float32)
"""A word of 0.3 s, as the stand-in hears one."""


def words(count: int) -> Samples:
    return np.concatenate([silence(0.3), *[np.concatenate([BURST, silence(0.2)])] * count])


def opus(samples: Samples) -> list[tuple[int, bytes]]:
    return [(packet.timestamp, packet.payload) for packet in packets(samples)]


def pieces(segment: str, samples: Samples, track: str = "TR_1") -> list[Piece]:
    """As the server sends them: five packets at a time."""
    all_ = opus(samples)
    return [Piece(segment, track, tuple(all_[at : at + 5])) for at in range(0, len(all_), 5)]


class Desk:
    """A captioner at work, what it said, and what it told of its troubles."""

    def __init__(self, moshi: Moshi, key: str = "") -> None:
        self.drafts: asyncio.Queue[Draft] = asyncio.Queue()
        self.told: asyncio.Queue[str] = asyncio.Queue()
        self.rests: list[float] = []
        self.rest = asyncio.Event()
        self.kyutai = Kyutai(moshi.url, key, "fr", tell=self.told.put_nowait, pause=self._pause)

    def hear(self, messages: Sequence[Piece]) -> None:
        for message in messages:
            self.kyutai.handle(message)

    async def until(self, text: str) -> Draft:
        while (draft := await self.drafts.get()).text != text:
            pass
        return draft

    async def _pause(self, seconds: float) -> None:
        self.rests.append(seconds)
        await self.rest.wait()


@asynccontextmanager
async def desk(moshi: Moshi, key: str = "") -> AsyncIterator[Desk]:
    async with moshi.serving():
        desk = Desk(moshi, key)
        running = asyncio.create_task(desk.kyutai.run(desk.drafts.put_nowait))
        await asyncio.sleep(0)
        try:
            yield desk
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_words_become_drafts_that_grow() -> None:
    async with desk(Moshi()) as it:
        it.hear(pieces("s", words(3)))
        it.kyutai.handle(Closed("s"))  # the silence after it brings the last words
        assert await it.drafts.get() == Draft("s", "word0", "fr")
        assert await it.drafts.get() == Draft("s", "word0 word1", "fr")
        assert await it.drafts.get() == Draft("s", "word0 word1 word2", "fr")
        assert await it.told.get() == ""


async def test_a_word_belongs_to_what_was_open_when_it_was_said() -> None:
    moshi = Moshi()
    async with desk(moshi) as it:
        it.hear(pieces("one", words(1)))
        it.kyutai.handle(Closed("one"))
        it.hear(pieces("two", words(1)))
        it.kyutai.handle(Closed("two"))
        assert await it.drafts.get() == Draft("one", "word0", "fr")
        assert await it.drafts.get() == Draft("two", "word1", "fr")
        assert moshi.streams == 1


async def test_every_microphone_has_a_stream_and_it_ends_at_once() -> None:
    moshi = Moshi()
    async with desk(moshi) as it:
        for track in ("TR_1", "TR_2"):
            it.hear(pieces(track, words(2), track))
        heard = {(await it.drafts.get()).segment for _ in range(2)}
        assert heard == {"TR_1", "TR_2"}
        assert moshi.open == 2
        it.kyutai.handle(Left("TR_1"))
        await moshi.ended.wait()
        assert moshi.open == 1


async def test_a_broken_stream_is_heard_again_from_the_segments_beginning() -> None:
    moshi = Moshi(broken=1)
    async with desk(moshi) as it:
        it.hear(pieces("s", words(3)))
        assert (await it.drafts.get()).text == "word0"
        assert await it.told.get() == ""
        assert await it.told.get() == "The Kyutai server says what cannot be read."
        moshi.broken = None
        it.rest.set()
        await it.until("word0 word1")
        assert await it.told.get() == ""
        assert it.rests == [3.0]
        assert moshi.streams == 2


async def test_a_full_server_is_asked_again_later() -> None:
    moshi = Moshi(channels=0)
    async with desk(moshi) as it:
        it.hear(pieces("s", words(2)))
        assert await it.told.get() == "The Kyutai server has no free channel."
        moshi.channels = 1
        it.rest.set()
        await it.until("word0")


async def test_a_refused_key_is_told_without_it() -> None:
    moshi = Moshi(key="right")
    async with desk(moshi, "wrong") as it:
        it.hear(pieces("s", words(2)))
        assert await it.told.get() == "The Kyutai server refuses the key."
        assert it.rests == [60.0]


async def test_the_key_opens_the_server() -> None:
    async with desk(Moshi(key="right"), "right") as it:
        it.hear(pieces("s", words(2)))
        await it.until("word0")


async def test_a_server_that_is_away_is_asked_again() -> None:
    moshi = Moshi()
    async with moshi.serving():
        pass
    it = Desk(moshi)
    running = asyncio.create_task(it.kyutai.run(it.drafts.put_nowait))
    await asyncio.sleep(0)
    it.hear(pieces("s", words(1)))
    assert await it.told.get() == "The Kyutai server cannot be reached."
    running.cancel()
    await asyncio.wait([running])


def sent(timeline: Timeline, now: float) -> Samples:
    frames = list(timeline.frames(now))
    assert all(len(frame) == FRAME for frame in frames)
    return np.concatenate([np.zeros(0, np.float32), *frames])


def test_a_hole_in_a_segment_is_silence() -> None:
    timeline = Timeline()
    whole = opus(words(2))
    timeline.push("s", [packet for packet in whole if not 20_000 < packet[0] < 40_000])
    assert abs(len(sent(timeline, 0)) - len(words(2)) * 3 // 2) < FRAME


def test_sound_keeps_its_pitch_and_loudness() -> None:
    timeline = Timeline()
    tone = (0.3 * np.sin(np.arange(32_000) * 2 * np.pi * 440 / 16_000)).astype(np.float32)
    timeline.push("s", opus(tone))
    heard = sent(timeline, 0)[RATE // 2 :][:RATE]
    assert np.argmax(np.abs(np.fft.rfft(heard))) == 440
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_silence_follows_in_step_until_the_stream_is_not_worth_its_place() -> None:
    timeline = Timeline()
    timeline.push("s", opus(words(1)))
    sent(timeline, 0.0)
    assert len(sent(timeline, 5.0)) == 0  # more of it may come
    assert not timeline.idle(5.0)
    timeline.close("s")
    assert len(sent(timeline, 5.0)) == FRAME
    assert len(sent(timeline, 5.05)) == 0
    assert len(sent(timeline, 5.08)) == FRAME
    assert not timeline.idle(14.9)
    assert timeline.idle(15.0)
    timeline.push("t", opus(words(1)))
    assert not timeline.idle(15.0)


def test_a_word_from_before_the_stream_belongs_to_nobody() -> None:
    timeline = Timeline()
    assert timeline.take("word", 1.0) is None
    timeline.push("s", opus(words(1)))
    assert timeline.take("one", -1.0) is None
    assert timeline.take("one", 0.0) == "s"
    assert timeline.take("two", 0.4) == "s"
    assert timeline.text("s") == "one two"
