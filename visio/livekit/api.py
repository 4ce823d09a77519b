"""LiveKit's server API: what programs may ask of the live rooms, and may do in them.

One small method a call; what it changes is decided by the room's rules (protocol §5.2).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web
from google.protobuf.message import Message
from livekit.protocol import models, room, rtc
from livekit.protocol.models import DataPacket
from livekit.protocol.rtc import RequestResponse

from visio import roster
from visio.auth import tokens
from visio.auth.tokens import Grants
from visio.errors import InvalidToken, RoomNotFound, Unavailable
from visio.hub import HUB, Hub, LiveRoom, make_id, steady_clock, wall_clock
from visio.livekit import data, twirp
from visio.livekit.join import LONGEST_NAME, bearer
from visio.livekit.keys import NOTE, SIGNING_KEYS
from visio.livekit.twirp import Refused
from visio.roster import Participant
from visio.store import outages
from visio.store.acts import Act
from visio.store.audit import Deed

logger = logging.getLogger(__name__)


async def answer(request: web.Request) -> web.Response:
    """Answer one call, or say in Twirp's words why not."""
    try:
        claims = tokens.verify(request.app[SIGNING_KEYS], bearer(request), now=wall_clock())
    except InvalidToken:
        return web.Response(status=401, text="invalid authorization token")
    try:
        return await _answer(request, claims.key, claims.grants or Grants())
    except Refused as refusal:
        return refusal.response()
    except Unavailable:
        return Refused("unavailable", "the server is stopping").response()
    except Exception as error:
        if outage := outages.refusal(error):
            logger.warning("%s: %s", request.match_info["method"], outage.code)
            return Refused("unavailable", outage.title).response()
        logger.exception("%s failed", request.match_info["method"])
        return Refused("internal", "something went wrong on the server").response()


async def _answer(request: web.Request, key: str, grants: Grants) -> web.Response:
    method = twirp.find_method(request)
    if method.full_name not in _CALLS:
        raise Refused("unimplemented", f"{method.full_name} is not available here")
    asked = await twirp.read(request, method)
    may, call = _CALLS[method.full_name]
    if not may(grants, asked):
        # The reference's code: its clients look for it rather than for permission_denied.
        raise Refused("unauthenticated", "permissions denied")
    if method.name in _ACTS:
        live = request.app[HUB].opened(getattr(asked, "room", ""))
        await request.app[NOTE](request, key, _deed(method.name, live, asked))
    return twirp.write(request, await call(request.app[HUB], asked))


def _deed(method: str, live: LiveRoom | None, asked: Message) -> Deed:
    """What is asked for, for the audit: names of rooms are words of others, and left out."""
    identity = getattr(asked, "identity", "")
    whom = ("participant", identity) if identity else None
    return Deed(Act.CALLED, whom, live.id if live else None, detail={"method": method})


# Who may


def _may_create(grants: Grants, _asked: Message) -> bool:
    return grants.room_create


def _may_list(grants: Grants, _asked: Message) -> bool:
    return grants.room_list


def _may_administer(grants: Grants, asked: "InRoom") -> bool:
    return grants.room_admin and grants.room == asked.room


# Rooms


async def _create_room(hub: Hub, asked: room.CreateRoomRequest) -> models.Room:
    asked.name = asked.name or make_id("RM_")
    if len(asked.name) > LONGEST_NAME or any(ord(letter) < ord(" ") for letter in asked.name):
        raise Refused("invalid_argument", f"a room name has at most {LONGEST_NAME} characters")
    if asked.room_preset:
        raise Refused("invalid_argument", "unknown room preset")
    if asked.HasField("egress") or asked.agents:
        raise Refused("unimplemented", "egress and agents are not available here")
    if asked.metadata:
        await _refuse_metadata(hub, asked.name, asked.metadata)
    return (await hub.create(asked)).room.info()


async def _list_rooms(hub: Hub, asked: room.ListRoomsRequest) -> room.ListRoomsResponse:
    names = set(asked.names)
    infos = [live.room.info() for live in hub.all_open() if not names or live.room.name in names]
    return room.ListRoomsResponse(rooms=infos)


async def _delete_room(hub: Hub, asked: room.DeleteRoomRequest) -> room.DeleteRoomResponse:
    try:
        await hub.delete(asked.room)
    except RoomNotFound:
        raise Refused("not_found", _NO_ROOM) from None
    return room.DeleteRoomResponse()


async def _update_room_metadata(hub: Hub, asked: room.UpdateRoomMetadataRequest) -> models.Room:
    await _refuse_metadata(hub, asked.room, asked.metadata)
    live = _room(hub, asked)
    live.perform(live.room.set_metadata(asked.metadata))
    return live.room.info()


# Participants


async def _list_participants(
    hub: Hub, asked: room.ListParticipantsRequest
) -> room.ListParticipantsResponse:
    live = hub.opened(asked.room)
    inside = live.room.participants.values() if live else ()
    return room.ListParticipantsResponse(participants=[one.info() for one in inside])


async def _get_participant(hub: Hub, asked: room.RoomParticipantIdentity) -> models.ParticipantInfo:
    return _participant(hub, asked, asked.identity)[1].info()


async def _remove_participant(
    hub: Hub, asked: room.RoomParticipantIdentity
) -> room.RemoveParticipantResponse:
    live, participant = _participant(hub, asked, asked.identity)
    reason = models.PARTICIPANT_REMOVED
    live.perform(live.room.dismiss(participant.sid, reason, steady_clock()))
    return room.RemoveParticipantResponse()


async def _mute_published_track(
    hub: Hub, asked: room.MuteRoomTrackRequest
) -> room.MuteRoomTrackResponse:
    live, participant = _participant(hub, asked, asked.identity)
    if not (info := participant.track_info(asked.track_sid)):
        raise Refused("not_found", "track is not found")
    if not asked.muted:
        raise Refused("failed_precondition", "remote unmute not enabled")
    live.perform(live.room.mute_for(participant.sid, asked.track_sid))
    return room.MuteRoomTrackResponse(track=info)


async def _update_participant(
    hub: Hub, asked: room.UpdateParticipantRequest
) -> models.ParticipantInfo:
    live, participant = _participant(hub, asked, asked.identity)
    reason, sentence = roster.refuse_description(participant, asked)
    if reason != RequestResponse.OK:
        raise Refused("invalid_argument", sentence)
    live.perform(live.room.update_participant(participant.sid, asked, steady_clock()))
    return participant.info()


async def _update_subscriptions(
    hub: Hub, asked: room.UpdateSubscriptionsRequest
) -> room.UpdateSubscriptionsResponse:
    live, participant = _participant(hub, asked, asked.identity)
    wish = rtc.UpdateSubscription(
        track_sids=asked.track_sids,
        subscribe=asked.subscribe,
        participant_tracks=asked.participant_tracks,
    )
    live.perform(live.room.update_subscription(participant.sid, wish, steady_clock()))
    return room.UpdateSubscriptionsResponse()


# Data


async def _send_data(hub: Hub, asked: room.SendDataRequest) -> room.SendDataResponse:
    live = _room(hub, asked)
    if len(asked.nonce) not in (0, _NONCE_LENGTH):
        raise Refused("invalid_argument", f"a nonce has {_NONCE_LENGTH} bytes")
    if len(asked.data) > _LARGEST_DATA:
        raise Refused("invalid_argument", f"data has at most {_LARGEST_DATA} bytes")
    if live.room.is_new(asked.nonce, steady_clock()):
        parcel = data.server_parcel(asked)
        for participant in live.room.audience("", parcel.identities, parcel.sids):
            live.send(participant.sid, parcel.label, parcel.packet)
    return room.SendDataResponse()


async def _perform_rpc(hub: Hub, asked: room.PerformRpcRequest) -> room.PerformRpcResponse:
    """Call a method of a participant's program; the caller is the call's own id."""
    live, participant = _participant(hub, asked, asked.destination_identity)
    if len(asked.payload.encode()) > _LARGEST_PAYLOAD:
        raise Refused("invalid_argument", f"a payload has at most {_LARGEST_PAYLOAD} bytes")
    call_id = make_id("RPC_")
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    live.calls[call_id] = answers.put_nowait
    try:
        live.send(participant.sid, data.RELIABLE, data.server_call(call_id, asked))
        response = await _answer_of(participant, call_id, answers, asked.response_timeout_ms)
    except TimeoutError:
        raise Refused("deadline_exceeded", "the participant did not answer in time") from None
    finally:
        del live.calls[call_id]
    if response.HasField("error"):
        error = response.error
        meta = {"rpc_code": str(error.code), "rpc_data": error.data}
        raise Refused("aborted", error.message, meta)
    return room.PerformRpcResponse(payload=response.payload)


async def _answer_of(
    participant: Participant, call_id: str, answers: asyncio.Queue[bytes], milliseconds: int
) -> models.RpcResponse:
    """Wait for an acknowledgement, and then longer for the response; raises TimeoutError."""
    seconds = min(milliseconds / 1000, _LONGEST_CALL) or _LONGEST_CALL
    async with asyncio.timeout(_ACKNOWLEDGEMENT) as patience:
        while True:
            packet = DataPacket.FromString(await answers.get())
            if packet.participant_sid != participant.sid:
                continue
            if packet.rpc_response.request_id == call_id:
                return packet.rpc_response
            if packet.rpc_ack.request_id == call_id:
                patience.reschedule(steady_clock() + seconds)


# Steps of several calls


class InRoom(Protocol):
    """A request about a room."""

    @property
    def room(self) -> str: ...


def _room(hub: Hub, asked: InRoom) -> LiveRoom:
    if not (live := hub.opened(asked.room)):
        raise Refused("not_found", _NO_ROOM)
    return live


def _participant(hub: Hub, asked: InRoom, identity: str) -> tuple[LiveRoom, Participant]:
    if not (found := hub.find(asked.room, identity)):
        raise Refused("not_found", "participant does not exist")
    return found


async def _refuse_metadata(hub: Hub, name: str, metadata: str) -> None:
    if len(metadata.encode()) > roster.MOST_METADATA:
        raise Refused("invalid_argument", "metadata is too long")
    if await hub.describes(name):
        raise Refused("failed_precondition", "the metadata of this room is made by the server")


_NO_ROOM = "requested room does not exist"
_NONCE_LENGTH = 16
# Bytes; clients cap what they send one another here, so all take it (protocol §3.5).
_LARGEST_DATA = 60_000
_LARGEST_PAYLOAD = 15 * 1024
# Seconds (protocol §5.2); the second is what SDKs wait for one another.
_ACKNOWLEDGEMENT = 7.0
_LONGEST_CALL = 15.0

# Those that change something; what is said and asked is nobody's act.
_ACTS = {
    "CreateRoom",
    "DeleteRoom",
    "UpdateRoomMetadata",
    "RemoveParticipant",
    "MutePublishedTrack",
    "UpdateParticipant",
    "UpdateSubscriptions",
}
_May = Callable[[Grants, Any], bool]
_Call = Callable[[Hub, Any], Awaitable[Message]]

# Not here, so unimplemented: ForwardParticipant and MoveParticipant, as in the reference.
_CALLS: Mapping[str, tuple[_May, _Call]] = {
    f"livekit.RoomService.{name}": (may, call)
    for name, may, call in (
        ("CreateRoom", _may_create, _create_room),
        ("ListRooms", _may_list, _list_rooms),
        ("DeleteRoom", _may_create, _delete_room),
        ("UpdateRoomMetadata", _may_administer, _update_room_metadata),
        ("ListParticipants", _may_administer, _list_participants),
        ("GetParticipant", _may_administer, _get_participant),
        ("RemoveParticipant", _may_administer, _remove_participant),
        ("MutePublishedTrack", _may_administer, _mute_published_track),
        ("UpdateParticipant", _may_administer, _update_participant),
        ("UpdateSubscriptions", _may_administer, _update_subscriptions),
        ("SendData", _may_administer, _send_data),
        ("PerformRpc", _may_administer, _perform_rpc),
    )
}
