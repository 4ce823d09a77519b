"""Somebody with connections who receives everything, as an SDK does: one of many in a room."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from livekit.protocol import models, rtc
from livekit.protocol.models import ParticipantInfo
from livekit.protocol.rtc import SignalRequest, SignalResponse

from tests.livekit.signal import PATIENCE, wrapped
from tests.peer import Client, Slot

KINDS = {"audio": models.AUDIO, "video": models.VIDEO}
SOURCES = {"audio": models.MICROPHONE, "video": models.CAMERA}


class Attendee:
    """In a room while in its `with` block; `single` joins by `/rtc/v1`, otherwise by `/rtc`.

    `there` are the sids of all whom it knows to be connected, itself included, `tracks` those of
    what it is sent; `told` counts the messages it got, by their names; `asked` how often the server
    had it negotiate. `slots` are the sections it publishes in.
    """

    def __init__(
        self,
        http: ClientSession,
        url: str,
        token: str,
        *,
        single: bool = True,
        publishes: Iterable[str] = (),
    ) -> None:
        self._http = http
        self._url = url
        self._token = token
        self._single = single
        self._publishes = tuple(publishes)
        self.sid = ""
        self.there: set[str] = set()
        self.tracks: frozenset[str] = frozenset()
        self._published: dict[str, frozenset[str]] = {}
        self.told: Counter[str] = Counter()
        self.slots: list[Slot] = []
        self._offers = 0
        self._happened = asyncio.Event()
        self._descriptions: asyncio.Queue[tuple[Client, str]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def asked(self) -> int:
        return self.told["media_sections_requirement" if self._single else "offer"]

    @property
    def active(self) -> bool:
        """Whether the server takes it for connected."""
        return self.sid in self.there

    @property
    def served(self) -> bool:
        """Whether it is sent all that others publish, as far as it knows."""
        return all(sids <= self.tracks for sids in self._published.values())

    async def until(self, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait for something that messages bring about."""
        async with asyncio.timeout(patience):
            while not holds():
                self._happened.clear()
                await self._happened.wait()

    async def settle(self) -> None:
        """Wait until everything that was told to it by now has arrived."""
        before = self.told["pong"]
        await self._send(ping=1)
        await self.until(lambda: self.told["pong"] > before)

    def keep_alive(self) -> None:
        """Prove once more that its addresses are its own: to be done every ten seconds."""
        for client in {self.sender, self.receiver} if self._tasks else ():
            if client.remote:
                client.link.transmit(client.binding_request())

    async def __aenter__(self) -> Self:
        self.sender = self.receiver = await Client.open()
        if not self._single:
            self.receiver = await Client.open()
        self.slots = [self.sender.publish(kind, f"{kind}-track") for kind in self._publishes]
        self._socket: ClientWebSocketResponse = await self._connect()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._accept())]
        for slot in self.slots:
            request = rtc.AddTrackRequest(
                cid=slot.cid, type=KINDS[slot.kind], source=SOURCES[slot.kind]
            )
            await self._send(add_track=request)
        if self._single:
            self.sender.open_data()
        if self.sender.slots:
            await self._offer()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        tasks, self._tasks = self._tasks, []
        async with asyncio.timeout(PATIENCE):
            await self._descriptions.join()
        await self._socket.close()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for client in {self.sender, self.receiver}:
            await client.close()

    async def _connect(self) -> ClientWebSocketResponse:
        if not self._single:
            query = {"access_token": self._token, "protocol": "16", "sdk": "go"}
            return await self._http.ws_connect(f"{self._url}/rtc", params=query, max_msg_size=0)
        request = rtc.JoinRequest(client_info=models.ClientInfo(protocol=17))
        request.connection_settings.auto_subscribe = True
        query = {"access_token": self._token, "join_request": wrapped(request)}
        return await self._http.ws_connect(f"{self._url}/rtc/v1", params=query, max_msg_size=0)

    async def _send(self, **message: Any) -> None:
        await self._socket.send_bytes(SignalRequest(**message).SerializeToString())

    async def _offer(self) -> None:
        self._offers += 1
        sdp = self.sender.offer()
        await self._send(offer=rtc.SessionDescription(type="offer", sdp=sdp, id=self._offers))

    async def _read(self) -> None:
        async for frame in self._socket:
            if frame.type == WSMsgType.BINARY:
                message = SignalResponse.FromString(frame.data)
                name = message.WhichOneof("message") or ""
                self.told[name] += 1
                if handle := _HANDLERS.get(name):
                    await handle(self, getattr(message, name))
                self._happened.set()

    async def _accept(self) -> None:
        """Connecting takes a while, in which more messages are read."""
        while True:
            client, sdp = await self._descriptions.get()
            await client.accept(sdp)
            self._descriptions.task_done()

    async def _join(self, told: rtc.JoinResponse) -> None:
        self.sid = told.participant.sid
        await self._update([told.participant, *told.other_participants])

    async def _learn(self, told: rtc.ParticipantUpdate) -> None:
        await self._update(told.participants)

    async def _update(self, people: Iterable[ParticipantInfo]) -> None:
        for one in people:
            if one.state == ParticipantInfo.ACTIVE:
                self.there.add(one.sid)
            else:
                self.there.discard(one.sid)
            if one.sid != self.sid:
                self._published[one.sid] = frozenset(track.sid for track in one.tracks)

    async def _take_answer(self, answer: rtc.SessionDescription) -> None:
        if self._single:
            self.tracks = frozenset(answer.mid_to_track_id.values())
        self._descriptions.put_nowait((self.sender, answer.sdp))

    async def _take_offer(self, offer: rtc.SessionDescription) -> None:
        sdp = self.receiver.answer(offer.sdp)
        await self._send(answer=rtc.SessionDescription(type="answer", sdp=sdp, id=offer.id))
        self.tracks = frozenset(offer.mid_to_track_id.values())
        self._descriptions.put_nowait((self.receiver, offer.sdp))

    async def _make_room(self, needed: rtc.MediaSectionsRequirement) -> None:
        self.receiver.receive(needed.num_audios, needed.num_videos)
        await self._offer()


@asynccontextmanager
async def kept_alive(everybody: Iterable[Attendee]) -> AsyncIterator[None]:
    """Keep the connections of all who are there from being given up, as they come and go."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(_CONSENT)
            for one in everybody:
                one.keep_alive()

    task = asyncio.create_task(keep())
    yield
    task.cancel()
    await asyncio.wait({task})


# Seconds: the server gives an address up after 15.
_CONSENT = 5.0

_HANDLERS: dict[str, Callable[[Attendee, Any], Any]] = {
    "join": Attendee._join,
    "update": Attendee._learn,
    "answer": Attendee._take_answer,
    "offer": Attendee._take_offer,
    "media_sections_requirement": Attendee._make_room,
}
