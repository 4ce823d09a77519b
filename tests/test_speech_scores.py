from collections.abc import Sequence

import pytest

from benchmarks.speech.meetings import Said
from benchmarks.speech.scores import Line, Words, attributed, errors, missed, placed, said_by

GOOD = {
    "right_name": 0.995,
    "der": 0.11,
    "der_pyannote": 0.1,
    "wer": 0.06,
    "wer_whole_file": 0.05,
    "final_pass_s_per_h": 300.0,
    "caption_p50_s": 1.0,
    "caption_p95_s": 1.5,
}


def said(who: str, text: str, start: float = 0.0) -> Said:
    return Said(who, who, start, start + 2, text)


def line(who: str, text: str, start: float = 0.0) -> Line:
    return Line(who, "", start, start + 2, text)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("ann", "We begin now."), line("bob", "I agree")], Words(5, 0, 5, 0)),
        ([line("ann", "We begin"), line("bob", "I agree")], Words(5, 1, 4, 0)),
        ([line("ann", "We begin"), line("bob", "now I agree")], Words(5, 2, 4, 1)),
        ([line("bob", "We begin now"), line("ann", "I agree")], Words(5, 6, 0, 5)),
        ([line("ann", "We begin now"), line("bob", "now I agree")], Words(5, 1, 5, 1)),
        ([line("ann", "We begin"), line("bob", "now I agree", 9)], Words(5, 2, 4, 0)),
        ([line("ann", "We begin now. We begin now."), line("bob", "I agree")], Words(5, 3, 5, 0)),
        ([], Words(5, 5, 0, 0)),
    ],
    ids=["right", "missing", "moved", "echoed", "exchanged", "later", "twice", "nothing"],
)
def test_words_stand_under_the_name_of_who_said_them(
    lines: Sequence[Line], expected: Words
) -> None:
    assert attributed([said("ann", "we begin now"), said("bob", "I agree")], lines) == expected


def test_a_word_astray_counts_once() -> None:
    people = [said("ann", "yes"), said("bob", "yes"), said("eve", "no")]
    found = attributed(people, [line("eve", "yes no")])
    assert (found.right, found.wrong) == (1, 1)


def test_of_a_shared_microphone_only_what_stands_under_other_names_counts() -> None:
    people = [said("ann", "we begin"), said("room", "hello")]
    lines = [line("ann", "we begin hello"), line("room", "we begin")]
    assert attributed(people, lines, shared="room") == Words(2, 1, 2, 1)


def test_shares_of_words() -> None:
    words = Words(10, 2, 6, 2) + Words(10, 0, 0, 0)
    assert (words.wer, words.right_name) == (0.1, 0.75)
    assert (Words().wer, Words().right_name) == (0, 0)


def test_what_is_said_into_a_microphone_is_put_in_order() -> None:
    texts = said_by([said("ann", "now.", 5), said("bob", "I agree", 3), said("ann", "We begin")])
    assert texts == {"ann": "We begin now.", "bob": "I agree"}
    assert errors(texts["ann"], "we begin, then") == Words(3, 1)


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (("S1", 0.5, 1.5), [("S1", 10.5, 11.5)]),
        (("S1", 1.0, 4.0), [("S1", 11.0, 12.0), ("S1", 60.0, 61.0)]),
        (("S1", 2.2, 2.8), []),
        (("S1", 4.5, 9.0), [("S1", 61.5, 62.0)]),
    ],
    ids=["within", "over a silence", "in the silence", "beyond the end"],
)
def test_turns_are_put_back_on_the_meetings_clock(
    turn: tuple[str, float, float], expected: list[tuple[str, float, float]]
) -> None:
    """Two talkspurts of two seconds, a minute apart, were put together a second apart."""
    assert placed([turn], [(0.0, 2.0, 10.0), (3.0, 2.0, 60.0)]) == expected


def test_the_bounds_hold_just_so() -> None:
    assert missed(GOOD) == []


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("right_name", 0.98),
        ("der", 0.12),
        ("wer", 0.07),
        ("final_pass_s_per_h", 301),
        ("caption_p50_s", 1.1),
        ("caption_p95_s", 1.6),
    ],
)
def test_each_bound_can_be_missed(figure: str, value: float) -> None:
    (bound,) = missed(GOOD | {figure: value})
    assert bound.startswith(figure)
