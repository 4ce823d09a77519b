from collections.abc import Iterable, Iterator

import pytest

from tests.frames import ROOM, SPEECH, Heard, frames
from visio.cutter import RATE, Cutter, Talkspurt
from visio.link import Closed, Draft, Left, Message, Piece
from visio.live import Live


class Microphone:
    """A track that is cut as the server cuts it; `said` are its talkspurts, by name."""

    def __init__(self, live: Live, sid: str = "TR_1") -> None:
        self.sid = sid
        self.meeting_id = "m"
        self.identity = "ada"
        self.said: dict[str, Talkspurt] = {}
        self._live = live
        self._cutter = Cutter()

    @property
    def segment(self) -> str:
        return f"{self.sid}/{len(self.said)}"

    def open(self, since: int) -> Talkspurt | None:
        return self._cutter.open(since)

    def starts_at(self, talkspurt: Talkspurt) -> int:
        return round(talkspurt.started_at * 1000)

    def hear(self, heard: Iterable[Heard], step: int = 5) -> None:
        """Take frames; every `step` of them, live captions look."""
        for number, frame in enumerate(heard):
            for talkspurt in self._cutter.push(frame):
                self._live.close(self)
                self.said[self.segment] = talkspurt
            if number % step == 0:
                self._live.feed([self])


class Outlet:
    """A worker's line that keeps what it was sent: no more pieces once that is `most`."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.sent: list[Message] = []
        self.most = most

    def send(self, message: Message) -> bool:
        if isinstance(message, Piece) and len(self.sent) >= self.most:
            return False
        self.sent.append(message)
        return True

    def hang_up(self) -> None:
        self.most = 0

    def pieces(self, segment: str) -> Iterator[tuple[int, bytes]]:
        for message in self.sent:
            if isinstance(message, Piece) and message.segment == segment:
                yield from message.packets


@pytest.fixture
def shown() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def live(shown: list[tuple[str, str]]) -> Live:
    live = Live()
    live.wanted = lambda meeting_id: meeting_id == "m"
    live.show = lambda heard: shown.append((heard.draft.segment, heard.draft.text))
    return live


@pytest.fixture
def outlet(live: Live) -> Outlet:
    outlet = Outlet()
    live.join(outlet)
    return outlet


TWICE = frames((ROOM, 1), (SPEECH, 2), (ROOM, 1), (SPEECH, 1), (ROOM, 1))
LONG = frames((ROOM, 1), (SPEECH, 30))


@pytest.mark.parametrize("heard", [TWICE, LONG])
def test_a_worker_hears_each_talkspurt_while_it_is_said(
    live: Live, outlet: Outlet, heard: list[Heard]
) -> None:
    microphone = Microphone(live)
    microphone.hear(heard, step=1)
    assert len(microphone.said) == 2
    for segment, talkspurt in microphone.said.items():
        pieces = list(outlet.pieces(segment))
        # A cut where it was quietest takes back the last second or so.
        assert pieces[: len(talkspurt.packets)] == list(talkspurt.packets)[: len(pieces)]
        assert len(pieces) >= len(talkspurt.packets) - 1
        assert Closed(segment) in outlet.sent


def test_silence_and_clicks_cost_nothing(live: Live, outlet: Outlet) -> None:
    Microphone(live).hear(frames((ROOM, 2), (SPEECH, 0.06), (ROOM, 2)))
    assert outlet.sent == []


def test_nobody_works_for_a_meeting_without_captions(live: Live, outlet: Outlet) -> None:
    asked: list[str] = []
    live.wanted = lambda meeting_id: bool(asked.append(meeting_id))
    microphone = Microphone(live)
    microphone.hear(TWICE)
    assert outlet.sent == []
    assert asked == ["m", "m"]  # once for each time that somebody speaks


def test_drafts_are_shown_until_the_lines_are_there(
    live: Live, outlet: Outlet, shown: list[tuple[str, str]]
) -> None:
    microphone = Microphone(live)
    microphone.hear(TWICE)
    first, second = microphone.said
    live.take(Draft(first, "we", "en"))
    live.take(Draft(first, " ", "en"))
    live.settle(first, written=True)
    live.take(Draft(first, "we should", "en"))
    live.take(Draft(second, "not", "en"))
    live.take(Draft("unknown", "x", "en"))
    assert shown == [(first, "we"), (second, "not")]


def test_what_has_no_lines_is_taken_back(
    live: Live, outlet: Outlet, shown: list[tuple[str, str]]
) -> None:
    microphone = Microphone(live)
    microphone.hear(TWICE)
    first, second = microphone.said
    live.take(Draft(first, "we", "en"))
    live.settle(first, written=False)
    live.settle(second, written=False)
    assert shown == [(first, "we"), (first, "")]


def test_not_a_word_is_shown_after_somebody_has_stopped(
    live: Live, outlet: Outlet, shown: list[tuple[str, str]]
) -> None:
    microphone = Microphone(live)
    microphone.hear(frames((SPEECH, 2)))
    live.leave("TR_1")
    live.take(Draft(microphone.segment, "we", "en"))
    assert shown == []
    assert outlet.sent[-1] == Left("TR_1")


def test_a_worker_that_lags_misses_segments_whole(live: Live) -> None:
    outlet = Outlet(most=3)
    live.join(outlet)
    microphone = Microphone(live)
    microphone.hear(frames((SPEECH, 2), (ROOM, 1)))
    outlet.most = 1000
    microphone.hear([Heard(f.number, f.timestamp + 3 * RATE, f.level, 103) for f in LONG[50:200]])
    assert len(list(outlet.pieces("TR_1/0"))) < 50
    assert Closed("TR_1/0") in outlet.sent
    assert next(iter(outlet.pieces("TR_1/1")))[0] == 0


def test_microphones_are_spread_over_the_workers_and_stay(live: Live) -> None:
    outlets = [Outlet(), Outlet()]
    for outlet in outlets:
        live.join(outlet)
    for sid in ("TR_1", "TR_2", "TR_3", "TR_4"):
        Microphone(live, sid).hear(TWICE)
    tracks = [{m.track for m in one.sent if isinstance(m, Piece)} for one in outlets]
    assert tracks == [{"TR_1", "TR_3"}, {"TR_2", "TR_4"}]


def test_another_worker_goes_on_with_the_next_words(live: Live, outlet: Outlet) -> None:
    microphone = Microphone(live)
    microphone.hear(frames((SPEECH, 1)))
    live.part(outlet)
    other = Outlet()
    live.join(other)
    later = frames((SPEECH, 1), (ROOM, 1), (SPEECH, 1))[50:]
    microphone.hear(later)
    assert {m.segment for m in other.sent if isinstance(m, Piece)} == {"TR_1/1"}


def test_without_a_worker_nothing_is_asked(live: Live) -> None:
    live.wanted = lambda _: pytest.fail("it costs")
    Microphone(live).hear(TWICE)


def test_a_server_that_stops_ends_the_lines(live: Live, outlet: Outlet) -> None:
    live.hang_up()
    assert outlet.most == 0
