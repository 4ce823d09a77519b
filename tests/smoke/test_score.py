import pytest

from tests.smoke.score import score

SAID = {"Ada": "ten of clubs seven of hearts", "Brice": "he was not an ill disposed young man"}


@pytest.mark.parametrize(
    ("written", "right_name", "wer"),
    [
        (SAID, 1.0, 0.0),
        ({"Ada": "10 of clubs, 7 of hearts.", "Brice": SAID["Brice"]}, 1.0, 0.0),
        ({"Ada": "ten of clothes", "Brice": SAID["Brice"]}, 1.0, 4 / 14),
        # Half of the recognised words under the name of the other, whose own are missing there.
        ({"Ada": "ten of clubs", "Brice": "seven of hearts"}, 0.5, 11 / 14),
        ({"Ada": SAID["Brice"], "Brice": SAID["Ada"]}, 0.0, 16 / 14),
    ],
)
def test_words_count_for_who_said_them(
    written: dict[str, str], right_name: float, wer: float
) -> None:
    result = score(SAID, written)
    assert (result.right_name, result.wer) == pytest.approx((right_name, wer))


def test_what_is_written_twice_is_an_error_each_time() -> None:
    twice = {name: f"{words} {words}" for name, words in SAID.items()}
    assert score(SAID, twice).wer == 1.0
