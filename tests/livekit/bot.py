"""A client that does at random what clients do, and what they should not."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from livekit.protocol import models, rtc
from livekit.protocol.models import ParticipantInfo
from livekit.protocol.rtc import SignalRequest, SignalResponse

from tests.livekit.signal import PATIENCE, wrapped
from tests.livekit.site import Site
from tests.peer import Client

Roster = dict[str, frozenset[str]]
"""The track sids of everybody, by participant sid."""


class Bot:
    """One identity: in the room or not, with a socket and a connection of its own."""

    def __init__(self, site: Site, identity: str, choose: random.Random) -> None:
        self.identity = identity
        self.sid = ""
        self._site = site
        self._choose = choose
        self._socket: ClientWebSocketResponse | None = None
        self._client: Client | None = None
        self._reading: asyncio.Task[None] | None = None
        self._known: dict[str, ParticipantInfo] = {}
        self._answers: asyncio.Queue[rtc.SessionDescription] = asyncio.Queue()
        self._pongs: asyncio.Queue[int] = asyncio.Queue()
        self._offers = 0
        self._missing = (0, 0)

    @property
    def inside(self) -> bool:
        """Whether it has a socket that the server has not closed."""
        return self._socket is not None and self._reading is not None and not self._reading.done()

    @property
    def roster(self) -> Roster:
        """Whom it believes to be there, itself included."""
        there = [p for p in self._known.values() if p.state != ParticipantInfo.DISCONNECTED]
        return {p.sid: frozenset(track.sid for track in p.tracks) for p in there}

    async def act(self) -> None:
        """Do one thing; whatever the server then does to it, it takes."""
        if not self.inside:
            await self._close()
            action: Callable[[], Awaitable[None]] = self._join
        else:
            action = self._choose.choice(self._actions())
        with suppress(ConnectionError):
            await action()

    async def settle(self) -> None:
        """Wait until everything that was told to it has arrived."""
        if self.inside:
            await self._send(ping=1)
            pong, reading = asyncio.create_task(self._pongs.get()), self._reading
            assert reading
            async with asyncio.timeout(PATIENCE):
                await asyncio.wait({pong, reading}, return_when=asyncio.FIRST_COMPLETED)
            pong.cancel()
            await asyncio.wait({pong})

    async def end(self) -> None:
        """Leave, if it is there."""
        if self.inside:
            await self._leave()
        await self._close()

    # What it does

    def _actions(self) -> list[Callable[[], Awaitable[None]]]:
        legal = [self._publish, self._unpublish, self._mute, self._negotiate, self._subscribe]
        legal += [self._set, self._permit, self._rename, self._resume]
        return [*legal, *legal, self._leave, self._vanish, self._break_rules]

    async def _join(self) -> None:
        self._known, self._offers, self._missing = {}, 0, (0, 0)
        self._client = await Client.open()
        self._client.open_data()
        await self._connect(rtc.JoinRequest())
        await self._negotiate()

    async def _connect(self, request: rtc.JoinRequest) -> None:
        request.client_info.protocol = self._choose.choice((9, 14, 17))
        request.connection_settings.auto_subscribe = self._choose.random() < 0.8
        query = {
            "access_token": self._site.token(self.identity),
            "join_request": wrapped(request),
        }
        url = f"{self._site.url}/rtc/v1"
        with suppress(WSServerHandshakeError):
            self._socket = await self._site.http.ws_connect(url, params=query)
            self._reading = asyncio.create_task(self._read(self._socket))

    async def _publish(self) -> None:
        assert self._client
        kind = self._choose.choice(("audio", "video"))
        number = {"audio": models.AUDIO, "video": models.VIDEO}[kind]
        cid = f"c{self._choose.randrange(10**9)}"
        announce = rtc.AddTrackRequest(cid=cid, type=number, source=models.MICROPHONE)
        early = self._choose.random() < 0.5
        if early:
            await self._send(add_track=announce)
        self._client.publish(kind, cid)
        await self._negotiate()
        if not early:
            await self._send(add_track=announce)

    async def _unpublish(self) -> None:
        assert self._client
        sending = [slot for slot in self._client.slots if slot.direction == "sendonly"]
        if sending:
            self._choose.choice(sending).direction = "inactive"
            await self._negotiate()

    async def _negotiate(self) -> None:
        assert self._client
        (audios, videos), self._missing = self._missing, (0, 0)
        if len(self._client.slots) < _MOST_SECTIONS:
            self._client.receive(audios, videos)
        if self._offers and self._choose.random() < 0.2:
            self._client.restart_ice()
        self._offers += 1
        sdp = self._client.offer()
        await self._send(offer=rtc.SessionDescription(type="offer", sdp=sdp, id=self._offers))
        answer = asyncio.create_task(self._answers.get())
        await self._unless_sent_away(answer)
        if answer.done() and not answer.cancelled():
            await self._client.accept(answer.result().sdp)

    async def _unless_sent_away(self, task: asyncio.Task[Any]) -> None:
        assert self._reading
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait({task, self._reading}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.wait({task})

    async def _mute(self) -> None:
        muted = self._choose.random() < 0.5
        await self._send(mute=rtc.MuteTrackRequest(sid=self._some_track(), muted=muted))

    async def _subscribe(self) -> None:
        wanted = self._choose.random() < 0.5
        tracks = [self._some_track() for _ in range(3)]
        await self._send(subscription=rtc.UpdateSubscription(track_sids=tracks, subscribe=wanted))

    async def _set(self) -> None:
        settings = rtc.UpdateTrackSettings(
            track_sids=[self._some_track()],
            disabled=self._choose.random() < 0.3,
            quality=self._choose.choice((models.LOW, models.HIGH)),
        )
        await self._send(track_setting=settings)

    async def _permit(self) -> None:
        everybody = self._choose.random() < 0.7
        await self._send(
            subscription_permission=rtc.SubscriptionPermission(all_participants=everybody)
        )

    async def _rename(self) -> None:
        name = f"{self.identity} {self._choose.randrange(100)}"
        await self._send(update_metadata=rtc.UpdateParticipantMetadata(name=name))

    async def _resume(self) -> None:
        """On another socket; the first is cut before, or left to the server."""
        assert self._socket
        assert self._reading
        old, reading = self._socket, self._reading
        if self._choose.random() < 0.5:
            await old.close()
        sid = self.sid if self._choose.random() < 0.9 else "PA_other"
        await self._connect(rtc.JoinRequest(reconnect=True, participant_sid=sid))
        await old.close()
        await asyncio.wait({reading})

    async def _leave(self) -> None:
        await self._send(leave=rtc.LeaveRequest(reason=models.CLIENT_INITIATED))
        assert self._reading
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait({self._reading})

    async def _vanish(self) -> None:
        """Media and socket end, without a word."""
        await self._close()

    async def _break_rules(self) -> None:
        unknown = rtc.TrackPublishedResponse(cid="c", track=models.TrackInfo(sid="TR_nobody"))
        forbidden: list[dict[str, Any]] = [
            {"offer": rtc.SessionDescription(type="offer", sdp="v=0", id=99)},
            {"answer": rtc.SessionDescription(type="answer", sdp="junk", id=1)},
            {"add_track": rtc.AddTrackRequest(cid="c", type=models.DATA)},
            {"add_track": rtc.AddTrackRequest(cid="c", sid="TR_nobody")},
            {"sync_state": rtc.SyncState(publish_tracks=[unknown])},
            {"update_metadata": rtc.UpdateParticipantMetadata(name="n" * 300)},
        ]
        await self._send(**self._choose.choice(forbidden))

    # Steps

    def _some_track(self) -> str:
        known = sorted(sid for tracks in self.roster.values() for sid in tracks)
        return self._choose.choice([*known, "TR_nobody"])

    async def _send(self, **message: Any) -> None:
        assert self._socket
        await self._socket.send_bytes(SignalRequest(**message).SerializeToString())

    async def _read(self, socket: ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type == WSMsgType.BINARY:
                message = SignalResponse.FromString(frame.data)
                if message.HasField("leave"):
                    break
                self._take(message)
        await socket.close()

    def _take(self, message: SignalResponse) -> None:
        if message.HasField("join"):
            self.sid = message.join.participant.sid
            people = [message.join.participant, *message.join.other_participants]
            self._known = {one.sid: one for one in people}
        for one in message.update.participants:
            known = self._known.get(one.sid)
            assert not known or one.version >= known.version
            self._known[one.sid] = one
        if message.HasField("answer"):
            self._answers.put_nowait(message.answer)
        if message.HasField("pong"):
            self._pongs.put_nowait(message.pong)
        if message.HasField("media_sections_requirement"):
            needed = message.media_sections_requirement
            self._missing = needed.num_audios, needed.num_videos

    async def _close(self) -> None:
        if self._socket:
            await self._socket.close()
        if self._reading:
            await asyncio.wait({self._reading})
            self._reading.result()
        if self._client:
            await self._client.close()
        self._socket = self._client = self._reading = None
        self._answers, self._pongs = asyncio.Queue(), asyncio.Queue()


# Of m-lines in one bot's offers, below what the server refuses.
_MOST_SECTIONS = 100
