"""Several media threads: each room on one of them, with a UDP port of its own, TCP for all."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any, cast

import pytest

from sfu import Publication, Sfu, ThreadUse
from sfu._core import Core  # noqa: TID251 - one thread of it shall die
from sfu.events import CoreEvent
from tests.peer import PATIENCE, Remote
from tests.sfu.offers import offer, section
from tests.sfu.participants import Participant, Sender


@pytest.fixture
async def sfu() -> AsyncIterator[Sfu]:
    server = await Sfu.open(host="127.0.0.1", port=0, tcp_port=0, threads=2)
    yield server
    await server.close()


class Room:
    """One who speaks and one who listens."""

    def __init__(self, speaker: Participant, listener: Participant) -> None:
        self.speaker, self.listener = speaker, listener

    @classmethod
    async def open(cls, sfu: Sfu, name: str, *, by_tcp: bool = False) -> "Room":
        speaker = await Participant.open(sfu, by_tcp=by_tcp, room=name)
        return cls(speaker, await Participant.open(sfu, by_tcp=by_tcp, room=name))

    async def __aenter__(self) -> "Room":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.speaker.close()
        await self.listener.close()

    async def begin(self) -> tuple[Sender, Publication]:
        microphone, publication = await self.speaker.publish("audio")
        await self.listener.subscribe(publication)
        return microphone, publication

    def addresses(self) -> set[tuple[tuple[str, int], tuple[str, int] | None]]:
        """Where the server said that its ports are, by UDP and by TCP."""
        remotes = (self.speaker.client.remote, self.listener.client.remote)
        return {(remote.address, remote.tcp_address) for remote in remotes if remote}


async def exchange(rooms: list[Room], packets: list[int]) -> None:
    """So many packets in each room, at the same time; what is said in one is heard there only."""
    microphones = [(await room.begin())[0] for room in rooms]
    said = [[secrets.token_bytes(40) for _ in range(count)] for count in packets]
    for turn in range(max(packets)):
        for microphone, words in zip(microphones, said, strict=True):
            if turn < len(words):
                await microphone.opus(words[turn])
    heard = [
        [(await room.listener.client.packet()).payload for _ in words]
        for room, words in zip(rooms, said, strict=True)
    ]

    assert heard == said
    assert all(room.listener.client.packets.empty() for room in rooms)


def used(sfu: Sfu) -> list[tuple[int, int]]:
    """Rooms and peers of each thread."""
    return [(thread.rooms, thread.peers) for thread in sfu.threads()]


async def counted(sfu: Sfu, packets: int) -> None:
    """Wait for the count of what was forwarded: it is written after what it counts was sent."""
    async with asyncio.timeout(PATIENCE):
        while sfu.counters()["packets_forwarded"] < packets:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)


def forwarded(threads: tuple[ThreadUse, ...]) -> list[int]:
    return [thread.counters["packets_forwarded"] for thread in threads]


@pytest.mark.parametrize("by_tcp", [False, True], ids=["udp", "tcp"])
async def test_rooms_are_on_threads_of_their_own(sfu: Sfu, by_tcp: bool) -> None:
    async with AsyncExitStack() as stack:
        rooms = [
            await stack.enter_async_context(await Room.open(sfu, name, by_tcp=by_tcp))
            for name in ("council", "school")
        ]
        await exchange(rooms, [3, 5])
        await counted(sfu, 8)
        threads = sfu.threads()

        assert threads[0].port == sfu.port != threads[1].port
        assert [room.addresses() for room in rooms] == [
            {(("127.0.0.1", thread.port), ("127.0.0.1", sfu.tcp_port))} for thread in threads
        ]
        assert used(sfu) == [(1, 2), (1, 2)]
        assert forwarded(threads) == [3, 5]
        assert [thread.counters["pairs_validated"] for thread in threads] == [2, 2]
        assert [thread.counters["commands_refused"] for thread in threads] == [0, 0]
        assert sfu.counters()["packets_forwarded"] == 8
        assert sfu.counters()["drop_unknown_ufrag"] == 0
    assert used(sfu) == [(0, 0), (0, 0)]


async def test_a_room_stays_on_its_thread_until_it_is_empty(sfu: Sfu) -> None:
    peers = [sfu.add_peer(lambda event: None, room) for room in ("a", "b", "b", "a", "c", "b")]
    peers.append(sfu.add_subscriber(lambda event: None, "a"))
    assert used(sfu) == [(2, 4), (1, 3)]

    for index in (1, 2):
        await peers[index].close()
    assert used(sfu) == [(2, 4), (1, 1)]
    sfu.add_peer(lambda event: None, "b")
    assert used(sfu) == [(2, 4), (1, 2)]

    for index in (0, 3, 6, 4):
        await peers[index].close()
    assert used(sfu) == [(0, 0), (1, 2)]
    sfu.add_peer(lambda event: None, "d")
    assert used(sfu) == [(1, 1), (1, 2)]


@pytest.mark.slow
async def test_a_room_goes_where_the_fewest_packets_pass(sfu: Sfu) -> None:
    async with await Room.open(sfu, "loud") as loud:
        quiet = [sfu.add_peer(lambda event: None, "quiet") for _ in range(3)]
        assert used(sfu) == [(1, 2), (1, 3)]
        microphone, _ = await loud.begin()
        loop = asyncio.get_running_loop()
        ends = loop.time() + 1.1  # a rate is judged over a second
        while loop.time() < ends:
            for _ in range(20):
                await microphone.opus(b"\xf8loud")
            for _ in range(20):
                await loud.listener.client.packet()
        sfu.add_peer(lambda event: None, "another")
        assert used(sfu) == [(1, 2), (2, 4)]
        for peer in quiet:
            await peer.close()


async def test_nothing_is_forwarded_from_room_to_room(sfu: Sfu) -> None:
    async with await Room.open(sfu, "council") as council, await Room.open(sfu, "school") as school:
        _, publication = await council.speaker.publish("audio")
        with pytest.raises(ValueError, match="room"):
            school.listener.peer.subscribe(publication, stream="PA_a|TR_a", track="TR_a")
        second = sfu.add_subscriber(lambda event: None, "school")
        with pytest.raises(ValueError, match="room"):
            second.subscribe(publication, stream="PA_a|TR_a", track="TR_a")


@pytest.mark.slow
async def test_speakers_of_all_threads_are_told_together(sfu: Sfu) -> None:
    told: asyncio.Queue[tuple[tuple[Publication, float], ...]] = asyncio.Queue()
    sfu.on_speakers(told.put_nowait)

    async def speak(microphone: Sender, level: int) -> None:
        while True:
            await microphone.opus(secrets.token_bytes(40), level)
            await asyncio.sleep(0.02)  # real time: the window is 400 ms of media

    async def hear(*expected: Publication) -> None:
        async with asyncio.timeout(PATIENCE):
            while [who for who, _ in await told.get()] != list(expected):
                pass

    async with await Room.open(sfu, "council") as council, await Room.open(sfu, "school") as school:
        (low, quiet), (high, loud) = await council.begin(), await school.begin()
        speech = [asyncio.create_task(speak(low, 20)), asyncio.create_task(speak(high, 5))]
        await hear(loud, quiet)
        for task, rest in zip(speech, ((loud,), ()), strict=True):
            task.cancel()
            await hear(*rest)


class Dying:
    """A core whose thread dies when it has something to tell; otherwise a real one."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def drain(self) -> list[CoreEvent]:
        self._core.drain()
        raise RuntimeError


async def test_no_room_begins_on_a_thread_that_has_died() -> None:
    first, second = Core.start("127.0.0.1", [0, 0])
    cores = cast(Core, Dying(first)), second
    sfu = Sfu(cores, ["127.0.0.1"], loudest=0, post_quantum=False)
    loop = asyncio.get_running_loop()
    noticed: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    loop.set_exception_handler(lambda _, context: noticed.put_nowait(context))
    alice = await Participant.open(sfu, room="council")
    alice.client.publish("audio", "microphone")
    alice.client.remote = Remote.parse(alice.peer.answer(alice.client.offer()).sdp)
    await alice.client.check()
    async with asyncio.timeout(PATIENCE):
        assert isinstance((await noticed.get())["exception"], RuntimeError)

    for room in ("school", "choir"):
        sfu.add_peer(lambda event: None, room)
    assert used(sfu) == [(1, 1), (2, 2)]
    await alice.close()
    sfu.add_peer(lambda event: None, "library")
    assert used(sfu) == [(0, 0), (3, 3)]
    await sfu.close()


async def test_ports_follow_one_another() -> None:
    first = two_free_ports()
    sfu = await Sfu.open(host="127.0.0.1", port=first, threads=2)
    peers = [sfu.add_peer(lambda event: None, room) for room in range(3)]
    answers = [peer.answer(offer(section("audio", "0"))).sdp.split() for peer in peers]
    assert [thread.port for thread in sfu.threads()] == [first, first + 1]
    assert [[str(port) in answer for port in (first, first + 1)] for answer in answers] == [
        [True, False],
        [False, True],
        [True, False],
    ]
    with pytest.raises(OSError, match="in use"):
        await Sfu.open(host="127.0.0.1", port=first + 1, threads=2)
    await sfu.close()

    with closing(socket(AF_INET, SOCK_DGRAM)) as taken:
        taken.bind(("127.0.0.1", first + 1))
        with pytest.raises(OSError, match="in use"):
            await Sfu.open(host="127.0.0.1", port=first, threads=2)
    again = await Sfu.open(host="127.0.0.1", port=first, threads=2)
    await again.close()


def two_free_ports() -> int:
    """The first of two UDP ports that follow one another."""
    while True:
        with (
            closing(socket(AF_INET, SOCK_DGRAM)) as one,
            closing(socket(AF_INET, SOCK_DGRAM)) as two,
        ):
            one.bind(("127.0.0.1", 0))
            first = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", first + 1))
            except OSError:
                continue
            return first
