import asyncio
from itertools import pairwise

from transcription.pace import FIRST, SHARE, STEP, Pace
from transcription.turns import Turns


def run(pace: Pace, cost: float, until: float) -> list[tuple[str, float]]:
    """Decode whenever it is due; who had a turn when."""
    now, turns = 0.0, []
    while (due := pace.next()) and max(now, due[1]) < until:
        segment, at = due
        now = max(now, at)
        turns.append((segment, now))
        pace.note(segment, now, now + cost)
        now += cost
    return turns


def test_nobody_speaks_nothing_is_due() -> None:
    pace = Pace()
    assert pace.next() is None
    pace.open("a", 1.0)
    assert pace.next() == ("a", 1.0 + FIRST)
    pace.close("a")
    assert pace.next() is None


def test_one_speaker_is_decoded_every_step() -> None:
    pace = Pace()
    pace.open("a", 0.0)
    times = [at for _, at in run(pace, 0.3, 10)]
    assert times[0] == FIRST
    assert {round(b - a, 6) for a, b in pairwise(times)} == {STEP}


def test_many_speakers_have_equal_turns_and_leave_their_share_of_the_processor() -> None:
    pace = Pace()
    for name in "abcdefgh":
        pace.open(name, 0.0)
    turns = run(pace, 0.3, 40)
    counts = [sum(who == name for who, _ in turns) for name in "abcdefgh"]
    assert max(counts) - min(counts) <= 1
    assert 0.3 * len(turns) <= SHARE * 40 + 0.3


def test_a_slow_recogniser_stretches_the_step() -> None:
    pace = Pace()
    pace.open("a", 0.0)
    times = [at for _, at in run(pace, 3.0, 60)]
    assert min(b - a for a, b in pairwise(times)) >= 3.0 / SHARE - 1e-9


async def test_drafts_wait_while_anything_final_is_done() -> None:
    turns = Turns()
    await turns.quiet()
    order: list[str] = []

    async def draft() -> None:
        await turns.quiet()
        order.append("draft")

    with turns.final():
        waiting = asyncio.create_task(draft())
        await asyncio.sleep(0)
        order.append("one")
    with turns.final():  # at once: the draft has had no gap
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        order.append("two")
    await waiting
    assert order == ["one", "two", "draft"]
