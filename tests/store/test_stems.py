import pytest
from hypothesis import given
from hypothesis import strategies as st

from visio.store import stems


def finds(search: str, text: str, language: str = "fr") -> bool:
    """Whether a search for the words finds the text."""
    has = stems.of_text(text, language)
    return any(all(one & has for one in words) for words in stems.wanted(search))


@pytest.mark.parametrize(
    ("search", "text", "language"),
    [
        ("réunion", "Les RÉUNIONS ont été reportées", "fr"),
        ("reunions", "la réunion", "fr"),
        ("organisée", "il a organisé la visite", "fr"),
        ("organisee", "elle est organisée", "fr"),
        ("été", "pendant l’été", "fr"),
        ("cheval", "les chevaux", "fr"),
        ("decide", "They decided it yesterday", "en"),
        ("meetings", "the first meeting", "en"),
        ("2027", "pour le budget 2027.", "fr"),
        ("but", "un but de la saison", "fr"),
        ("the budget", "about the budgets", "en"),
        ("le budget de la mairie", "notre mairie a un budget", "fr"),
        ("presupuesto", "el presupuesto nuevo", "es"),
        ("re\u0301union", "r\u00e9union", "fr"),
    ],
)
def test_words_are_found_in_all_their_forms(search: str, text: str, language: str) -> None:
    assert finds(search, text, language)


@pytest.mark.parametrize(
    ("search", "text", "language"),
    [
        ("budget mairie", "le budget", "fr"),
        ("réunion", "le budget", "fr"),
        ("the", "the budget", "en"),
        ("et", "et puis", "fr"),
        ("", "et puis", "fr"),
        ("…", "…", "fr"),
    ],
)
def test_others_are_not(search: str, text: str, language: str) -> None:
    assert not finds(search, text, language)


def test_what_was_found_is_told_apart_and_nothing_is_lost() -> None:
    (words,) = [words for words in stems.wanted("reunion maire") if len(words[0]) == 1][:1]
    search = frozenset(stem for one in words for stem in one)
    parts = stems.marked("La réunion, puis les réunions du maire.", "fr", search)
    assert [part.text for part in parts if part.found] == ["réunion", "réunions", "maire"]
    assert "".join(part.text for part in parts) == "La réunion, puis les réunions du maire."


@given(st.text(), st.sampled_from(["fr", "en", "de", ""]))
def test_every_text_is_found_by_each_of_its_words(text: str, language: str) -> None:
    has = stems.of_text(text, language)
    search = frozenset(has)
    assert all(len(stem) <= 3 + 3 * 64 for stem in has)
    found = [part.text for part in stems.marked(text, language, search) if part.found]
    assert {stem for word in found for stem in stems.of_word(word, language)} == has


def test_a_search_is_of_some_words() -> None:
    assert all(len(words) <= stems.MOST for words in stems.wanted(" ".join(map(str, range(100)))))
