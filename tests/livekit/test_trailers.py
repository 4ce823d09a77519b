"""What SDKs append to pictures, and to whom it is told (protocol §4.9), with the Python SDK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import rtc

from tests.livekit.caller import RATE, SIZE, called
from tests.livekit.signal import PATIENCE
from tests.livekit.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

FEATURES = [rtc.FrameMetadataFeature.FMF_USER_TIMESTAMP, rtc.FrameMetadataFeature.FMF_FRAME_ID]


@asynccontextmanager
async def filming(source: rtc.VideoSource, said: rtc.FrameMetadata) -> AsyncIterator[None]:
    """Pictures that all say the same, at the pace of silence that nobody hears."""
    width, height = SIZE
    frame = rtc.VideoFrame(width, height, rtc.VideoBufferType.RGBA, bytes(4 * width * height))
    pace = rtc.AudioSource(RATE, 1, queue_size_ms=20)

    async def film() -> None:
        while True:
            source.capture_frame(frame, metadata=said)
            for _ in range(7):
                await pace.capture_frame(rtc.AudioFrame(bytes(960), RATE, 1, 480))

    task = asyncio.create_task(film())
    yield
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.rule(314, client="python")
async def test_a_picture_arrives_with_what_was_appended(site: Site, single: bool) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        source = rtc.VideoSource(*SIZE)
        track = rtc.LocalVideoTrack.create_video_track("picture", source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_CAMERA,
            video_codec=rtc.VideoCodec.VP8,
            simulcast=False,
            frame_metadata_features=FEATURES,
        )
        said = rtc.FrameMetadata(user_timestamp=123_456_789, frame_id=7)
        await ada.me.publish_track(track, options)
        async with filming(source, said), asyncio.timeout(PATIENCE):
            stream = rtc.VideoStream(await bob.track_of("ada", rtc.TrackKind.KIND_VIDEO))
            while (event := await anext(stream)).metadata is None:
                pass
            assert event.metadata == said
        await stream.aclose()
