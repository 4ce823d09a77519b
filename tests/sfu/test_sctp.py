import struct
from contextlib import suppress
from struct import pack

import pytest
from aiortc.rtcsctptransport import parse_packet  # noqa: TID251
from google_crc32c import value as crc32c
from hypothesis import given
from hypothesis import strategies as st

from sfu.sctp import Budget, is_plausible_sack, is_well_formed


def packet(*chunks: bytes) -> bytes:
    head, body = pack("!HHL", 5000, 5000, 1), b"".join(chunks)
    return head + pack("<L", crc32c(head + bytes(4) + body)) + body


def chunk(kind: int, body: bytes = b"", length: int | None = None) -> bytes:
    padding = bytes(-len(body) % 4)
    return pack("!BBH", kind, 0, len(body) + 4 if length is None else length) + body + padding


def parameter(body: bytes, length: int | None = None) -> bytes:
    return pack("!HH", 7, len(body) + 4 if length is None else length) + body


@pytest.mark.parametrize(
    ("data", "well_formed"),
    [
        (b"", False),
        (packet(), False),
        (packet(chunk(11)), True),
        (packet(chunk(11), chunk(10, b"cookie")), True),
        (packet(chunk(11, length=3)), False),
        (packet(chunk(11, length=5)), False),
        (packet(chunk(0, bytes(11))), False),
        (packet(chunk(0, bytes(12))), True),
        (packet(chunk(1, bytes(16))), True),
        (packet(chunk(1, bytes(16) + parameter(b"1234"))), True),
        (packet(chunk(1, bytes(16) + parameter(b"", length=0))), False),
        (packet(chunk(4, parameter(b"1234", length=9))), False),
        (packet(chunk(130, parameter(b"", length=3))), False),
        (packet(chunk(3, bytes(11))), False),
        (packet(chunk(192, bytes(3))), False),
        (packet(chunk(99, b"\x00\x00\x00\x00")), True),
    ],
)
def test_lengths_must_fit(data: bytes, well_formed: bool) -> None:
    assert is_well_formed(data) is well_formed


KINDS = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 130, 192])


@given(st.lists(st.tuples(KINDS, st.binary(max_size=60)), min_size=1, max_size=4))
def test_aiortc_ends_with_whatever_is_well_formed(chunks: list[tuple[int, bytes]]) -> None:
    data = packet(*(chunk(kind, body) for kind, body in chunks))
    if is_well_formed(data):
        with suppress(struct.error, ValueError):
            parse_packet(data)


@pytest.mark.parametrize(
    ("acknowledged", "gaps", "plausible"),
    [
        (100, [], True),
        (90, [(2, 5), (7, 10)], True),
        (101, [], False),
        (90, [(2, 11)], False),
        (90, [(5, 2)], False),
        (90, [(2, 5), (5, 6)], False),
        (90, [(0, 1)], False),
    ],
)
def test_a_sack_speaks_of_what_was_sent(
    acknowledged: int, gaps: list[tuple[int, int]], plausible: bool
) -> None:
    for shift in (0, 2**32 - 95):  # also across the wrap
        numbers = (acknowledged + shift) % 2**32, (100 + shift) % 2**32
        assert is_plausible_sack(numbers[0], gaps, numbers[1]) is plausible


def test_a_burst_costs_no_wait() -> None:
    budget = Budget(rate=100, burst=1000, now=0)

    assert [budget.spend(500, 0) for _ in range(3)] == [0, 0, 5]


def test_a_budget_recovers_but_never_beyond_its_burst() -> None:
    budget = Budget(rate=100, burst=1000, now=0)
    budget.spend(1000, 0)

    assert budget.spend(500, 5) == 0
    assert budget.spend(1500, 1000) == 5


@given(st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 10)), min_size=1, max_size=50))
def test_who_waits_as_told_never_exceeds_the_rate(spending: list[tuple[int, float]]) -> None:
    budget, now, spent = Budget(rate=1000, burst=2000, now=0), 0.0, 0
    for size, pause in spending:
        now += pause
        now += budget.spend(size, now)
        spent += size
        assert spent <= 2000 + 1000 * now + 1e-6
