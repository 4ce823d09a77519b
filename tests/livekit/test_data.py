from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models
from livekit.protocol.models import DataPacket

from visio.livekit.data import LOSSY, RELIABLE, Outgoing, Parcel
from visio.roster import Newcomer, Participant, enter

STANDARD, AGENT = models.ParticipantInfo.STANDARD, models.ParticipantInfo.AGENT


def sender(
    *,
    can_publish_data: bool = True,
    hidden: bool = False,
    kind: models.ParticipantInfo.Kind = STANDARD,
) -> Participant:
    permission = models.ParticipantPermission(can_publish_data=can_publish_data, hidden=hidden)
    return enter(Newcomer("ada", permission=permission, kind=kind), "PA_ada", 0)


def forward(packet: DataPacket, label: str = RELIABLE, **permission: bool) -> Parcel | None:
    (parcel,) = Outgoing().forward(sender(**permission), label, packet.SerializeToString()) or [
        None
    ]
    return parcel


def sent(parcel: Parcel | None) -> DataPacket:
    assert parcel is not None
    return DataPacket.FromString(parcel.packet)


def user(**fields: Any) -> DataPacket:
    return DataPacket(user=models.UserPacket(payload=b"hello", **fields))


@pytest.mark.rule(211, 214, client="raw")
def test_sender_is_written_by_the_server() -> None:
    forged = user(participant_identity="eve", participant_sid="PA_eve")
    forged.participant_identity, forged.participant_sid = "eve", "PA_eve"
    packet = sent(forward(forged))
    assert (packet.participant_identity, packet.participant_sid) == ("ada", "PA_ada")
    assert (packet.user.participant_identity, packet.user.participant_sid) == ("ada", "PA_ada")
    assert packet.user.payload == b"hello"


@pytest.mark.rule(214, client="raw")
def test_hidden_sender_has_no_identity() -> None:
    assert sent(forward(user(), hidden=True)).participant_identity == ""


@pytest.mark.parametrize(
    ("label", "kind"), [(RELIABLE, DataPacket.RELIABLE), (LOSSY, DataPacket.LOSSY)]
)
@pytest.mark.rule(211, client="raw")
def test_kind_is_that_of_the_channel(label: str, kind: DataPacket.Kind) -> None:
    parcel = forward(user(), label)
    assert parcel is not None
    assert parcel.label == label
    assert sent(parcel).kind == kind


@pytest.mark.rule(212, client="raw")
def test_addressees_of_packet_and_user_are_one_list() -> None:
    packet = user(destination_identities=["bob", "eve"], destination_sids=["PA_old"])
    packet.destination_identities.append("bob")
    parcel = forward(packet)
    assert parcel is not None
    assert parcel.identities == ["bob", "eve"]
    assert parcel.sids == ["PA_old"]


NOT_FORWARDED = [
    DataPacket(),
    DataPacket(transcription=models.Transcription(track_id="TR_forged")),
    DataPacket(speaker=models.ActiveSpeakerUpdate()),
]


@pytest.mark.parametrize("packet", NOT_FORWARDED)
@pytest.mark.rule(213, client="raw")
def test_what_only_the_server_may_say_is_not_forwarded(packet: DataPacket) -> None:
    assert forward(packet) is None


TYPED = [
    DataPacket(chat_message=models.ChatMessage(message="hello")),
    DataPacket(stream_header=models.DataStream.Header(text_header=models.DataStream.TextHeader())),
]


@pytest.mark.rule(214, client="raw")
@pytest.mark.parametrize("packet", TYPED)
def test_an_agent_writes_down_what_others_say_and_nobody_else_does(packet: DataPacket) -> None:
    packet.participant_identity = "bob"
    for kind, identity in ((AGENT, "bob"), (STANDARD, "ada")):
        (parcel,) = Outgoing().forward(sender(kind=kind), RELIABLE, packet.SerializeToString())
        told = sent(parcel)
        assert (told.participant_identity, told.participant_sid) == (identity, "PA_ada")
        generated = told.chat_message.generated or told.stream_header.text_header.generated
        assert generated == (kind == AGENT)


@pytest.mark.rule(210, client="raw")
def test_without_the_right_nothing_is_forwarded() -> None:
    assert forward(user(), can_publish_data=False) is None


def test_other_channels_are_not_forwarded() -> None:
    assert forward(user(), "mine") is None


def numbers_of(
    outgoing: Outgoing, ada: Participant, *sequences: int, label: str = RELIABLE
) -> list[int]:
    """The numbers of what goes on when packets of these numbers come."""
    packets = [DataPacket(sequence=n, rpc_ack=models.RpcAck()) for n in sequences]
    parcels = [outgoing.forward(ada, label, packet.SerializeToString()) for packet in packets]
    return [sent(parcel).sequence for some in parcels for parcel in some]


def test_packets_that_overtake_lost_ones_wait_while_the_connection_is_mended() -> None:
    outgoing, ada = Outgoing(), sender()
    assert numbers_of(outgoing, ada, 1, 2) == [1, 2]
    outgoing.mending = True
    assert numbers_of(outgoing, ada, 7, 6, 0) == [0]
    assert outgoing.last_sequence == 2
    assert numbers_of(outgoing, ada, 3, 4, 6) == [3, 4]
    assert numbers_of(outgoing, ada, 5, 6, 7, 8) == [5, 6, 7, 8]


def test_packets_that_never_come_are_given_up_when_the_connection_is_mended() -> None:
    outgoing, ada = Outgoing(), sender()
    outgoing.mending = True
    assert numbers_of(outgoing, ada, 5, 4) == []
    assert [sent(parcel).sequence for parcel in outgoing.mended()] == [4, 5]
    assert numbers_of(outgoing, ada, 1, 5, 9) == [9]
    assert outgoing.last_sequence == 9


def test_too_many_that_wait_are_let_through() -> None:
    outgoing, ada = Outgoing(), sender()
    outgoing.mending = True
    payload = models.UserPacket(payload=bytes(60_000))
    passed = []
    for number in range(2, 20):
        packet = DataPacket(sequence=number, user=payload).SerializeToString()
        passed.append([sent(p).sequence for p in outgoing.forward(ada, RELIABLE, packet)])
    assert passed == [[]] * 17 + [list(range(2, 20))]
    assert numbers_of(outgoing, ada, 1, 25) == [25]


@pytest.mark.rule(211, 216, client="raw")
def test_reliable_sequence_is_kept_and_repeats_are_dropped() -> None:
    outgoing, ada = Outgoing(), sender()

    def numbers(*sequences: int, label: str = RELIABLE) -> list[int]:
        return numbers_of(outgoing, ada, *sequences, label=label)

    assert numbers(1, 2, 2, 1, 3) == [1, 2, 3]
    assert outgoing.last_sequence == 3
    assert numbers(0, 0) == [0, 0]
    assert numbers(2, 2, label=LOSSY) == [2, 2]


@given(st.binary(max_size=300))
def test_any_bytes_are_forwarded_or_dropped(data: bytes) -> None:
    parcels = Outgoing().forward(sender(), RELIABLE, data)
    assert all(sent(parcel).participant_sid == "PA_ada" for parcel in parcels)
