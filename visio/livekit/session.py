"""One participant's connection: SignalRequests in, SignalResponses out, and its media peer."""

import asyncio
import json
import logging
import math
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from functools import partial
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc
from livekit.protocol.rtc import RequestResponse, SignalRequest, SignalResponse

import sfu
from visio import textstreams
from visio.auth.tokens import Claims
from visio.clients import Origin, Spoken
from visio.effects import Effect
from visio.hub import LiveRoom, make_id, steady_clock, wall_clock
from visio.livekit import captions
from visio.livekit.data import DATA_TRACK, RELIABLE, Outgoing, Parcel
from visio.livekit.greeting import SERVER
from visio.livekit.join import granting
from visio.livekit.journal import Journal
from visio.livekit.negotiation import Negotiation
from visio.livekit.offering import Offering
from visio.livekit.outbox import Outbox
from visio.livekit.pace import Pace, units
from visio.livekit.simulation import simulate
from visio.roster import Participant
from visio.signals import understood
from visio.textstreams import Typed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """What sessions share: the media server, how tokens are signed, the TURN servers there are, and
    where the chat's messages go."""

    media: sfu.Sfu
    sign: Callable[[Claims], str]
    ice_servers: Callable[[str], list[rtc.ICEServer]]
    take: Callable[[LiveRoom, str, Typed], Coroutine[Any, Any, None]]


class Topology(Enum):
    """A client's PeerConnections (protocol §3.1, §3.2), and which of two it waits for."""

    SINGLE = auto()
    SUBSCRIBER_FIRST = auto()
    PUBLISHER_FIRST = auto()


class Target(StrEnum):
    """LiveKit's names for the two; one that is alone is called publisher."""

    PUBLISHER = auto()
    SUBSCRIBER = auto()


@dataclass(frozen=True)
class Sabotage:
    """The next resume, if it begins before `until`, is cut: `mute` before anything was said."""

    until: float
    mute: bool


class Session:
    """A participant as its client sees it. The socket may be swapped by a resume; this stays."""

    def __init__(
        self,
        live: LiveRoom,
        sid: str,
        claims: Claims,
        surroundings: Surroundings,
        topology: Topology = Topology.SINGLE,
    ) -> None:
        self.captions = False
        self._outbox: Outbox | None = Outbox()
        self._in_json = False
        self._live = live
        self._sid = sid
        self._claims = claims
        self._surroundings = surroundings
        self._outgoing = Outgoing()
        self._chat = textstreams.Reader()
        self._topology = topology
        self._sabotage: Sabotage | None = None
        media, handler = surroundings.media, partial(partial, self._handle_event)
        self._version = 0
        self._protocol = live.preferred(claims.identity)
        by_tcp = self._protocol == rtc.TCP and media.tcp_port is not None
        room = live.room.sid
        self._publisher = media.add_peer(handler(Target.PUBLISHER), room, by_tcp=by_tcp)
        self.peer: sfu.Peer | sfu.Subscriber = self._publisher
        self._negotiation: Negotiation | Offering = Negotiation(self._publisher, self.tell)
        if topology is not Topology.SINGLE:
            self.peer = media.add_subscriber(handler(Target.SUBSCRIBER), room, by_tcp=by_tcp)
            self._negotiation = Offering(
                self.peer,
                self.tell,
                self._drop,
                self._start_over,
                at_once=topology is Topology.SUBSCRIBER_FIRST,
            )
        self._broken: set[Target] = set()
        self._scores: dict[Target, float] = {}
        self._journal = Journal()
        self._received: dict[str, int] = {}
        self._reopening = False
        self._mending: asyncio.TimerHandle | None = None
        self._pace = Pace(steady_clock())
        self._rest = 0.0
        self._hurried = False

    # For the routes

    def begin(self, request: rtc.JoinRequest) -> Outbox:
        """Process what came together with the join; returns what waits for the socket."""
        self._version = request.client_info.protocol
        settings = request.connection_settings
        if settings.HasField("subscriber_allow_pause"):
            self.peer.keep(0 if settings.subscriber_allow_pause else math.inf)
        self._negotiation.begin()
        return self._take(request)

    def resume(self, request: rtc.JoinRequest) -> Outbox:
        """Go on with another socket: the old one is closed, without a leave."""
        if self._outbox:
            self._outbox.close()
        outbox = self._outbox = Outbox()
        self._in_json = False
        self._break()
        self._await_repetitions()
        sabotage = self._sabotaged()
        if sabotage and sabotage.mute:
            outbox.close()
            return outbox
        self._perform(self._live.room.resume(self._sid, steady_clock()))
        if sabotage:
            outbox.close()
            return outbox
        self._negotiation.resume()
        if request.HasField("sync_state"):
            self._handle_message("sync_state", request.sync_state)
        return self._take(request)

    async def serve(
        self, websocket: web.WebSocketResponse, outbox: Outbox, abort: Callable[[], None]
    ) -> None:
        """Read the client's messages until either side closes the socket; `abort` cuts it."""
        pump = asyncio.create_task(outbox.pump(websocket, abort))
        try:
            async for frame in websocket:
                if frame.type is WSMsgType.PING:
                    with suppress(ConnectionError):
                        await websocket.pong(frame.data)
                if code := self._handle_frame(frame.type, frame.data):
                    outbox.close(code)
                    break
                # Also without a rest: what came at once must not be looked at in one go.
                await asyncio.sleep(self._rest)
        finally:
            outbox.close()
            await pump

    def lose(self, outbox: Outbox) -> None:
        """That socket is gone; unless another took its place, the participant is away."""
        if self._outbox is outbox:
            self._outbox = None
            self._negotiation.pause()
            self._break()
            self._perform(self._live.room.lose_signal(self._sid, steady_clock()))

    # For the hub

    def tell(self, message: SignalResponse) -> None:
        """Send a message, or forget it while there is no socket: a resume tells everything."""
        if self._outbox:
            self._complete(message)
            told = understood(message, self._version)
            self._outbox.put(
                MessageToJson(told, indent=None) if self._in_json else told.SerializeToString()
            )

    def refresh_token(self) -> None:
        """Send a token that carries what the participant is called now."""
        participant = self._participant
        grants = self._claims.grants
        claims = replace(
            self._claims,
            grants=grants and granting(grants, participant.permission),
            name=participant.name,
            metadata=participant.metadata,
            attributes=dict(participant.attributes),
        )
        self.tell(SignalResponse(refresh_token=self._surroundings.sign(claims)))

    def renegotiate(self) -> None:
        """What the peer must be sent has changed."""
        self._negotiation.schedule()

    def show(self, utterance: Spoken) -> None:
        """Send a line of the transcript, or a draft of one where drafts were asked for."""
        # Sending to another may have removed it.
        participant = self._live.room.participants.get(self._sid)
        if participant and (utterance.final or self.captions):
            whole = participant.client.client_protocol >= captions.WHOLE_STREAMS
            for packet in captions.packets(utterance, make_id("ST_"), wall_clock(), whole=whole):
                self.send(RELIABLE, packet)

    def send(self, label: str, data: bytes, origin: Origin | None = None) -> None:
        """Send a data packet; a reliable one waits for an open channel."""
        try:
            self._primary.send(label, data)
            if origin:
                self._journal.note(data, origin, steady_clock())
        except sfu.ReaderTooSlow:
            # Its channel is closed and it has missed something.
            self._start_over()
        except sfu.ChannelClosed:
            if label == RELIABLE:
                self._journal.hold(data, origin, steady_clock())
        except sfu.MessageTooLong:
            logger.debug("%s: a data packet grew too long", self._sid)

    async def depart(self) -> None:
        """The participant is out: close the socket, after what it was told, and the peer."""
        self._negotiation.stop()
        self._break()
        if self._outbox:
            self._outbox.close()
        await self._publisher.close()
        await self.peer.close()

    # What clients have happen to themselves, to test how they take it

    def _simulate(self, scenario: rtc.SimulateScenario) -> None:
        now = steady_clock()
        match scenario.WhichOneof("scenario"):
            case "disconnect_signal_on_resume":
                self._sabotage = Sabotage(now + _SABOTAGE_LIFE, mute=False)
            case "disconnect_signal_on_resume_no_messages":
                self._sabotage = Sabotage(now + _SABOTAGE_LIFE, mute=True)
            case "switch_candidate_protocol":
                self._live.prefer(self._claims.identity, scenario.switch_candidate_protocol)
            case "subscriber_bandwidth":
                self.peer.limit_bandwidth(max(0, scenario.subscriber_bandwidth))
            case _:
                self._perform(simulate(self._live.room, self._sid, scenario, now))

    def _sabotaged(self) -> "Sabotage | None":
        """What is to happen to the resume that begins now."""
        sabotage, self._sabotage = self._sabotage, None
        return sabotage if sabotage and steady_clock() < sabotage.until else None

    # What arrives

    @property
    def _participant(self) -> Participant:
        return self._live.room.participants[self._sid]

    @property
    def _primary(self) -> sfu.Peer | sfu.Subscriber:
        """The connection which the client waits for, and on which it gets its data."""
        first = self._topology is Topology.PUBLISHER_FIRST
        return self._publisher if first else self.peer

    def _take(self, request: rtc.JoinRequest) -> Outbox:
        """Process what else stands in a join request; returns what waits for the socket."""
        outbox = self._outbox = self._outbox or Outbox()
        for track in request.add_track_requests:
            self._handle_message("add_track", track)
        if request.HasField("publisher_offer"):
            self._handle_message("offer", request.publisher_offer)
        return outbox

    def _perform(self, decided: list[Effect]) -> None:
        self._live.perform(decided)

    def _handle_frame(self, kind: WSMsgType, data: Any) -> int:
        """Process a frame; returns the code to close the socket with, or 0."""
        if kind in (WSMsgType.PING, WSMsgType.PONG):
            self._spend("", len(data))
            return 0
        if kind not in (WSMsgType.BINARY, WSMsgType.TEXT):
            # A socket that broke comes as a frame too: its data is the error.
            return WSCloseCode.UNSUPPORTED_DATA
        self._live.room.note_alive(self._sid, steady_clock())
        # Answers are of the kind that was received last; JSON is for people who look on.
        self._in_json = kind == WSMsgType.TEXT
        try:
            request = _read_json(data) if self._in_json else SignalRequest.FromString(data)
        except (DecodeError, ParseError, ValueError, RecursionError):
            return WSCloseCode.INVALID_TEXT
        name = request.WhichOneof("message")
        self._spend(name or "", len(data))
        if len(data) > _LARGEST_FRAME and name not in _WITH_SDP:
            return WSCloseCode.MESSAGE_TOO_BIG
        if name:
            self._handle_message(name, getattr(request, name))
        return 0

    def _spend(self, name: str, size: int) -> None:
        self._rest = self._pace.spend(units(name, size), steady_clock())
        if self._rest and not self._hurried:
            self._hurried = True
            logger.warning("%s sends more than it may: it is slowed down", self._sid)

    def _handle_message(self, name: str, message: Any) -> None:
        """Unknown messages are ignored; so is everything of a participant who is out."""
        if self._sid in self._live.clients and name in _HANDLERS:
            _HANDLERS[name](self, message)

    def _offer(self, offer: rtc.SessionDescription) -> None:
        room = self._live.room
        try:
            answer = self._publisher.answer(offer.sdp, room.preferred_codecs(self._sid))
        except sfu.SdpError as error:
            self._refuse(error)
            return
        # Whom the answer concerns must know of the tracks before it does: hence this order.
        for publication in answer.ended:
            self._live.unpublish(self._sid, publication)
        for publication in answer.published:
            self._live.publish(self._sid, publication)
        self._drop(answer.unsupported)
        description = rtc.SessionDescription(
            type="answer", sdp=answer.sdp, id=offer.id, mid_to_track_id=answer.tracks
        )
        self.tell(SignalResponse(answer=description))
        self._negotiation.handle_answered()

    def _answer(self, answer: rtc.SessionDescription) -> None:
        try:
            self._negotiation.handle_answer(answer)
        except sfu.SdpError as error:
            self._refuse(error)

    def _add_track(self, request: rtc.AddTrackRequest) -> None:
        self._perform(self._live.room.add_track(self._sid, request, steady_clock()))

    def _mute(self, request: rtc.MuteTrackRequest) -> None:
        self._perform(self._live.room.mute(self._sid, request))

    def _update_audio_track(self, request: rtc.UpdateLocalAudioTrack) -> None:
        self._perform(self._live.room.update_audio_track(self._sid, request))

    def _update_video_track(self, request: rtc.UpdateLocalVideoTrack) -> None:
        self._perform(self._live.room.update_video_track(self._sid, request))

    def _update_subscription(self, request: rtc.UpdateSubscription) -> None:
        self._perform(self._live.room.update_subscription(self._sid, request, steady_clock()))

    def _set_track_settings(self, settings: rtc.UpdateTrackSettings) -> None:
        self._perform(self._live.room.set_track_settings(self._sid, settings, steady_clock()))

    def _set_subscription_permission(self, grants: rtc.SubscriptionPermission) -> None:
        room = self._live.room
        self._perform(room.set_subscription_permission(self._sid, grants, steady_clock()))

    def _update_metadata(self, request: rtc.UpdateParticipantMetadata) -> None:
        self._perform(self._live.room.update_metadata(self._sid, request))

    def _sync(self, state: rtc.SyncState) -> None:
        self._perform(self._live.room.sync(self._sid, state, steady_clock()))
        if self._sid in self._live.clients:
            told = state.datachannel_receive_states
            self._received = {one.publisher_sid: one.last_seq for one in told}
            self._replay()

    def _replay(self) -> None:
        """Send again what the client has not, if it drops what it has (protocol §3.7).

        Clients that keep no account of what they received do not number what they send either.
        What still waits in the channel needs no repeating.
        """
        accounts = self._received or self._outgoing.last_sequence
        if not accounts or self._primary.buffered(RELIABLE):
            return
        try:
            for packet in self._journal.missing(self._received, steady_clock()):
                self._primary.send(RELIABLE, packet)
        except sfu.ReaderTooSlow:
            self._start_over()
        except sfu.ChannelClosed:
            pass  # once it opens again, this is done again

    def _leave(self, _request: rtc.LeaveRequest) -> None:
        reason = models.CLIENT_INITIATED
        self._perform(self._live.room.leave(self._sid, reason, steady_clock()))

    def _ping(self, _sent_at: int) -> None:
        self.tell(SignalResponse(pong=wall_clock()))

    def _ping_request(self, ping: rtc.Ping) -> None:
        pong = rtc.Pong(last_ping_timestamp=ping.timestamp, timestamp=wall_clock())
        self.tell(SignalResponse(pong_resp=pong))

    def _publish_data_track(self, request: rtc.PublishDataTrackRequest) -> None:
        self._perform(self._live.room.publish_data_track(self._sid, request))

    def _unpublish_data_track(self, request: rtc.UnpublishDataTrackRequest) -> None:
        self._perform(self._live.room.unpublish_data_track(self._sid, request))

    def _update_data_subscription(self, request: rtc.UpdateDataSubscription) -> None:
        self._perform(self._live.room.update_data_subscription(self._sid, request))

    def _refuse_blob(self, request: rtc.StoreDataBlobRequest | rtc.GetDataBlobRequest) -> None:
        answer = RequestResponse(request_id=request.request_id, reason=RequestResponse.NOT_ALLOWED)
        self.tell(SignalResponse(request_response=answer))

    def _handle_event(self, target: Target, event: sfu.PeerEvent) -> None:
        if self._sid in self._live.clients:
            _EVENT_HANDLERS[type(event)](self, target, event)

    def _connected(self, target: Target, _event: sfu.Connected) -> None:
        logger.info(
            "%s: media of the %s: %s", self._sid, target, self._connection(target).handshake
        )
        self._broken.discard(target)
        primary = self._primary is self._connection(target)
        if not self._broken and (primary or self._participant.active):
            self._perform(self._live.room.activate(self._sid, steady_clock()))

    def _disconnected(self, target: Target, event: sfu.Disconnected) -> None:
        logger.info("%s: media of the %s %s", self._sid, target, event.reason)
        self._broken.add(target)
        for_good = event.reason != sfu.DisconnectReason.LOST
        self._perform(self._live.room.lose_media(self._sid, steady_clock(), for_good=for_good))

    def _connection(self, target: Target) -> sfu.Peer | sfu.Subscriber:
        return self._publisher if target is Target.PUBLISHER else self.peer

    def _channel_opened(self, target: Target, event: sfu.ChannelOpened) -> None:
        if self._primary is not self._connection(target):
            return
        if event.label == RELIABLE:
            if self._reopening:
                self._replay()  # what was on its way in the channel before
            self._reopening = True
            for entry in self._journal.release(steady_clock()):
                self.send(RELIABLE, entry.packet, entry.origin)

    def _data_received(self, _target: Target, event: sfu.DataReceived) -> None:
        if event.label == DATA_TRACK:
            tracks, now = self._live.room.data_tracks, steady_clock()
            for sid, packet in tracks.forward(self._participant, event.data, now):
                self._live.send(sid, DATA_TRACK, packet)
            return
        for parcel in self._outgoing.forward(self._participant, event.label, event.data):
            self._deliver(parcel)

    def _deliver(self, parcel: Parcel) -> None:
        if not (self._settle(parcel) or self._write(parcel)):
            room = self._live.room
            for other in room.audience(self._sid, parcel.identities, parcel.sids):
                self._live.send(other.sid, parcel.label, parcel.packet, parcel.origin)

    def _await_repetitions(self) -> None:
        """The client has another socket: for a while it may send again what was lost."""
        loop = asyncio.get_running_loop()
        self._mending = loop.call_later(_REPEATING, self._end_repetitions)

    def _end_repetitions(self) -> None:
        if self._sid in self._live.clients:
            for parcel in self._outgoing.mended():
                self._deliver(parcel)

    def _break(self) -> None:
        """The socket is gone: packets of its client may overtake each other."""
        self._outgoing.mending = True
        if self._mending:
            self._mending.cancel()

    def _settle(self, parcel: Parcel) -> bool:
        """Whether the packet answers a call that the server itself made."""
        waiting = [self._live.calls[who] for who in parcel.identities if who in self._live.calls]
        for settle in waiting:
            settle(parcel.packet)
        return bool(waiting)

    def _write(self, parcel: Parcel) -> bool:
        """Whether the packet is of the meeting's chat, which we write down and show ourselves."""
        if not (parcel.of_stream and self._live.meeting):
            return False
        written = self._chat.take(parcel.packet)
        for typed in written or ():
            self._live.start_chore(self._surroundings.take(self._live, self._sid, typed))
        return written is not None

    def _rated(self, target: Target, event: sfu.Quality) -> None:
        self._scores[target] = event.score
        self._perform(self._live.room.rate(self._sid, min(self._scores.values())))

    def _stream_paused(self, _target: Target, event: sfu.StreamPaused) -> None:
        track = event.subscription.track
        self._perform(self._live.room.change_stream(self._sid, track, paused=True))

    def _stream_resumed(self, _target: Target, event: sfu.StreamResumed) -> None:
        track = event.subscription.track
        self._perform(self._live.room.change_stream(self._sid, track, paused=False))

    # What leaves

    def _complete(self, message: SignalResponse) -> None:
        """Add to the first message what rooms know nothing of."""
        if message.HasField("join"):
            message.join.MergeFrom(SERVER)
            first = self._topology is Topology.SUBSCRIBER_FIRST
            message.join.subscriber_primary = first
            message.join.fast_publish = message.join.participant.permission.can_publish
            servers = self._surroundings.ice_servers(self._sid)
            if self._protocol == rtc.TLS and (relays := _over_tls(servers)):
                servers = relays
                message.join.client_configuration.force_relay = models.ENABLED
            message.join.ice_servers.extend(servers)
        elif message.HasField("reconnect"):
            message.reconnect.server_info.CopyFrom(SERVER.server_info)
            message.reconnect.ice_servers.extend(self._surroundings.ice_servers(self._sid))
            message.reconnect.last_message_seq = self._outgoing.last_sequence

    def _drop(self, unsupported: Iterable[sfu.Subscription]) -> None:
        """The client cannot decode these."""
        for subscription in unsupported:
            self._live.fail_subscription(self._sid, subscription.track)

    def _refuse(self, error: sfu.SdpError) -> None:
        """Have the client join again, unless it would say the same: then its user must know."""
        logger.warning("%s: refused a description: %s", self._sid, error)
        if isinstance(error, sfu.SdpTooLarge):
            room = self._live.room
            self._perform(room.dismiss(self._sid, models.MEDIA_FAILURE, steady_clock()))
        else:
            self._start_over()

    def _start_over(self) -> None:
        """Have the client join again: we do not know what it knows."""
        again = rtc.LeaveRequest.RECONNECT
        room = self._live.room
        self._perform(room.dismiss(self._sid, models.STATE_MISMATCH, steady_clock(), again))


def _over_tls(servers: Iterable[rtc.ICEServer]) -> list[rtc.ICEServer]:
    """The same TURN servers, by those of their addresses that are TLS."""
    secure = [
        rtc.ICEServer(
            urls=[url for url in server.urls if url.startswith("turns:")],
            username=server.username,
            credential=server.credential,
        )
        for server in servers
    ]
    return [server for server in secure if server.urls]


def _read_json(text: str) -> SignalRequest:
    """Raises ValueError, ParseError, RecursionError."""
    if not isinstance(told := json.loads(text), dict):
        raise ValueError("a message is an object")
    return ParseDict(told, SignalRequest(), ignore_unknown_fields=True)


# Seconds from a resume until the client's SDK has restarted ICE, at most, and sent again what it
# must: more delays packets behind one that it gave up, less lets them overtake those repeated.
_REPEATING = 20.0

# Seconds in which the client is expected to resume.
_SABOTAGE_LIFE = 5.0

# Bytes; frames with a description may be as long as the socket lets in (reliability.md 0.4).
_LARGEST_FRAME = 64 * 1024
_WITH_SDP = {"offer", "answer", "sync_state"}
LARGEST_FRAME = 1024 * 1024
"""Bytes of any frame; the socket is closed with 1009 by a longer one."""

# Not here: `trickle`, because we are ICE-lite and learn clients' addresses from their checks.
_HANDLERS: Mapping[str, Callable[[Session, Any], None]] = {
    "offer": Session._offer,
    "answer": Session._answer,
    "add_track": Session._add_track,
    "mute": Session._mute,
    "update_audio_track": Session._update_audio_track,
    "update_video_track": Session._update_video_track,
    "subscription": Session._update_subscription,
    "track_setting": Session._set_track_settings,
    "subscription_permission": Session._set_subscription_permission,
    "update_metadata": Session._update_metadata,
    "sync_state": Session._sync,
    "leave": Session._leave,
    "ping": Session._ping,
    "ping_req": Session._ping_request,
    "simulate": Session._simulate,
    "publish_data_track_request": Session._publish_data_track,
    "unpublish_data_track_request": Session._unpublish_data_track,
    "update_data_subscription": Session._update_data_subscription,
    "store_data_blob_request": Session._refuse_blob,
    "get_data_blob_request": Session._refuse_blob,
}

_EVENT_HANDLERS: Mapping[type, Callable[[Session, Target, Any], None]] = {
    sfu.Connected: Session._connected,
    sfu.Disconnected: Session._disconnected,
    sfu.ChannelOpened: Session._channel_opened,
    sfu.DataReceived: Session._data_received,
    sfu.Quality: Session._rated,
    sfu.StreamPaused: Session._stream_paused,
    sfu.StreamResumed: Session._stream_resumed,
}
