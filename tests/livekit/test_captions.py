from dataclasses import dataclass

import pytest
from livekit.protocol.models import DataPacket

from visio.livekit import captions


@dataclass(frozen=True)
class Line:
    id: str = "u1"
    meeting_id: str = "m1"
    identity: str = "bob"
    track_sid: str = "TR_1"
    text: str = "Bonjour."
    started_at: int = 1_000
    ended_at: int = 2_500
    language: str = "fr"
    final: bool = True


def packets(line: Line, *, whole: bool = True) -> list[DataPacket]:
    sent = captions.packets(line, "ST_1", 5_000, whole=whole)
    return [DataPacket.FromString(packet) for packet in sent]


@pytest.mark.parametrize("final", [True, False])
def test_a_line_is_a_transcription_segment(*, final: bool) -> None:
    packet = packets(Line(final=final))[0]
    assert packet.transcription.transcribed_participant_identity == "bob"
    (segment,) = packet.transcription.segments
    assert (segment.id, segment.text, segment.language, segment.final) == (
        "u1",
        "Bonjour.",
        "fr",
        final,
    )
    assert (segment.start_time, segment.end_time) == (1_000, 2_500)


@pytest.mark.parametrize("final", [True, False])
def test_a_line_is_a_text_stream_of_who_said_it(*, final: bool) -> None:
    """Of one packet for those who take it."""
    _, packet = packets(Line(final=final))
    header = packet.stream_header
    assert (packet.participant_identity, packet.kind) == ("bob", DataPacket.RELIABLE)
    assert (header.topic, header.timestamp, header.mime_type) == (
        "lk.transcription",
        5_000,
        "text/plain",
    )
    assert dict(header.attributes) == {
        "lk.segment_id": "u1",
        "lk.transcription_final": "true" if final else "false",
        "lk.transcribed_track_id": "TR_1",
    }
    assert header.text_header.generated
    assert header.inline_content == b"Bonjour."


def test_a_line_without_a_track_names_none_that_clients_cannot_parse() -> None:
    segment, stream = packets(Line(track_sid=""))
    assert segment.transcription.track_id.startswith("TR_")
    assert "lk.transcribed_track_id" not in stream.stream_header.attributes


@pytest.mark.parametrize("text", ["Bonjour.", "é" * 10_000, ""])
@pytest.mark.parametrize("whole", [True, False])
def test_every_text_fits_into_packets_that_clients_read(text: str, *, whole: bool) -> None:
    """Each chunk by itself is UTF-8 of at most 15 kB; a text taken back is a stream without one."""
    _, opening, *rest = packets(Line(text=text), whole=whole)
    header = opening.stream_header
    assert header.total_length == len(text.encode())
    if header.HasField("inline_content"):
        assert (whole, rest) == (True, [])
        assert header.inline_content.decode() == text
        return
    *chunks, closing = (packet for packet in rest)
    assert closing.stream_trailer.stream_id == header.stream_id == "ST_1"
    assert {packet.participant_identity for packet in rest} == {"bob"}
    parts = [packet.stream_chunk for packet in chunks]
    assert [(one.stream_id, one.chunk_index) for one in parts] == [
        ("ST_1", index) for index in range(len(parts))
    ]
    assert all(len(one.content) <= 15_000 for one in parts)
    assert "".join(one.content.decode() for one in parts) == text
