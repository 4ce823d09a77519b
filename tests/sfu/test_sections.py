import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu import sdp
from sfu.sections import Sections, SectionsNeeded, Wanted
from tests.sfu.offers import offer, section

VIDEO = Wanted("video", ("vp8", "90000", "0"))
AUDIO = Wanted("audio", ("opus", "48000", "2"))


def offered(audios: int, videos: int, publishing: int = 0) -> sdp.Offer:
    return sdp.parse(
        offer(
            *(section("audio", f"a{i}") for i in range(audios)),
            *(section("video", f"v{i}") for i in range(videos)),
            *(section("video", f"p{i}", direction="sendonly") for i in range(publishing)),
            section("application", "data"),
        )
    )


def test_nothing_is_needed_at_first() -> None:
    assert Sections[str]().needed() is None


@pytest.mark.rule(168, client="raw")
def test_a_free_section_asks_for_an_offer_only() -> None:
    sections = Sections[str]()
    sections.assign(offered(1, 1))
    sections.want("camera", VIDEO)

    assert sections.needed() == SectionsNeeded(0, 0)


@pytest.mark.rule(168, client="raw")
def test_missing_sections_are_counted_by_kind() -> None:
    sections = Sections[str]()
    sections.assign(offered(1, 0))
    for name in ("one", "two", "three"):
        sections.want(name, AUDIO)
    sections.want("camera", VIDEO)

    assert sections.needed() == SectionsNeeded(2, 1)


@pytest.mark.rule(171, client="raw")
def test_a_section_where_the_client_sends_is_never_used() -> None:
    sections = Sections[str]()
    sections.want("camera", VIDEO)
    assignment = sections.assign(offered(0, 0, publishing=1))

    assert assignment.carried == {}
    assert sections.needed() == SectionsNeeded(0, 1)


def test_a_subscription_keeps_its_section() -> None:
    sections = Sections[str]()
    sections.want("first", VIDEO)
    sections.assign(offered(0, 2))
    sections.want("second", VIDEO)
    assignment = sections.assign(offered(0, 2))

    assert assignment.carried == {"v0": "first", "v1": "second"}
    assert assignment.started == ("second",)
    assert sections.needed() is None


@pytest.mark.rule(170, client="raw")
def test_a_released_section_is_silent_for_one_answer() -> None:
    sections = Sections[str]()
    sections.want("first", VIDEO)
    sections.assign(offered(0, 1))
    sections.release("first")
    sections.want("second", VIDEO)
    assert sections.needed() == SectionsNeeded(0, 0)

    assert sections.assign(offered(0, 1)).carried == {}
    assert sections.needed() == SectionsNeeded(0, 0)
    assert sections.assign(offered(0, 1)).carried == {"v0": "second"}
    assert sections.needed() is None


def test_a_release_is_told_to_the_client() -> None:
    sections = Sections[str]()
    sections.want("camera", VIDEO)
    sections.assign(offered(0, 1))
    sections.release("camera")

    assert sections.needed() == SectionsNeeded(0, 0)


def test_releasing_what_has_no_section_needs_nothing() -> None:
    sections = Sections[str]()
    sections.want("camera", VIDEO)
    sections.release("camera")
    sections.release("camera")

    assert sections.needed() is None


def test_a_section_that_the_client_takes_back_is_replaced() -> None:
    sections = Sections[str]()
    sections.want("camera", VIDEO)
    sections.assign(offered(0, 1))
    assignment = sections.assign(offered(0, 0))

    assert assignment.stopped == ("camera",)
    assert sections.needed() == SectionsNeeded(0, 1)
    assert sections.assign(offered(0, 1)).started == ("camera",)


def test_a_codec_that_the_client_lacks_is_reported_once() -> None:
    sections = Sections[str]()
    sections.assign(offered(0, 1))
    sections.want("camera", Wanted("video", ("av1", "90000", "0", "0")))

    assert sections.assign(offered(0, 1)).unsupported == ("camera",)
    assert sections.assign(offered(0, 1)).unsupported == ()
    assert sections.needed() is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["want", "release", "offer"]), st.integers(0, 6)), max_size=40
    )
)
def test_a_client_that_does_as_asked_gets_everything(steps: list[tuple[str, int]]) -> None:
    sections = Sections[int]()
    wanted: set[int] = set()
    videos = 0
    for step, number in steps:
        if step == "want" and number not in wanted:
            sections.want(number, VIDEO)
            wanted.add(number)
        elif step == "release":
            sections.release(number)
            wanted.discard(number)
        elif step == "offer":
            videos = max(videos, number)
            sections.assign(offered(0, videos))
    for _ in range(3):
        needed = sections.needed()
        videos += needed.videos if needed is not None else 0
        assignment = sections.assign(offered(0, videos))

    assert sections.needed() is None
    assert set(assignment.carried.values()) == wanted
    assert len(assignment.carried) == len(wanted)
