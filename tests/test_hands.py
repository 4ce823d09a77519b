from visio.hands import Hands


def test_places_grow() -> None:
    hands = Hands()
    assert [hands.place(sid, 0.0) for sid in ("ada", "bob")] == ["1", "2"]


def test_a_place_is_kept_for_a_moment() -> None:
    hands = Hands()
    hands.keep("ada", hands.place("ada", 0.0), 10.0)
    assert hands.place("ada", 24.9) == "1"
    hands.keep("ada", "1", 30.0)
    assert hands.place("ada", 45.0) == "2"


def test_a_place_is_given_back_once() -> None:
    hands = Hands()
    hands.keep("ada", hands.place("ada", 0.0), 1.0)
    assert [hands.place("ada", 2.0), hands.place("ada", 3.0)] == ["1", "2"]


def test_who_is_out_has_no_place() -> None:
    hands = Hands()
    hands.keep("ada", hands.place("ada", 0.0), 1.0)
    hands.forget("ada")
    assert hands.place("ada", 2.0) == "2"
