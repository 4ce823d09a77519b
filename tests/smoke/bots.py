"""SDK bots that guests of a meeting are: `python -m tests.smoke.bots URL SLUG GUEST…`.

Each GUEST is a JSON object with the fields of `Guest`. They join at once, and then do what the
lines on stdin say: `agree` or `refuse` to be transcribed, `speak`, `leave`; and say when all have
done it.
"""

import asyncio
import json
import subprocess
import sys
import wave
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from livekit import rtc

from tests.processes import Running
from tests.smoke.voices import RATE, Voice


@dataclass(frozen=True)
class Guest:
    """`microphone`: a recording of one channel at RATE, of so many `people` if not of one."""

    name: str
    microphone: str
    people: int | None = None

    @classmethod
    def speaking(cls, name: str, voice: Voice, people: int | None = None) -> "Guest":
        return cls(name, str(voice.microphone), people)


class Bots(Running):
    """That process, as a test drives it."""

    def __init__(self, url: str, slug: str, guests: Sequence[Guest]) -> None:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.smoke.bots", url, slug),
                *(json.dumps(asdict(guest)) for guest in guests),
            ],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        super().__init__(process)
        self.line("joined", timeout=60)

    def stop(self) -> int:
        """Ask it to end, whatever it does; its exit status."""
        status = super().stop()
        assert self.process.stdin
        self.process.stdin.close()
        return status

    def begin(self, command: str) -> None:
        """Ask all for something."""
        assert self.process.stdin
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def do(self, command: str, timeout: float = 60) -> None:
        """Ask all for something, and wait until they have done it."""
        self.begin(command)
        self.line(f"done: {command}", timeout)


class _Bot:
    def __init__(self, http: aiohttp.ClientSession, url: str, slug: str, guest: Guest) -> None:
        self._http = http
        self._url = url
        self._slug = slug
        self._guest = guest
        self._token = ""
        self._room = rtc.Room()
        self._source = rtc.AudioSource(RATE, 1)

    async def join(self) -> None:
        name, people = self._guest.name, self._guest.people
        asked = {"name": name, "shared_microphone": bool(people), "microphone_people": people}
        async with self._http.post(self._path("join"), json=asked) as answer:
            self._token = (await answer.json())["token"]
        await self._room.connect(self._url.replace("http", "ws", 1), self._token)
        track = rtc.LocalAudioTrack.create_audio_track("voice", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self._room.local_participant.publish_track(track, options)

    async def agree(self) -> None:
        await self._answer(granted=True)

    async def refuse(self) -> None:
        await self._answer(granted=False)

    async def speak(self) -> None:
        """The source keeps the pace."""
        with wave.open(self._guest.microphone) as recording:
            while sound := recording.readframes(_FRAME):
                count = len(sound) // 2
                await self._source.capture_frame(rtc.AudioFrame(sound, RATE, 1, count))
        await self._source.wait_for_playout()

    async def leave(self) -> None:
        await self._room.disconnect()

    async def _answer(self, *, granted: bool) -> None:
        async with self._http.get("/api/v1/config") as config:
            wording = (await config.json())["wording"]
        answer = {"granted": granted, "wording": wording, "language": "fr"}
        bearer = {"Authorization": f"Bearer {self._token}"}
        await self._http.put(self._path("consent"), json=answer, headers=bearer)

    def _path(self, rest: str) -> str:
        return f"/api/v1/rooms/{self._slug}/{rest}"


async def _run(url: str, slug: str, guests: Sequence[Guest]) -> None:
    headers = {"Origin": url}
    jar = aiohttp.DummyCookieJar()  # each is a guest of their own
    async with aiohttp.ClientSession(
        url, headers=headers, cookie_jar=jar, raise_for_status=True
    ) as http:
        bots = [_Bot(http, url, slug, guest) for guest in guests]
        await asyncio.gather(*(bot.join() for bot in bots))
        _tell("joined")
        async with asyncio.TaskGroup() as group:
            command = ""
            while command != "leave":
                command = (await asyncio.to_thread(sys.stdin.readline)).strip() or "leave"
                group.create_task(_do(bots, command))


async def _do(bots: Sequence[_Bot], command: str) -> None:
    await asyncio.gather(*(getattr(bot, command)() for bot in bots))
    _tell(f"done: {command}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


_FRAME = RATE // 50

if __name__ == "__main__":
    _, url, slug, *guests = sys.argv
    asyncio.run(_run(url, slug, [Guest(**json.loads(guest)) for guest in guests]))
