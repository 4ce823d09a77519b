from hypothesis import given
from hypothesis import strategies as st

from sfu.events import AudioFrame, PublicationId
from sfu.tap import MAX_WAITING, PATIENCE, Tap


def frame(sequence: int, received_at: float = 0.0) -> AudioFrame:
    return AudioFrame(
        PublicationId(1), sequence, sequence * 960, 30, b"opus %d" % sequence, received_at
    )


def tapped(*frames: AudioFrame) -> list[int]:
    heard: list[AudioFrame] = []
    tap = Tap(heard.append)
    for one in frames:
        tap.handle(one)
    return [one.sequence for one in heard]


def test_frames_in_order_pass_at_once() -> None:
    assert tapped(frame(7), frame(8), frame(9)) == [7, 8, 9]


def test_a_late_frame_is_waited_for() -> None:
    assert tapped(frame(7), frame(9), frame(10), frame(8)) == [7, 8, 9, 10]


def test_a_lost_frame_is_given_up_after_a_while() -> None:
    assert tapped(frame(7), frame(9, 1.0)) == [7]
    assert tapped(frame(7), frame(9, 1.0), frame(10, 1.0 + PATIENCE)) == [7, 9, 10]


def test_a_frame_that_comes_too_late_is_dropped() -> None:
    assert tapped(frame(7), frame(9, 1.0), frame(10, 1.0 + PATIENCE), frame(8)) == [7, 9, 10]


def test_a_repeated_frame_passes_once() -> None:
    assert tapped(frame(7), frame(7), frame(9), frame(9), frame(8)) == [7, 8, 9]


def test_a_gap_does_not_hold_more_than_its_share() -> None:
    assert len(tapped(frame(0), *(frame(i) for i in range(2, MAX_WAITING + 2)))) > MAX_WAITING


def test_what_waits_at_the_end_is_flushed_in_order() -> None:
    heard: list[int] = []
    tap = Tap(lambda one: heard.append(one.sequence))
    for number in (1, 4, 3):
        tap.handle(frame(number))
    tap.flush()

    assert heard == [1, 3, 4]


@given(st.permutations(list(range(30))), st.integers(0, 5))
def test_order_is_kept_whatever_arrives(order: list[int], pace: int) -> None:
    heard = tapped(*(frame(number, at * pace / 50) for at, number in enumerate(order)))

    assert heard == sorted(set(heard))
