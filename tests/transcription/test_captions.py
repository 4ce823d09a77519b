import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count

import aiohttp
import pytest
from aiohttp import web

from tests.store.samples import KEYRING, NOW
from tests.transcription.recordings import librivox, packets
from transcription.audio import RATE, Samples
from transcription.captions import Guess, Redecoding
from transcription.line import keep
from transcription.turns import Turns
from visio.cutter import Talkspurt
from visio.link import Closed, Draft, Left, Piece, greet
from visio.live import Heard, Live, Outlet
from visio.metrics import METRICS, Metrics
from visio.store.sealing import Keyring
from visio.views.captions import WORKER_PATH, local_line
from visio.views.state import CLOCK, LIVE
from visio.views.state import KEYRING as KEYRING_KEY

SPEECH = tuple((packet.timestamp, packet.payload) for packet in packets(librivox()[1][1]))
SECOND = SPEECH[:50]


class Parrot:
    """Says how many seconds it was given, after what it was told to do."""

    def __init__(self) -> None:
        self.before: Callable[[], None] = lambda: None

    def draft(self, samples: Samples, language: str) -> Guess:
        self.before()
        return Guess(f"{len(samples) / RATE:.1f} s", language or "en")


class Desk:
    """A captioner at work and what it said; `now` is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.parrot = Parrot()
        self.turns = Turns()
        self.drafts: asyncio.Queue[Draft] = asyncio.Queue()
        self.captioner = Redecoding(self.parrot, self.turns, lambda: self.now)
        self._task = asyncio.create_task(self.captioner.run(self.drafts.put_nowait))

    def later(self, seconds: float) -> None:
        """Move the clock; whatever it hears next lets it look at it."""
        self.now += seconds
        self.captioner.handle(Left("TR_nobody"))

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    await asyncio.sleep(0)
    yield desk
    await desk.end()


async def test_what_is_open_is_decoded_anew_as_it_grows(desk: Desk) -> None:
    desk.captioner.handle(Piece("s", "TR_1", SECOND))
    desk.later(1)
    assert await desk.drafts.get() == Draft("s", "1.0 s", "en")
    desk.captioner.handle(Piece("s", "TR_1", SPEECH[50:75]))
    desk.later(1)
    assert await desk.drafts.get() == Draft("s", "1.5 s", "en")


async def test_drafts_are_in_the_language_of_the_room(desk: Desk) -> None:
    desk.captioner.handle(Piece("s", "TR_1", SECOND, "fr"))
    desk.later(1)
    assert await desk.drafts.get() == Draft("s", "1.0 s", "fr")


@pytest.mark.parametrize("end", [Closed("s"), Left("TR_1")])
async def test_what_is_over_is_not_said(desk: Desk, end: Closed | Left) -> None:
    loop = asyncio.get_running_loop()
    desk.parrot.before = lambda: (loop.call_soon_threadsafe(desk.captioner.handle, end), None)[1]
    desk.captioner.handle(Piece("s", "TR_1", SECOND))
    desk.captioner.handle(Piece("t", "TR_2", SPEECH[:60]))
    desk.later(1)
    # Its own end came while it was decoded; the other's does not concern this one.
    assert (await desk.drafts.get()).segment == "t"


async def test_a_draft_that_fails_stops_nothing_but_its_segment(desk: Desk) -> None:
    def fail() -> None:
        desk.parrot.before = lambda: None
        raise RuntimeError

    desk.parrot.before = fail
    desk.captioner.handle(Piece("s", "TR_1", SECOND))
    desk.later(0.1)
    desk.captioner.handle(Piece("t", "TR_2", SECOND))
    desk.later(2)
    assert (await desk.drafts.get()).segment == "t"


async def test_what_is_final_goes_first(desk: Desk) -> None:
    with desk.turns.final():
        desk.captioner.handle(Piece("s", "TR_1", SECOND))
        desk.later(1)
        for _ in range(5):
            await asyncio.sleep(0)
        desk.captioner.handle(Piece("s", "TR_1", SPEECH[50:100]))
    assert await desk.drafts.get() == Draft("s", "2.0 s", "en")


class Microphone:
    """Somebody who has been speaking for a second."""

    sid, segment, meeting_id, identity = "TR_1", "s", "m", "ada"

    def open(self, since: int) -> Talkspurt | None:
        return Talkspurt(0.0, 48_000, tuple(one for one in SECOND if one[0] >= since))

    def starts_at(self, talkspurt: Talkspurt) -> int:
        return 0


class Watched(Live):
    """Tells when a worker is there."""

    def __init__(self) -> None:
        super().__init__()
        self.joined: asyncio.Queue[Outlet] = asyncio.Queue()

    def join(self, outlet: Outlet) -> None:
        super().join(outlet)
        self.joined.put_nowait(outlet)


@pytest.fixture
def server() -> web.Application:
    """What the line needs of the server."""
    app = web.Application()
    app[METRICS] = Metrics()
    app[KEYRING_KEY], app[CLOCK], app[LIVE] = KEYRING, lambda: NOW, Live()
    return app


async def test_a_worker_captions_for_a_server_and_comes_back(server: web.Application) -> None:
    live = server[LIVE] = Watched()
    live.wanted = lambda _: True
    shown: asyncio.Queue[Heard] = asyncio.Queue()
    live.show = shown.put_nowait
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    clock = count()  # always a second later: whatever is open is due
    captioner = Redecoding(Parrot(), Turns(), lambda: next(clock))
    async with local_line(server) as address:
        keeping = asyncio.create_task(keep(address, KEYRING, captioner, lambda: NOW, pause))
        for life in range(2):
            await live.joined.get()
            live.feed([Microphone()])
            assert (await shown.get()).draft == Draft("s", "1.0 s", "en")
            live.settle("s", written=True)
            assert len(pauses) == life
            live.hang_up()
        await live.joined.get()
        keeping.cancel()
        await asyncio.wait([keeping])


async def test_a_stranger_and_one_who_babbles_have_no_line(server: web.Application) -> None:
    async with local_line(server) as address:
        connector = aiohttp.UnixConnector(address.removeprefix("unix:"))
        async with aiohttp.ClientSession("http://server", connector=connector) as http:
            stranger, _ = greet(Keyring(bytes(32)), NOW)
            for header in ("", "Basic x", f"Bearer {stranger}"):
                async with http.get(WORKER_PATH, headers={"Authorization": header}) as answer:
                    assert answer.status == 401
            hello, _ = greet(KEYRING, NOW)
            bearer = {"Authorization": f"Bearer {hello}"}
            async with http.get(WORKER_PATH, headers=bearer) as answer:
                assert answer.status == 400  # no WebSocket
            async with http.ws_connect(WORKER_PATH, headers=bearer) as socket:
                await socket.send_bytes(b"babble")
                assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
