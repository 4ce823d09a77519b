"""Text streams on LiveKit's wire: those of the chat put together from what a client sends, and any
made for others. Pure."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from livekit.protocol.models import DataPacket, DataStream

TOPIC = "lk.chat"
"""By which the chats of LiveKit's own components know each other."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A whole message, and the identities that it is for; none means everybody."""

    text: str
    to: tuple[str, ...]


@dataclass(slots=True)
class _Stream:
    to: tuple[str, ...]
    compressed: bool
    content: bytearray = field(default_factory=bytearray)


class Reader:
    """What one participant writes: packets in, whole messages out."""

    def __init__(self) -> None:
        self._open: dict[str, _Stream] = {}

    def take(self, data: bytes) -> list[Typed] | None:
        """The messages that a packet completes; None where it is not of the chat.

        What is no text, too long, or an alteration of an earlier message comes to nothing.
        """
        packet = DataPacket.FromString(data)
        match packet.WhichOneof("value"):
            case "stream_header" if _begins(packet.stream_header):
                return self._begin(packet)
            case "stream_chunk" if packet.stream_chunk.stream_id in self._open:
                self._add(packet.stream_chunk)
                return []
            case "stream_trailer" if packet.stream_trailer.stream_id in self._open:
                return _read(self._open.pop(packet.stream_trailer.stream_id))
        return None

    def _begin(self, packet: DataPacket) -> list[Typed]:
        header = packet.stream_header
        compressed = header.compression == DataStream.CompressionType.DEFLATE_RAW
        stream = _Stream(tuple(packet.destination_identities), compressed)
        if header.text_header.operation_type != DataStream.OperationType.CREATE:
            return []
        if header.HasField("inline_content"):
            stream.content += header.inline_content
            return _read(stream)
        self._open[header.stream_id] = stream
        for oldest in list(self._open)[:-_MOST_OPEN]:
            del self._open[oldest]
        return []

    def _add(self, chunk: DataStream.Chunk) -> None:
        content = self._open[chunk.stream_id].content
        # One byte too many is enough to know that it is too long.
        content += chunk.content[: _MOST_BYTES + 1 - len(content)]


def packets(
    stream_id: str,
    text: str,
    sender: str,
    sent_at: int,
    attributes: Mapping[str, str],
    *,
    topic: str = TOPIC,
    generated: bool = False,
    whole: bool = False,
) -> Iterator[bytes]:
    """A text as LiveKit clients read it, from `sender` (an identity), in milliseconds since 1970.

    `generated` is what a program wrote in somebody's name; `whole` says that the client takes a
    stream of one packet.
    """
    header = DataStream.Header(
        stream_id=stream_id,
        timestamp=sent_at,
        topic=topic,
        mime_type="text/plain",
        total_length=len(text.encode()),
        attributes=attributes,
        text_header=DataStream.TextHeader(generated=generated),
    )
    pieces = [text[at : at + _PIECE].encode() for at in range(0, len(text), _PIECE)]
    if whole and len(pieces) <= 1:
        header.inline_content = b"".join(pieces)
        yield _packet(sender, stream_header=header)
        return
    yield _packet(sender, stream_header=header)
    for index, content in enumerate(pieces):
        chunk = DataStream.Chunk(stream_id=stream_id, chunk_index=index, content=content)
        yield _packet(sender, stream_chunk=chunk)
    yield _packet(sender, stream_trailer=DataStream.Trailer(stream_id=stream_id))


def _packet(
    sender: str,
    *,
    stream_header: DataStream.Header | None = None,
    stream_chunk: DataStream.Chunk | None = None,
    stream_trailer: DataStream.Trailer | None = None,
) -> bytes:
    packet = DataPacket(
        kind=DataPacket.RELIABLE,
        participant_identity=sender,
        stream_header=stream_header,
        stream_chunk=stream_chunk,
        stream_trailer=stream_trailer,
    )
    return packet.SerializeToString()


def _begins(header: DataStream.Header) -> bool:
    return header.topic == TOPIC and header.HasField("text_header")


def _read(stream: _Stream) -> list[Typed]:
    try:
        content = bytes(stream.content)
        content = _inflated(content) if stream.compressed else content
        text = content.decode()
    except (zlib.error, UnicodeDecodeError):
        return []
    return [Typed(text, stream.to)] if len(content) <= _MOST_BYTES else []


def _inflated(content: bytes) -> bytes:
    """As much of it as is looked at; raises zlib.error for what is not whole."""
    inflating = zlib.decompressobj(_RAW)
    inflated = inflating.decompress(content, _MOST_BYTES + 1)
    if not inflating.eof:
        raise zlib.error
    return inflated


# Streams of one participant that are under way; more keeps more of what never ends.
_MOST_OPEN = 8
# Bytes of a message, which is at most that many of UTF-8; compressed or not.
_MOST_BYTES = 16_000
# Characters of a chunk: of four bytes each they stay below LiveKit's 15,000.
_PIECE = 3_500
# zlib's word for deflate without a header (RFC 1951).
_RAW = -15
