import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcription.words import Turn, Word, by_voice, sentences, voice_of


def words(text: str, *pauses: tuple[int, float]) -> list[Word]:
    """Words of 0.3 s without a gap, but for a pause before some of them (by index)."""
    at, made = 0.0, []
    for index, word in enumerate(text.split()):
        at += dict(pauses).get(index, 0)
        made.append(Word(at, at + 0.3, f" {word}", 0.9))
        at += 0.3
    return made


def lines(parts: list[list[Word]]) -> list[str]:
    return ["".join(word.text for word in part).strip() for part in parts]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words(""), []),
        (words("Oui. Non."), ["Oui. Non."]),
        (words("Oui. Non.", (1, 0.3)), ["Oui.", "Non."]),
        (words("Oui, non.", (1, 0.3)), ["Oui, non."]),
        (words("Je me demande", (2, 1.5)), ["Je me", "demande"]),
    ],
)
def test_a_line_ends_with_its_sentence_or_a_long_pause(
    said: list[Word], expected: list[str]
) -> None:
    assert lines(list(sentences(said))) == expected


def test_words_are_parted_where_the_voice_changes() -> None:
    said = words("one two three four")
    turns = [Turn(0, 0.58, "S1"), Turn(0.58, 2, "S2")]
    assert [(voice, lines([part])[0]) for voice, part in by_voice(said, turns)] == [
        ("S1", "one two"),
        ("S2", "three four"),
    ]


def test_without_turns_there_are_no_voices() -> None:
    assert [voice for voice, _ in by_voice(words("one two"), [])] == [None]


def test_a_blip_inside_a_voice_is_that_voice() -> None:
    said = [Word(0, 0.3, "a", 1), Word(0.3, 0.4, "b", 1), Word(0.4, 0.7, "c", 1)]
    turns = [Turn(0, 0.3, "S1"), Turn(0.3, 0.4, "S2"), Turn(0.4, 1, "S1")]
    assert [voice for voice, _ in by_voice(said, turns)] == ["S1"]
    longer = [Word(0, 0.3, "a", 1), Word(0.3, 0.6, "b", 1), Word(0.6, 0.9, "c", 1)]
    turns = [Turn(0, 0.3, "S1"), Turn(0.3, 0.6, "S2"), Turn(0.6, 1, "S1")]
    assert [voice for voice, _ in by_voice(longer, turns)] == ["S1", "S2", "S1"]


@pytest.mark.parametrize(
    ("start", "end", "voice"),
    [(0, 1, "S1"), (0.8, 1.1, "S1"), (1.6, 1.9, "S2"), (1.1, 1.2, "S1"), (9, 10, "S2")],
)
def test_a_word_belongs_to_the_voice_heard_longest_or_nearest(
    start: float, end: float, voice: str
) -> None:
    assert voice_of(start, end, [Turn(0, 1, "S1"), Turn(1.5, 3, "S2")]) == voice


times = st.floats(0, 100)
spoken = st.lists(st.tuples(times, st.floats(0, 2)), max_size=20).map(
    lambda pairs: [Word(at, at + long, f" {at}", 1) for at, long in sorted(pairs)]
)
turns = st.lists(st.builds(Turn, times, times, st.sampled_from(["S1", "S2", "S3"])), max_size=8)


@given(spoken, turns)
def test_no_word_is_lost_or_doubled(said: list[Word], heard: list[Turn]) -> None:
    assert [word for part in sentences(said) for word in part] == said
    assert [word for _, part in by_voice(said, heard) for word in part] == said
