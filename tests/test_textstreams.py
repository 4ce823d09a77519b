import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from livekit.protocol.models import DataPacket, DataStream, UserPacket

from visio.textstreams import TOPIC, Reader, Typed, packets

WORDS = "Bonjour à tous 👋"


def header(*, topic: str = TOPIC, to: tuple[str, ...] = (), **fields: object) -> bytes:
    fields = {"text_header": DataStream.TextHeader(), **fields}
    told = DataStream.Header(stream_id="s", topic=topic, **fields)  # type: ignore[arg-type]
    return DataPacket(stream_header=told, destination_identities=to).SerializeToString()


def chunk(content: bytes, index: int = 0) -> bytes:
    told = DataStream.Chunk(stream_id="s", chunk_index=index, content=content)
    return DataPacket(stream_chunk=told).SerializeToString()


TRAILER = DataPacket(stream_trailer=DataStream.Trailer(stream_id="s")).SerializeToString()


def read(*sent: bytes) -> list[Typed] | None:
    reader = Reader()
    return [reader.take(packet) for packet in sent][-1]


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def test_a_message_comes_in_pieces() -> None:
    half = WORDS.encode()[:9]  # in the middle of a letter
    pieces = (chunk(half), chunk(WORDS.encode()[9:], 1))
    assert read(header(), *pieces) == []
    assert read(header(to=("bob",)), *pieces, TRAILER) == [Typed(WORDS, ("bob",))]


@pytest.mark.parametrize("compression", list(DataStream.CompressionType.values()))
def test_a_message_comes_in_its_header(compression: DataStream.CompressionType) -> None:
    raw = compression == DataStream.CompressionType.DEFLATE_RAW
    content = deflated(WORDS.encode()) if raw else WORDS.encode()
    assert read(header(inline_content=content, compression=compression)) == [Typed(WORDS, ())]


@pytest.mark.parametrize(
    "packet",
    [
        header(topic="lk.transcription"),
        header(text_header=None, byte_header=DataStream.ByteHeader(name="agenda.pdf")),
        chunk(b"of another stream"),
        TRAILER,
        DataPacket(user=UserPacket(payload=b"x", topic=TOPIC)).SerializeToString(),
    ],
)
def test_what_is_not_of_the_chat_goes_on(packet: bytes) -> None:
    assert read(packet) is None


UPDATE = DataStream.TextHeader(operation_type=DataStream.OperationType.UPDATE)
BOMB = deflated(bytes(10_000_000))


@pytest.mark.parametrize(
    "sent",
    [
        [header(), chunk(b"x" * 15_000), chunk(b"x" * 15_000, 1), TRAILER],
        [header(inline_content=b"\xff")],
        [header(inline_content=b"x", compression=DataStream.CompressionType.DEFLATE_RAW)],
        [header(inline_content=BOMB, compression=DataStream.CompressionType.DEFLATE_RAW)],
        [header(text_header=UPDATE, inline_content=b"x")],
    ],
    ids=["too long", "no text", "not compressed", "a bomb", "an alteration"],
)
def test_what_cannot_be_kept_is_nobodys(sent: list[bytes]) -> None:
    assert read(*sent) == []


def test_streams_without_an_end_are_forgotten() -> None:
    reader = Reader()
    for number in range(20):
        told = DataStream.Header(
            stream_id=f"s{number}", topic=TOPIC, text_header=DataStream.TextHeader()
        )
        reader.take(DataPacket(stream_header=told).SerializeToString())
    ends = [DataStream.Trailer(stream_id=f"s{number}") for number in range(20)]
    ended = [reader.take(DataPacket(stream_trailer=end).SerializeToString()) for end in ends]
    assert ended == [None] * 12 + [[Typed("", ())]] * 8


@example("é👋" * 2_000)
@given(st.text(max_size=100))
def test_what_we_say_is_read_as_it_was_said(text: str) -> None:
    sent = list(packets("s", text, "ada", 1, {"visio.name": "Ada"}))
    assert max(map(len, sent)) < 15_000
    assert all(DataPacket.FromString(one).participant_identity == "ada" for one in sent)
    assert read(*sent) == [Typed(text, ())]


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_packets_are_read_or_not(sent: list[bytes]) -> None:
    reader = Reader()
    for content in sent:
        reader.take(header(inline_content=content, compression=1))
        reader.take(header())
        reader.take(chunk(content))
        reader.take(TRAILER)
