"""`make bench-captions`: how long after its end a word is shown, in a meeting of two SDK bots.

A table, and a line of JSON: with a stand-in for Kyutai's server that answers half a second late,
and with the Whisper that ships.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from livekit import rtc

from tests.databases import open_folder
from tests.smoke.server import TREE, Server, running_server
from tests.smoke.voices import RATE, Samples, resampled
from tests.transcription.moshi import Moshi
from tests.transcription.recordings import librivox
from tests.wer import align, normalise


@dataclass(frozen=True)
class Spoken:
    """What somebody says: `words` with when each ends, in seconds of the samples (at RATE)."""

    samples: Samples
    words: list[tuple[str, float]]


@dataclass(frozen=True)
class Latency:
    """Seconds from a word's end until it is shown, over the `share` of the words that were."""

    p50: float
    p90: float
    p95: float
    share: float


def bursts(phrases: int, words: int) -> Spoken:
    """Words as the stand-in hears them: 0.3 s of sound, with breaths between phrases.

    Each has a pitch of its own: one in which a packet was lost may sound like two.
    """
    parts, ends = [_silence(2)], []
    for number in range(phrases * words):
        turns = np.arange(RATE * 3 // 10) * (_LOWEST + _APART * number) / RATE
        tone = (0.3 * np.sin(2 * np.pi * turns)).astype(np.float32)
        parts += [tone, _silence(0.2 if (number + 1) % words else 1.5)]
        ends.append((f"word{number}", sum(map(len, parts[:-1])) / RATE))
    return Spoken(np.concatenate(parts), ends)


def reader(models: Path) -> Spoken:
    """A LibriVox volunteer; when the words end is what Whisper finds in the whole recordings."""
    python = str(TREE / ".venv-speech/bin/python")
    command = [python, "-m", "tests.transcription.ends", str(models)]
    done = subprocess.run(command, cwd=TREE, stdout=subprocess.PIPE, check=True, text=True)
    parts, ends = [_silence(2)], []
    for (_, samples), words in zip(librivox(), json.loads(done.stdout), strict=True):
        start = sum(map(len, parts)) / RATE
        ends += [(part, start + end) for word, end in words for part in normalise(word)]
        parts += [resampled(samples, 16_000), _silence(1.5)]
    return Spoken(np.concatenate(parts), ends)


def latency(spoken: Spoken, began: float, seen: Sequence[tuple[float, Sequence[str]]]) -> Latency:
    """`seen`: the texts on the screen since when (of the clock of `began`), oldest first."""
    reference = [word for word, _ in spoken.words]
    shown: dict[int, float] = {}
    for at, texts in seen:
        index = 0
        for wanted, found in align(reference, normalise(" ".join(texts))):
            if wanted is not None:
                if wanted == found:
                    shown.setdefault(index, at)
                index += 1
    waits = [at - began - spoken.words[index][1] for index, at in shown.items()]
    p50, p90, p95 = np.percentile(waits, (50, 90, 95)).round(2).tolist()
    return Latency(p50, p90, p95, round(len(waits) / len(reference), 2))


async def meet(server: Server, spoken: Spoken) -> Latency:
    """A host with captions listens to a guest who speaks."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(server.url, cookie_jar=jar) as http:
        api = _Api(http, server.url)
        await api("POST", "session", {"email": "admin@localhost", "password": server.password})
        words = {"current": server.password, "new": "une phrase de passe choisie"}
        await api("PUT", "session/password", words)
        while (config := await api("GET", "config"))["transcription"]["state"] != "ready":  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        room = (await api("POST", "rooms", {"title": "Captions", "access": "public"}))["slug"]
        asked = {"name": "Guest", "shared_microphone": False}
        host = (await api("POST", f"rooms/{room}/join", asked))["token"]
        http.cookie_jar.clear()
        guest = (await api("POST", f"rooms/{room}/join", asked))["token"]
        async with _inside(server.url, host) as listener, _inside(server.url, guest) as speaker:
            await api("PUT", f"rooms/{room}/transcription", {"on": True}, host)
            await api("PUT", f"rooms/{room}/captions", {"on": True}, host)
            answer = {"granted": True, "wording": config["wording"], "language": "en"}
            await api("PUT", f"rooms/{room}/consent", answer, guest)
            seen = _Screen(listener)
            began = await _speak(speaker, spoken.samples)
            await asyncio.sleep(_LAST_WORDS)
            return latency(spoken, began, seen.history)


class _Api:
    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def __call__(self, method: str, path: str, body: object = None, token: str = "") -> Any:
        headers = {"Origin": self._url} | ({"Authorization": f"Bearer {token}"} if token else {})
        async with self._http.request(
            method, f"/api/v1/{path}", json=body, headers=headers
        ) as answer:
            assert answer.ok, await answer.text()
            return await answer.json() if answer.status != 204 else None


class _Screen:
    """The texts that a listener is shown, in order of their first words."""

    def __init__(self, room: rtc.Room) -> None:
        self.history: list[tuple[float, list[str]]] = []
        self._texts: dict[str, str] = {}
        room.on("transcription_received", self._show)

    def _show(self, segments: list[rtc.TranscriptionSegment], *_: object) -> None:
        for segment in segments:
            self._texts[segment.id] = segment.text
        self.history.append((time.monotonic(), list(self._texts.values())))


@asynccontextmanager
async def _inside(url: str, token: str) -> AsyncIterator[rtc.Room]:
    room = rtc.Room()
    await room.connect(url.replace("http", "ws", 1), token)
    try:
        yield room
    finally:
        await room.disconnect()


async def _speak(room: rtc.Room, samples: Samples) -> float:
    """Say all of it in real time; when its first sample was said (time.monotonic)."""
    source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
    track = rtc.LocalAudioTrack.create_audio_track("voice", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await room.local_participant.publish_track(track, options)
    step = RATE // 100
    began = time.monotonic()
    for number in range(len(samples) // step):
        await asyncio.sleep(max(0.0, began + number * 0.01 - time.monotonic()))
        sound = (samples[number * step : (number + 1) * step] * 32767).astype("<i2")
        await source.capture_frame(rtc.AudioFrame(sound.tobytes(), RATE, 1, step))
    return began


async def with_kyutai(folder: Path, database: str = "sqlite") -> Latency:
    """With a stand-in that says each word half a second after its end."""
    async with Moshi(late=0.5, say=_by_pitch).serving() as moshi:
        os.environ["VISIO_KYUTAI_URL"] = moshi.url
        try:
            with running_server(folder, database) as (server, _):
                return await meet(server, bursts(3, 16))
        finally:
            del os.environ["VISIO_KYUTAI_URL"]


async def with_whisper(folder: Path) -> Latency:
    """With what ships."""
    spoken = reader(folder / "models")
    with running_server(folder, "sqlite") as (server, _):
        return await meet(server, spoken)


def _by_pitch(_number: int, hertz: float) -> str:
    return f"word{round((hertz - _LOWEST) / _APART)}"


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def measure() -> dict[str, float]:
    """Print what both take; the figures of the JSON."""
    with open_folder() as folder:
        kyutai = asyncio.run(with_kyutai(folder))
    with open_folder() as folder:
        whisper = asyncio.run(with_whisper(folder))
    for name, found in (("Kyutai's protocol, 0.5 s late", kyutai), ("Whisper base", whisper)):
        print(f"{name:<32}p50 {found.p50} s  p90 {found.p90} s  p95 {found.p95} s", end="  ")
        print(f"of {found.share:.0%} of the words")
    return {
        "caption_p50_s": kyutai.p50,
        "caption_p95_s": kyutai.p95,
        "caption_default_p50_s": whisper.p50,
        "caption_default_p90_s": whisper.p90,
    }


# Hertz: the first word's pitch, and what lies between two.
_LOWEST = 400
_APART = 40
# Seconds after the last word for the last line.
_LAST_WORDS = 8.0

if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()) + "\n")
