"""Lines of the transcript as LiveKit's clients take them: as segments and as text streams. Pure."""

from collections.abc import Iterator

from livekit.protocol import models
from livekit.protocol.models import DataPacket, DataStream

from visio.clients import Spoken


def packets(line: Spoken, stream: str, now: int, *, whole: bool) -> list[bytes]:
    """A line of the transcript, or a draft of it, in both forms, as LiveKit's own agents send it.

    `stream` is a new id, `now` milliseconds since 1970 UTC, `whole` whether the client takes a
    stream of one packet.
    """
    return [_segment(line), *_stream(line, stream, now, whole=whole)]


def _segment(line: Spoken) -> bytes:
    segment = models.TranscriptionSegment(
        id=line.id,
        text=line.text,
        start_time=line.started_at,
        end_time=line.ended_at,
        final=line.final,
        language=line.language,
    )
    said = models.Transcription(
        transcribed_participant_identity=line.identity,
        track_id=line.track_sid or _NO_TRACK,
        segments=[segment],
    )
    return DataPacket(kind=DataPacket.RELIABLE, transcription=said).SerializeToString()


def _stream(line: Spoken, stream: str, now: int, *, whole: bool) -> Iterator[bytes]:
    """A text in the name of who said it; the next stream of the same segment replaces it."""
    header = DataStream.Header(
        stream_id=stream,
        timestamp=now,
        topic=TOPIC,
        mime_type="text/plain",
        total_length=len(line.text.encode()),
        attributes=_attributes(line),
        text_header=DataStream.TextHeader(generated=True),
    )
    pieces = [line.text[at : at + _PIECE].encode() for at in range(0, len(line.text), _PIECE)]
    if whole and len(pieces) <= 1:
        header.inline_content = b"".join(pieces)
        yield _said_by(line, DataPacket(stream_header=header))
        return
    yield _said_by(line, DataPacket(stream_header=header))
    for index, piece in enumerate(pieces):
        chunk = DataStream.Chunk(stream_id=stream, chunk_index=index, content=piece)
        yield _said_by(line, DataPacket(stream_chunk=chunk))
    yield _said_by(line, DataPacket(stream_trailer=DataStream.Trailer(stream_id=stream)))


def _attributes(line: Spoken) -> dict[str, str]:
    track = {"lk.transcribed_track_id": line.track_sid} if line.track_sid else {}
    final = str(line.final).lower()
    return {"lk.segment_id": line.id, "lk.transcription_final": final, **track}


def _said_by(line: Spoken, packet: DataPacket) -> bytes:
    packet.kind = DataPacket.RELIABLE
    packet.participant_identity = line.identity
    return packet.SerializeToString()


TOPIC = "lk.transcription"
WHOLE_STREAMS = 2
"""The `client_protocol` from which on a client takes streams of one packet."""
# Characters, of at most four bytes: a chunk holds 15,000 bytes, and is read by itself.
_PIECE = 3_750
# An id that does not begin with TR_ ends the process of Rust and Python clients.
_NO_TRACK = "TR_none"
