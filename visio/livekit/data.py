"""DataPackets: who may send which to whom, and what the server changes in them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from livekit.protocol import models
from livekit.protocol.models import DataPacket, ParticipantInfo
from livekit.protocol.room import PerformRpcRequest, SendDataRequest

from visio.clients import Origin
from visio.roster import Participant


@dataclass(frozen=True)
class Parcel:
    """A packet ready to be forwarded on the channel `label`; no addressees means everybody.

    `origin` is None when its sender does not number what it sends; `of_stream` if it is part of a
    text or byte stream.
    """

    label: str
    packet: bytes
    identities: Sequence[str]
    sids: Sequence[str]
    origin: Origin | None = None
    of_stream: bool = False


class Outgoing:
    """What one participant sends: remembers how far its reliable packets have come.

    While its connection is `mending`, a client may send new packets before it has sent those again
    that were lost: livekit-client does between two attempts. Receivers would take these for
    repetitions, so the new ones wait for them.
    """

    def __init__(self) -> None:
        self.last_sequence = 0
        self.mending = False
        self._early: dict[int, Parcel] = {}
        self._early_size = 0

    def forward(self, sender: Participant, label: str, data: bytes) -> list[Parcel]:
        """The packet as others get it, after and before others if it is their turn (§3.7)."""
        if label not in _KINDS or not sender.permission.can_publish_data:
            return []
        try:
            packet = DataPacket.FromString(data)
        except DecodeError:
            return []
        if not _may_say(sender, packet):
            return []
        parcel = _signed(packet, sender, label)
        return [parcel] if parcel.origin is None else self._in_order(parcel, packet.sequence)

    def mended(self) -> list[Parcel]:
        """Whatever was to be sent again has been: what still waits goes on."""
        self.mending = False
        early, self._early, self._early_size = self._early, {}, 0
        self.last_sequence = max([self.last_sequence, *early])
        return [early[sequence] for sequence in sorted(early)]

    def _in_order(self, parcel: Parcel, sequence: int) -> list[Parcel]:
        if sequence <= self.last_sequence:
            return []  # resumed clients send again what may have been lost
        if self.mending and sequence > self.last_sequence + 1:
            if sequence not in self._early:
                self._early[sequence] = parcel
                self._early_size += len(parcel.packet)
            return self.mended() if self._early_size > _MOST_EARLY else []
        self.last_sequence = sequence
        parcels = [parcel]
        while following := self._early.pop(self.last_sequence + 1, None):
            self._early_size -= len(following.packet)
            self.last_sequence += 1
            parcels.append(following)
        return parcels


def server_parcel(asked: SendDataRequest) -> Parcel:
    """What a program sends over the server API: a packet that has no sender."""
    identities, sids = list(asked.destination_identities), list(asked.destination_sids)
    user = models.UserPacket(
        payload=asked.data,
        topic=asked.topic if asked.HasField("topic") else None,
        destination_identities=identities,
        destination_sids=sids,
        nonce=asked.nonce,
    )
    packet = DataPacket(kind=asked.kind, destination_identities=identities, user=user)
    label = LOSSY if asked.kind == DataPacket.LOSSY else RELIABLE
    return Parcel(label, packet.SerializeToString(), identities, sids)


def server_call(call_id: str, asked: PerformRpcRequest) -> bytes:
    """A call that a program makes over the server API, answered to the identity `call_id`."""
    request = models.RpcRequest(
        id=call_id,
        method=asked.method,
        payload=asked.payload,
        response_timeout_ms=asked.response_timeout_ms,
        version=1,
    )
    packet = DataPacket(
        kind=DataPacket.RELIABLE,
        participant_identity=call_id,
        destination_identities=[asked.destination_identity],
        rpc_request=request,
    )
    return packet.SerializeToString()


def _may_say(sender: Participant, packet: DataPacket) -> bool:
    said = packet.WhichOneof("value")
    if said == "transcription":
        return sender.kind == ParticipantInfo.AGENT
    return said not in _NOT_FORWARDED


def _speaks_for(sender: Participant, packet: DataPacket) -> str:
    """The identity shown: an agent may write down what somebody else says (protocol §3.7)."""
    if sender.permission.hidden:
        return ""
    if sender.kind != ParticipantInfo.AGENT or packet.participant_identity in ("", sender.identity):
        return sender.identity
    if packet.HasField("chat_message"):
        packet.chat_message.generated = True
        return packet.participant_identity
    if packet.stream_header.HasField("text_header"):
        packet.stream_header.text_header.generated = True
        return packet.participant_identity
    return sender.identity


def _signed(packet: DataPacket, sender: Participant, label: str) -> Parcel:
    identity = _speaks_for(sender, packet)
    packet.kind = _KINDS[label]
    packet.participant_sid, packet.participant_identity = sender.sid, identity
    identities = list(packet.destination_identities)
    sids: list[str] = []
    if packet.HasField("user"):
        # The same addressees may be named in either place, or by sid by old clients.
        identities += [i for i in packet.user.destination_identities if i not in identities]
        sids = list(packet.user.destination_sids)
        packet.user.participant_sid, packet.user.participant_identity = sender.sid, identity
    numbered = label == RELIABLE and packet.sequence > 0
    origin = Origin(sender.sid, packet.sequence) if numbered else None
    of_stream = packet.WhichOneof("value") in _STREAMS
    return Parcel(label, packet.SerializeToString(), identities, sids, origin, of_stream)


RELIABLE = "_reliable"
LOSSY = "_lossy"
DATA_TRACK = "_data_track"
"""Not DataPackets: frames of data tracks, cut into packets."""
# Bytes of one client; more bridges longer interruptions of faster senders.
_MOST_EARLY = 1024 * 1024
_KINDS = {RELIABLE: DataPacket.RELIABLE, LOSSY: DataPacket.LOSSY}
_STREAMS = {"stream_header", "stream_chunk", "stream_trailer"}
# Speakers come from the signalling; nobody reads metrics yet.
_NOT_FORWARDED = {None, "speaker", "metrics"}
