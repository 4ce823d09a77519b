import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from visio.minutes import written
from visio.minutes.written import Line, SaidAction, SaidMinutes, SaidStatement

LINES = [Line(number, f"id-{number}", "Ada", "x" * number) for number in range(1, 60)]


@given(st.integers(40, 2000))
def test_sections_hold_every_line_once_and_no_more_than_fits(size: int) -> None:
    found = written.sections(LINES, size)
    assert [line for section in found for line in section] == LINES
    for section in found:
        together = sum(len(str(line)) + 1 for line in section)
        assert together <= size or len(section) == 1


@given(st.lists(st.integers(1, 5), min_size=2, max_size=30), st.integers(1, 200))
def test_summaries_become_fewer_and_lose_nothing(sizes: list[int], size: int) -> None:
    parts = [[SaidStatement(text=f"s{n}", sources=[n])] * count for n, count in enumerate(sizes)]
    found = written.groups(parts, size)
    assert len(found) < len(parts)
    assert [one for group in found for one in group] == [one for part in parts for one in part]


def test_invented_lines_are_left_out() -> None:
    statement = SaidStatement(text="s", sources=[2, 2, 99, -1, 1])
    nowhere = SaidAction(text="a", who="Bob", sources=[1000])
    part = SaidMinutes(summary=[], decisions=[statement], actions=[nowhere])
    kept = written.kept([statement], [part, part], LINES)
    assert kept.summary[0].sources == ["id-2", "id-1"]
    assert len(kept.decisions) == 2
    assert (kept.actions[0].who, kept.actions[0].sources) == ("Bob", [])


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('Here:\n```json\n{"a": {"b": 2}}\n```', '{"a": {"b": 2}}'),
        ("no", ""),
        ("} {", ""),
    ],
)
def test_the_object_is_found_in_an_answer(answer: str, found: str) -> None:
    assert written.json_in(answer) == found


@given(st.text())
def test_whatever_a_model_says_is_refused_or_of_the_form(answer: str) -> None:
    try:
        found = SaidMinutes.model_validate_json(written.json_in(answer))
    except ValidationError:
        return
    assert isinstance(found.summary, list)


@pytest.mark.parametrize("tokens", [2048, 8192, 128_000])
def test_a_section_leaves_room_for_instructions_and_answer(tokens: int) -> None:
    left = tokens - written.answer_tokens(tokens) - written.characters(tokens) / 2
    instructions, _ = written.asked_of_section([], "fr", 100)
    assert left >= len(instructions) / 2.5
