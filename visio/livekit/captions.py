"""Lines of the transcript as LiveKit's clients take them: as segments and as text streams. Pure."""

from livekit.protocol import models
from livekit.protocol.models import DataPacket

from visio import textstreams
from visio.clients import Spoken


def packets(line: Spoken, stream: str, now: int, *, whole: bool) -> list[bytes]:
    """A line of the transcript, or a draft of it, in both forms, as LiveKit's own agents send it.

    A text is in the name of who said it; the next stream of the same segment replaces it.

    `stream` is a new id, `now` milliseconds since 1970 UTC, `whole` whether the client takes a
    stream of one packet.
    """
    written = textstreams.packets(
        stream,
        line.text,
        line.identity,
        now,
        _attributes(line),
        topic=TOPIC,
        generated=True,
        whole=whole,
    )
    return [_segment(line), *written]


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


def _attributes(line: Spoken) -> dict[str, str]:
    track = {"lk.transcribed_track_id": line.track_sid} if line.track_sid else {}
    final = str(line.final).lower()
    return {"lk.segment_id": line.id, "lk.transcription_final": final, **track}


TOPIC = "lk.transcription"
WHOLE_STREAMS = 2
"""The `client_protocol` from which on a client takes streams of one packet."""
# An id that does not begin with TR_ ends the process of Rust and Python clients.
_NO_TRACK = "TR_none"
