"""A participant on the unmodified Python SDK, whose voice is a tone and whose picture a colour."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from livekit import rtc

from tests.livekit.signal import PATIENCE

EVENTS = (
    "participant_connected",
    "participant_disconnected",
    "participant_name_changed",
    "participant_attributes_changed",
    "participant_active",
    "track_published",
    "track_unpublished",
    "track_subscribed",
    "track_unsubscribed",
    "track_muted",
    "track_unmuted",
    "local_track_subscribed",
    "active_speakers_changed",
    "connection_quality_changed",
    "room_metadata_changed",
    "transcription_received",
    "data_received",
    "data_track_published",
    "data_track_unpublished",
    "reconnecting",
    "reconnected",
    "disconnected",
)


class Caller:
    """One `rtc.Room` whose events can be awaited."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self._news: asyncio.Queue[tuple[str, tuple[Any, ...]]] = asyncio.Queue()
        self._playing: set[asyncio.Task[None]] = set()
        for event in EVENTS:
            self.room.on(event, self._listener(event))  # type: ignore[arg-type]

    @property
    def me(self) -> rtc.LocalParticipant:
        return self.room.local_participant

    async def event(self, name: str, patience: float = PATIENCE) -> tuple[Any, ...]:
        """What the next event of that name tells; those before it are skipped."""
        async with asyncio.timeout(patience):
            while True:
                happened, told = await self._news.get()
                if happened == name:
                    return told

    async def track_of(self, identity: str, kind: rtc.TrackKind.ValueType) -> Any:
        """Wait for a subscribed track of that kind of somebody."""
        while True:
            track, _, participant = await self.event("track_subscribed")
            if (participant.identity, track.kind) == (identity, kind):
                return track

    async def speak(self, hertz: float) -> rtc.LocalTrackPublication:
        """Publish a microphone with a sine tone."""
        source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        publication = await self.me.publish_track(track, options)
        self._play(_tone(source, hertz))
        return publication

    async def show(
        self, colour: tuple[int, int, int], *, simulcast: bool = False
    ) -> rtc.LocalTrackPublication:
        """Publish a camera that sees one colour, as VP8."""
        source = rtc.VideoSource(*SIZE)
        track = rtc.LocalVideoTrack.create_video_track("picture", source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_CAMERA,
            video_codec=rtc.VideoCodec.VP8,
            simulcast=simulcast,
        )
        publication = await self.me.publish_track(track, options)
        self._play(_pictures(source, colour))
        return publication

    async def leave(self) -> None:
        """Stop playing and disconnect."""
        for task in self._playing:
            task.cancel()
        if self._playing:
            await asyncio.wait(self._playing)
        await self.room.disconnect()

    def _play(self, media: Any) -> None:
        self._playing.add(asyncio.create_task(media))

    def _listener(self, name: str) -> Any:
        return lambda *told: self._news.put_nowait((name, told))


@asynccontextmanager
async def called(url: str, *tokens: str, **options: Any) -> AsyncIterator[list[Caller]]:
    """Callers that join one after the other, and leave at the end."""
    async with AsyncExitStack() as stack:
        callers = []
        for token in tokens:
            caller = Caller()
            await caller.room.connect(url, token, rtc.RoomOptions(**OPTIONS, **options))
            stack.push_async_callback(caller.leave)
            callers.append(caller)
        yield callers


async def heard_tone(track: rtc.Track) -> float:
    """The loudest frequency of half a second of a track, in hertz, once it is not silent."""
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
    loud: list[npt.NDArray[np.int16]] = []
    async with asyncio.timeout(PATIENCE):
        async for event in stream:
            samples = np.frombuffer(event.frame.data, dtype=np.int16)
            loud = [*loud, samples] if np.abs(samples).max() > _LOUD else []
            if len(loud) == _HALF_A_SECOND:
                break
    await stream.aclose()
    samples = np.concatenate(loud)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * RATE / len(samples)


async def seen_colour(track: rtc.Track) -> tuple[int, int, int]:
    """The mean colour of the tenth frame of a track."""
    stream = rtc.VideoStream(track, format=rtc.VideoBufferType.RGBA)
    async with asyncio.timeout(PATIENCE):
        for _ in range(_SETTLED):
            frame = (await anext(stream)).frame
    await stream.aclose()
    pixels = np.frombuffer(frame.data, dtype=np.uint8).reshape(-1, 4)
    red, green, blue = pixels[:, :3].mean(axis=0).round().astype(int)
    return int(red), int(green), int(blue)


async def _tone(source: rtc.AudioSource, hertz: float) -> None:
    """Frames of 10 ms; the source itself keeps the pace."""
    position = 0
    while True:
        times = np.arange(position, position + _FRAME) / RATE
        samples = (np.sin(2 * np.pi * hertz * times) * 8000).astype(np.int16)
        await source.capture_frame(rtc.AudioFrame(samples.tobytes(), RATE, 1, _FRAME))
        position += _FRAME


async def _pictures(source: rtc.VideoSource, colour: tuple[int, int, int]) -> None:
    """Pictures of one colour, paced by a silent audio source: one in seven of its frames."""
    width, height = SIZE
    pixels = np.tile(np.array([*colour, 255], dtype=np.uint8), width * height).tobytes()
    pace = rtc.AudioSource(RATE, 1, queue_size_ms=20)
    while True:
        source.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.RGBA, pixels))
        for _ in range(7):
            await pace.capture_frame(rtc.AudioFrame(bytes(2 * _FRAME), RATE, 1, _FRAME))


OPTIONS: dict[str, Any] = {}
"""How everybody connects: tests of both generations set it."""

RATE = 48_000
SIZE = (640, 360)
_FRAME = 480
_LOUD = 1_000
_HALF_A_SECOND = 50
_SETTLED = 10
