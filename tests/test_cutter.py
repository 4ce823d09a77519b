from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.frames import MUTE, PACKET, ROOM, SPEECH, Heard, frames
from visio.cutter import RATE, Cutter, Talkspurt, opus_duration


def cut(heard: Iterable[Heard], cutter: Cutter | None = None) -> list[Talkspurt]:
    cutter = cutter or Cutter()
    closed = [talkspurt for frame in heard for talkspurt in cutter.push(frame)]
    return closed + cutter.flush()


def numbers(talkspurt: Talkspurt) -> list[int]:
    return [int.from_bytes(payload[1:5]) for _, payload in talkspurt.packets]


def spans(talkspurts: Sequence[Talkspurt]) -> list[tuple[float, float]]:
    """(start, end) in seconds of the track."""
    return [
        (round(one.started_at - 100, 2), round(one.started_at - 100 + one.duration / RATE, 2))
        for one in talkspurts
    ]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([(ROOM, 5)], [], id="a silent room is no talkspurt"),
        pytest.param(
            [(ROOM, 2), (SPEECH, 1), (ROOM, 2)],
            [(1.7, 3.3)],
            id="speech is kept with what came before and after it",
        ),
        pytest.param(
            [(SPEECH, 1), (ROOM, 0.4), (SPEECH, 1), (ROOM, 1)],
            [(0, 2.7)],
            id="a breath does not cut",
        ),
        pytest.param(
            [(SPEECH, 1), (ROOM, 1), (SPEECH, 1), (ROOM, 1)],
            [(0, 1.3), (1.7, 3.3)],
            id="silence cuts",
        ),
        pytest.param(
            [(SPEECH, 1), (None, 2), (SPEECH, 1)],
            [(0, 1), (3, 4)],
            id="nothing sent is silence",
        ),
        pytest.param(
            [(SPEECH, 0.5), (None, 0.1), (SPEECH, 0.5)],
            [(0, 1.1)],
            id="lost packets keep the timeline",
        ),
        pytest.param([(ROOM, 1), (SPEECH, 0.08), (ROOM, 1)], [], id="a click is no talkspurt"),
        pytest.param(
            [(SPEECH, 9), (ROOM, 0.3), (SPEECH, 2), (ROOM, 0.3), (SPEECH, 1), (ROOM, 1)],
            [(0, 11.4), (11.4, 12.9)],
            id="after ten seconds a short pause cuts",
        ),
        pytest.param(
            [(SPEECH, 12), (40, 0.1), (SPEECH, 6), (ROOM, 1)],
            [(0, 12.06), (12.06, 18.4)],
            id="without a pause it is cut where it is quietest",
        ),
        pytest.param(
            [(50, 3), (SPEECH, 1), (50, 2)], [(2.7, 4.3)], id="a steady fan is background"
        ),
    ],
)
def test_cuts(parts: list[tuple[int | None, float]], expected: list[tuple[float, float]]) -> None:
    assert spans(cut(frames(*parts))) == expected


def test_speech_at_the_very_start_of_a_track_is_kept() -> None:
    assert numbers(cut(frames((SPEECH, 1)))[0]) == list(range(50))


def test_a_track_that_stops_sending_is_closed_by_the_clock() -> None:
    cutter = Cutter()
    for frame in frames((SPEECH, 1)):
        assert cutter.push(frame) == []
    assert cutter.tick(101.5) == []
    assert spans(cutter.tick(102)) == [(0, 1)]
    assert cutter.tick(200) == []


def test_without_levels_packets_bigger_than_dtx_are_speech() -> None:
    heard = [
        Heard(n, n * PACKET, -1, 100 + n * 0.02, length=80 if 100 <= n < 150 else 1)
        for n in range(300)
    ]
    (talkspurt,) = cut(heard)
    assert set(range(100, 150)) <= set(numbers(talkspurt))
    assert len(talkspurt.packets) < 100


def test_time_that_jumps_back_begins_a_new_timeline() -> None:
    first, second = frames((SPEECH, 1)), frames((SPEECH, 1))
    later = [Heard(100 + f.number, f.timestamp, f.level, f.received_at + 5) for f in second]
    assert spans(cut(first + later)) == [(0, 1), (5, 6)]


def test_time_that_jumps_ahead_stays_on_the_clock_of_arrival() -> None:
    heard = frames((SPEECH, 1))
    later = [Heard(100 + f.number, f.timestamp + 10**9, 25, f.received_at + 5) for f in heard]
    assert spans(cut(heard + later)) == [(0, 1), (5, 6)]


def test_late_packets_do_not_move_a_talkspurt() -> None:
    heard = frames((SPEECH, 1))
    late = [Heard(f.number, f.timestamp, 25, f.received_at + (f.number % 5) / 20) for f in heard]
    assert spans(cut(late[1:])) == [(0.02, 1)]


def test_a_clock_that_runs_fast_is_followed() -> None:
    """A sender 200 ppm fast for an hour of speech every minute: never 50 ms off."""
    cutter = Cutter()
    for minute in range(60):
        for n in range(3000):
            at = minute * 3000 + n
            frame = Heard(at, at * PACKET, SPEECH if n < 100 else ROOM, 100 + at * 0.02 * 1.0002)
            for talkspurt in cutter.push(frame):
                true_start = 100 + (minute * 60 - (0.3 if minute else 0)) * 1.0002
                assert talkspurt.started_at == pytest.approx(true_start, abs=0.05)


@settings(deadline=None)
# What was heard before a long hole is not the beginning of what comes after it.
@example([(80, 1), (None, 400), (None, 96), (SPEECH, 203)])
@given(
    st.lists(
        st.tuples(st.sampled_from([SPEECH, 44, ROOM, MUTE, -1, None]), st.integers(1, 400)),
        max_size=12,
    )
)
def test_every_frame_of_speech_is_in_exactly_one_talkspurt(
    parts: list[tuple[int | None, int]],
) -> None:
    heard = frames(*((level, count / 50) for level, count in parts))
    talkspurts = cut(heard)
    kept = [number for talkspurt in talkspurts for number in numbers(talkspurt)]
    assert kept == sorted(set(kept))
    loud = [frame for frame in heard if frame.level in {SPEECH, 44, -1}]
    spoken = {frame.number for burst in bursts(loud) if len(burst) >= 5 for frame in burst}
    assert spoken <= set(kept)
    for talkspurt in talkspurts:
        assert talkspurt.duration <= 15 * RATE
        stamps = [heard[number].timestamp for number in numbers(talkspurt)]
        assert [offset for offset, _ in talkspurt.packets] == [s - stamps[0] for s in stamps]
    for one, following in pairwise(talkspurts):
        assert one.started_at + one.duration / RATE <= following.started_at + 1e-6


def bursts(loud: list[Heard]) -> list[list[Heard]]:
    """Frames with less than 0.6 s between them."""
    groups: list[list[Heard]] = []
    for frame in loud:
        if groups and frame.timestamp - groups[-1][-1].timestamp - PACKET < RATE * 6 // 10:
            groups[-1].append(frame)
        else:
            groups.append([frame])
    return groups


@given(
    st.lists(
        st.builds(
            Heard,
            st.integers(0, 2**31),
            st.integers(0, 2**40),
            st.integers(-1, 127),
            st.floats(0, 1e6),
            st.integers(0, 200),
        )
    )
)
def test_no_sequence_of_frames_raises(heard: list[Heard]) -> None:
    for talkspurt in cut(heard):
        assert all(offset >= 0 for offset, _ in talkspurt.packets)


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        (b"", 0),
        (bytes([0x78]), 960),  # CELT 20 ms, one frame
        (bytes([0x79]), 1920),  # two of equal size
        (bytes([0x7B, 3]), 2880),  # three
        (bytes([0x7B, 63]), 5760),  # more than 120 ms is a lie
        (bytes([0x7B]), 0),
        (bytes([0x00]), 480),  # SILK 10 ms
        (bytes([0x18]), 2880),  # SILK 60 ms
        (bytes([0x60]), 480),  # hybrid 10 ms
        (bytes([0x80]), 120),  # CELT 2.5 ms
    ],
)
def test_packets_tell_their_length(packet: bytes, samples: int) -> None:
    assert opus_duration(packet) == samples


def test_what_is_open_is_what_is_closed_later() -> None:
    cutter = Cutter()
    heard = frames((ROOM, 1), (SPEECH, 1), (ROOM, 1))
    gathered: list[tuple[int, bytes]] = []
    closed: list[Talkspurt] = []
    for frame in heard:
        if so_far := cutter.open(gathered[-1][0] + 1 if gathered else 0):
            gathered += so_far.packets
        closed += cutter.push(frame)
    (talkspurt,) = closed
    # It ends in the middle of the silence that closes it.
    assert gathered[: len(talkspurt.packets)] == list(talkspurt.packets)
    assert cutter.open(0) is None


def test_a_click_opens_nothing() -> None:
    cutter = Cutter()
    for frame in frames((ROOM, 1), (SPEECH, 0.06), (ROOM, 0.3)):
        cutter.push(frame)
        assert cutter.open(0) is None


def test_what_goes_on_after_a_cut_is_open_at_once() -> None:
    cutter = Cutter()
    heard = iter(frames((SPEECH, 20)))
    while not cutter.push(next(heard)):
        pass
    assert cutter.open(0)
