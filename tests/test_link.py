import pytest

from tests.store.samples import KEYRING, NOW
from visio.errors import InvalidToken
from visio.link import Closed, Draft, Left, Line, Message, Piece, accept, greet
from visio.store.sealing import Keyring, SealError

MESSAGES: list[Message] = [
    Piece("s", "TR_1", ((0, b"one\ntwo"), (960, b""))),
    Piece("s", "TR_1", ((0, b"un"),), "fr"),
    Closed("s"),
    Left("TR_1"),
    Draft("s", "Ça va ?", "fr"),
]


@pytest.fixture
def ends() -> tuple[Line, Line]:
    """A worker's and the server's."""
    hello, worker = greet(KEYRING, NOW)
    return worker, accept(KEYRING, hello, NOW)


@pytest.mark.parametrize("message", MESSAGES)
def test_what_one_end_says_the_other_hears(ends: tuple[Line, Line], message: Message) -> None:
    for one, other in (ends, ends[::-1]):
        assert other.open(one.seal(message)) == message


@pytest.mark.parametrize("late", [-61_000, 61_000])
def test_a_hello_is_good_for_a_minute(late: int) -> None:
    hello, _ = greet(KEYRING, NOW)
    with pytest.raises(InvalidToken):
        accept(KEYRING, hello, NOW + late)


@pytest.mark.parametrize("hello", ["", "x", "é", "e30=", "AAAA" * 40])
def test_who_has_not_the_master_key_opens_no_line(hello: str) -> None:
    with pytest.raises(InvalidToken):
        accept(KEYRING, hello, NOW)
    forged, _ = greet(Keyring(bytes(32)), NOW)
    with pytest.raises(InvalidToken):
        accept(KEYRING, forged, NOW)


def test_a_hello_that_was_overheard_opens_no_message(ends: tuple[Line, Line]) -> None:
    hello, worker = greet(KEYRING, NOW)
    accept(KEYRING, hello, NOW)
    eavesdropper = ends[0]
    with pytest.raises(SealError):
        eavesdropper.open(accept(KEYRING, hello, NOW).seal(Closed("s")))
    assert b"Closed" not in worker.seal(Draft("s", "Closed", ""))


def test_messages_come_in_order_and_once(ends: tuple[Line, Line]) -> None:
    worker, server = ends
    first, second = worker.seal(Closed("1")), worker.seal(Closed("2"))
    with pytest.raises(SealError):
        server.open(second)
    assert server.open(first) == Closed("1")
    with pytest.raises(SealError):
        server.open(first)
    assert server.open(second) == Closed("2")


def test_a_message_does_not_come_back(ends: tuple[Line, Line]) -> None:
    worker, _ = ends
    with pytest.raises(SealError):
        worker.open(worker.seal(Closed("1")))
