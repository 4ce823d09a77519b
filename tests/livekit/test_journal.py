from visio.clients import Origin
from visio.livekit.journal import Journal


def noted(*told: tuple[str, int, float], size: int = 1) -> Journal:
    """A journal of packets that say who numbered them and how, with the times they were sent."""
    journal = Journal()
    for sid, sequence, at in told:
        journal.note(f"{sid}{sequence}".encode().ljust(size), Origin(sid, sequence), at)
    return journal


def test_missing_is_what_has_a_higher_number_of_the_same_publisher() -> None:
    journal = noted(("a", 1, 0), ("b", 1, 0), ("a", 2, 0), ("b", 2, 0))

    assert journal.missing({"a": 1, "b": 2}, 0) == [b"a2"]


def test_of_a_publisher_who_is_not_named_everything_is_missing() -> None:
    assert noted(("a", 7, 0), ("a", 8, 0)).missing({"b": 9}, 0) == [b"a7", b"a8"]


def test_what_is_missing_stays_missing_until_it_is_told_otherwise() -> None:
    journal = noted(("a", 1, 0))

    assert journal.missing({}, 0) == journal.missing({}, 1) == [b"a1"]


def test_after_twenty_seconds_it_is_forgotten() -> None:
    journal = noted(("a", 1, 0), ("a", 2, 10))

    assert journal.missing({}, 20) == [b"a1", b"a2"]
    assert journal.missing({}, 21) == [b"a2"]
    assert journal.missing({}, 31) == []


def test_beyond_a_megabyte_the_oldest_is_forgotten() -> None:
    journal = noted(*(("a", number, 0.0) for number in range(1, 20)), size=64 * 1024)

    assert [packet.strip() for packet in journal.missing({}, 0)] == [
        b"a%d" % number for number in range(4, 20)
    ]


def test_what_waits_is_released_once_in_its_order() -> None:
    journal = Journal()
    journal.hold(b"from the server", None, 0)
    journal.hold(b"a1", Origin("a", 1), 0)

    assert [entry.packet for entry in journal.release(0)] == [b"from the server", b"a1"]
    assert journal.release(0) == []
    assert journal.missing({}, 0) == []


def test_what_waited_too_long_or_is_too_much_is_not_released() -> None:
    journal = Journal()
    journal.hold(b"old", None, 0)
    for number in range(17):
        journal.hold(bytes([number]) * 64 * 1024, None, 10)

    assert [entry.packet[:1] for entry in journal.release(20.5)] == [
        bytes([number]) for number in range(1, 17)
    ]
    journal.hold(b"old", None, 0)
    assert journal.release(21) == []
