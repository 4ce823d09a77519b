from tests.faults.ledger import Ledger, Verdict


def ledger(*acknowledged: str, asked: tuple[str, ...] = ()) -> Ledger:
    made = Ledger()
    for name in asked:
        made.ask("room", name)
    for name in acknowledged:
        made.acknowledge("room", name)
    return made


def test_what_is_there_once_holds() -> None:
    assert ledger("a", "b").compare({"room": ["b", "a"]}) == {"room": Verdict(2)}


def test_what_was_acknowledged_and_is_not_there_is_lost() -> None:
    verdict = ledger("a", "b").compare({"room": ["a"]})["room"]
    assert verdict.lost == {"b"}
    assert not verdict.holds


def test_a_kind_that_is_not_there_at_all_is_lost() -> None:
    assert ledger("a").compare({})["room"].lost == {"a"}


def test_what_is_there_twice_is_doubled() -> None:
    verdict = ledger("a", asked=("b",)).compare({"room": ["a", "a", "b", "b"]})["room"]
    assert verdict.doubled == {"a", "b"}
    assert not verdict.holds


def test_what_was_never_acknowledged_may_be_there_or_not() -> None:
    asked = ledger("a", asked=("b",))
    assert asked.compare({"room": ["a", "b"]})["room"].holds
    assert asked.compare({"room": ["a"]})["room"].holds


def test_what_nobody_asked_for_is_strange() -> None:
    verdict = ledger("a").compare({"room": ["a", "ghost"]})["room"]
    assert verdict.strange == {"ghost"}
    assert not verdict.holds


def test_facts_are_counted_once_however_often_they_were_acknowledged() -> None:
    made = ledger("a", "a", "b", asked=("c",))
    assert made.facts == 2
