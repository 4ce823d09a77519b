import pytest

from sfu import slots
from sfu.sections import Wanted
from sfu.slots import Slots

OPUS = Wanted("audio", ("opus", "48000", "2"))
VP8 = Wanted("video", ("vp8", "90000", "0"))
AV1 = Wanted("video", ("av1", "90000", "0", "0"))


def negotiated(one: Slots[str]) -> dict[str, str | None]:
    """Offer, have everything received, and say what the offer had."""
    assert not one.assign()
    offered = {slot.mid: slot.offered for slot in one}
    one.settle([mid for mid, key in offered.items() if key], [])
    return offered


def test_each_subscription_gets_a_slot_of_its_own() -> None:
    one: Slots[str] = Slots(1)
    assert not one.pending()
    one.want("a", OPUS)
    one.want("b", VP8)
    assert one.pending()
    assert negotiated(one) == {"1": "a", "2": "b"}
    assert not one.pending()


def test_freed_slot_is_closed_once_and_then_recycled_under_another_mid() -> None:
    one: Slots[str] = Slots(1)
    one.want("a", OPUS)
    negotiated(one)
    one.release("a")
    one.want("b", OPUS)
    assert one.pending()
    assert negotiated(one) == {"1": None, "2": "b"}
    one.want("c", OPUS)
    assert negotiated(one) == {"3": "c", "2": "b"}


def test_slot_is_recycled_for_any_format_of_its_kind() -> None:
    one: Slots[str] = Slots(1)
    one.want("a", VP8)
    negotiated(one)
    one.release("a")
    negotiated(one)
    one.want("b", AV1)
    one.want("c", OPUS)
    one.want("d", VP8)
    assert negotiated(one) == {"2": "b", "3": "c", "4": "d"}


@pytest.mark.rule(80, client="raw")
def test_offers_do_not_grow_over_200_rounds_of_coming_and_going() -> None:
    one: Slots[str] = Slots(1)
    for number in range(200):
        one.want(f"a{number}", OPUS)
        one.want(f"v{number}", VP8)
        negotiated(one)
        one.release(f"a{number}")
        one.release(f"v{number}")
        negotiated(one)
    assert len(list(one)) == 2
    for number in range(200):  # one goes as the next comes, in one offer
        one.want(f"b{number}", OPUS)
        negotiated(one)
        one.release(f"b{number}")
    assert len(list(one)) == 3


def test_released_before_the_answer_is_neither_received_nor_unsupported() -> None:
    one: Slots[str] = Slots(1)
    one.want("a", OPUS)
    one.assign()
    one.release("a")
    settled = one.settle(["1"], [])
    assert (settled.received, settled.unsupported) == ({}, ())
    assert one.pending()
    assert negotiated(one) == {"1": None}


def test_offer_whose_answer_is_lost_may_be_made_again() -> None:
    one: Slots[str] = Slots(1)
    one.want("a", OPUS)
    negotiated(one)
    one.release("a")
    one.assign()
    one.want("b", OPUS)
    one.want("c", VP8)
    one.assign()
    assert {slot.mid: slot.offered for slot in one} == {"1": None, "2": "b", "3": "c"}
    assert one.settle(["2", "3"], []).received == {"2": "b", "3": "c"}


def test_rejected_format_is_not_offered_again() -> None:
    one: Slots[str] = Slots(1)
    one.want("a", AV1)
    one.assign()
    settled = one.settle([], ["1"])
    assert (settled.received, settled.unsupported) == ({}, ("a",))
    one.want("b", AV1)
    one.want("c", VP8)
    assert one.pending()
    assert one.assign() == ("b",)
    assert {slot.mid: slot.offered for slot in one} == {"2": "c"}
    one.settle(["2"], [])
    assert not one.pending()


def test_section_that_is_merely_not_received_may_be_tried_again() -> None:
    one: Slots[str] = Slots(1)
    one.want("a", VP8)
    one.assign()
    assert one.settle([], []).unsupported == ("a",)
    assert not one.pending()
    one.want("b", VP8)
    assert negotiated(one) == {"2": "b"}


def test_what_finds_no_slot_waits_for_one() -> None:
    one: Slots[int] = Slots(1)
    for number in range(slots.MOST_SLOTS + 1):
        one.want(number, OPUS)
    assert not one.assign()
    mids = [slot.mid for slot in one]
    one.settle(mids, [])
    assert len(mids) == slots.MOST_SLOTS
    assert not one.pending()
    one.release(0)
    one.assign()
    one.settle(mids[1:], [])
    assert one.pending()
    one.assign()
    assert next(iter(one)).offered == slots.MOST_SLOTS
