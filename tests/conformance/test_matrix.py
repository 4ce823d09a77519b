"""The matrix itself, on small lists of rules."""

import json
from pathlib import Path

import pytest

from tests.conformance.matrix import Matrix
from tests.conformance.rules import DOCUMENT, BadRules, read_rules

pytest_plugins = ["pytester"]

RULES = """
| # | level | clients | rule |
|---|---|---|---|
| 1 | M | raw | One. |
| 2 | P | python, raw | Two. |
"""


def run(pytester: pytest.Pytester, body: str, rules: str = RULES) -> Matrix:
    """The matrix after a run of these tests."""
    pytester.makeini("[pytest]\nmarkers = rule\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(f"import pytest\nrule = pytest.mark.rule\n{body}")
    matrix = Matrix(read_rules(rules))
    pytester.inline_run("-p", "no:asyncio", plugins=[matrix])
    return matrix


GOOD = """
@rule(1, 2, client="raw")
def test_a(): pass

@pytest.mark.parametrize("sdk", ["python"])
@rule(2)
def test_b(sdk): pass
"""


def test_all_is_well_when_every_cell_has_a_test_that_passes(pytester: pytest.Pytester) -> None:
    matrix = run(pytester, GOOD)
    assert matrix.holds()
    *_, last = matrix.report()
    assert json.loads(last) == {"rules": 2, "passed": 2, "failed": 0, "skipped": 0}


@pytest.mark.parametrize(
    ("body", "verdicts", "complaint"),
    [
        (GOOD.replace("rule(2)", 'rule(2, client="raw")'), ["passed", "failed"], None),
        (GOOD.replace("def test_a(): pass", "def test_a(): assert 0"), ["failed"] * 2, None),
        (GOOD.replace("rule(2)", "rule(2, 3)"), ["passed", "passed"], "there is no rule 3"),
        (GOOD.replace("rule(2)", "rule(1, 2)"), ["passed", "passed"], "rule 1 is not for python"),
        (
            GOOD.replace("def test_a(): pass", "def test_a(): pytest.skip('not today')"),
            ["skipped", "skipped"],
            "rule 1 is mandatory and skipped",
        ),
        (
            GOOD.replace("def test_b(sdk): pass", "def test_b(sdk): pytest.skip('no')"),
            ["passed", "skipped"],
            "more than one rule in 20 is skipped",
        ),
    ],
)
def test_what_is_wrong_fails_the_build(
    pytester: pytest.Pytester, body: str, verdicts: list[str], complaint: str | None
) -> None:
    matrix = run(pytester, body)
    assert not matrix.holds()
    assert [matrix.verdict(number) for number in (1, 2)] == verdicts
    assert not complaint or any(complaint in line for line in matrix.report())


def test_a_broken_fixture_fails_its_rules(pytester: pytest.Pytester) -> None:
    broken = "@pytest.fixture\ndef ill(): raise OSError\n"
    matrix = run(pytester, broken + GOOD.replace("test_a()", "test_a(ill)"))
    assert matrix.verdict(1) == "failed"


@pytest.mark.parametrize("bad", [RULES.replace("| 2 |", "| 3 |"), RULES.replace("raw", "telex")])
def test_a_list_that_cannot_be_read_is_refused(bad: str) -> None:
    with pytest.raises(BadRules):
        read_rules(bad)


def test_the_document_has_the_rules_it_was_asked_for() -> None:
    rules = read_rules(Path(DOCUMENT).read_text())
    assert len(rules) >= 150
    assert all(rule.clients for rule in rules.values())
