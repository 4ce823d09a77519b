import pytest

from tests.wer import align, normalise, wer


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("one two three four", "One, two: three - four!", 0),
        ("mister dashwood said ten", "Mr. Dashwood said 10", 0),
        ("he was not ill disposed", "He was not ill-disposed.", 0),
        ("one two three four", "one two four", 0.25),
        ("one two three four", "one too three four", 0.25),
        ("one two three four", "one two and three four", 0.25),
        ("one two", "", 1),
    ],
)
def test_errors_by_words_of_the_reference(reference: str, hypothesis: str, expected: float) -> None:
    assert wer(reference, hypothesis) == expected


def test_alignment_shows_what_has_no_partner() -> None:
    pairs = align(normalise("a b c d"), normalise("a x c d e"))
    assert pairs == [("a", "a"), ("b", "x"), ("c", "c"), ("d", "d"), (None, "e")]
