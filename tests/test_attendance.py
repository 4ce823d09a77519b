from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from visio.attendance import SpeakingTime, attendees


@dataclass(frozen=True)
class Stay:
    joined_at: int
    left_at: int | None
    person: str = "ada"
    name: str = "Ada"
    kind: str = "account"
    spoken: int = 0


def test_somebody_who_comes_back_is_one_person_with_two_stays() -> None:
    (ada,) = attendees([Stay(0, 10, spoken=3), Stay(20, 50, spoken=4)], 100)
    assert (len(ada.stays), ada.present, ada.spoken) == (2, 40, 7)


def test_two_devices_at_once_count_once() -> None:
    (ada,) = attendees([Stay(0, 50), Stay(10, 20), Stay(40, 60)], 100)
    assert ada.present == 60


def test_who_is_inside_counts_until_now() -> None:
    (ada,) = attendees([Stay(30, None)], 100)
    assert ada.present == 70


def test_people_come_in_order_under_their_newest_name() -> None:
    stays = [
        Stay(5, 9, "bob", "Bob"),
        Stay(0, 3, "eve", "Eve"),
        Stay(10, 12, "bob", "Bob Martin"),
    ]
    assert [one.name for one in attendees(stays, 100)] == ["Eve", "Bob Martin"]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1))
def test_presence_is_the_time_that_any_stay_covers(bounds: list[tuple[int, int]]) -> None:
    stays = [Stay(min(pair), max(pair)) for pair in bounds]
    (ada,) = attendees(stays, 100)
    covered = {moment for s in stays for moment in range(s.joined_at, s.left_at or 0)}
    assert ada.present == len(covered)


def test_speaking_time_is_from_the_first_word_to_the_silence() -> None:
    time = SpeakingTime()
    time.hear({"PA_1"}, 1000)
    time.hear({"PA_1", "PA_2"}, 3000)
    assert time.totals(4000) == {"PA_1": 3000, "PA_2": 1000}
    time.hear({"PA_2"}, 5000)
    time.hear(set(), 6000)
    time.hear({"PA_1"}, 10_000)
    assert time.totals(10_500) == {"PA_1": 4500, "PA_2": 3000}


def test_who_leaves_while_speaking_has_spoken_until_then() -> None:
    time = SpeakingTime()
    time.hear({"PA_1"}, 1000)
    assert time.leave("PA_1", 1700) == 700
    assert time.totals(5000) == {}
    assert time.leave("PA_2", 5000) == 0
