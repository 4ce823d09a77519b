"""A bare client with media: the signalling message by message, and one real PeerConnection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from livekit.protocol import models, rtc

from tests.livekit.signal import Signal, connected
from tests.livekit.site import Site
from tests.peer import Client, Remote

ACTIVE = models.ParticipantInfo.ACTIVE


@dataclass
class Guest:
    """Somebody who joined by `/rtc/v1`; `offers` counts those made."""

    signal: Signal
    client: Client
    offers: int = 0

    @property
    def sid(self) -> str:
        return self.signal.sid

    async def negotiate(self) -> rtc.SessionDescription:
        """Offer what the client has, and take the answer; connects by the first."""
        self.offers += 1
        offer = rtc.SessionDescription(type="offer", sdp=self.client.offer(), id=self.offers)
        await self.signal.send(offer=offer)
        answer: rtc.SessionDescription = await self.signal.expect("answer")
        await self.client.accept(answer.sdp)
        return answer

    async def publish(
        self, kind: str, cid: str, *, rids: tuple[str, ...] = (), **request: Any
    ) -> models.TrackInfo:
        """Announce a track and negotiate its section."""
        announced = await self.announce(kind, cid, **request)
        self.client.publish(kind, cid, rids)
        await self.negotiate()
        return announced

    async def announce(self, kind: str, cid: str, **request: Any) -> models.TrackInfo:
        """Send AddTrack only."""
        number = {"audio": models.AUDIO, "video": models.VIDEO}[kind]
        await self.signal.send(add_track=rtc.AddTrackRequest(cid=cid, type=number, **request))
        published = await self.signal.expect("track_published")
        assert published.cid == cid
        track: models.TrackInfo = published.track
        return track

    async def sections(self) -> rtc.SessionDescription:
        """Wait until an offer is asked for, and make it with the sections that are missing."""
        needed = await self.signal.expect("media_sections_requirement")
        self.client.receive(needed.num_audios, needed.num_videos)
        return await self.negotiate()

    async def active(self, identity: str = "") -> None:
        """Wait for the news that the connection stands."""
        await self.signal.state_of(identity or self.signal.join.participant.identity, ACTIVE)

    def sent_in(self, answer: rtc.SessionDescription) -> dict[str, list[str]]:
        """The lines of each section that the server sends in, by track sid."""
        mids = Remote.parse(answer.sdp).mids
        return {track: mids[mid] for mid, track in answer.mid_to_track_id.items()}


@asynccontextmanager
async def joined(
    site: Site,
    identity: str,
    *,
    protocol: int = 17,
    settings: rtc.ConnectionSettings | None = None,
    client_info: models.ClientInfo | None = None,
    request: rtc.JoinRequest | None = None,
    **claims: Any,
) -> AsyncIterator[Guest]:
    """Join as a client that wants everything; it has no connection until it negotiates."""
    asked = request or rtc.JoinRequest()
    asked.client_info.MergeFrom(client_info or models.ClientInfo())
    asked.client_info.protocol = protocol
    asked.connection_settings.MergeFrom(settings or rtc.ConnectionSettings(auto_subscribe=True))
    client = await Client.open()
    try:
        async with connected(site, site.token(identity, **claims), asked) as signal:
            signal.join = (await signal.receive()).join
            assert signal.sid
            yield Guest(signal, client)
    finally:
        await client.close()


@asynccontextmanager
async def present(site: Site, identity: str, **options: Any) -> AsyncIterator[Guest]:
    """Join, and have a connection with data channels."""
    async with joined(site, identity, **options) as guest:
        guest.client.open_data()
        await guest.negotiate()
        await guest.active()
        yield guest
