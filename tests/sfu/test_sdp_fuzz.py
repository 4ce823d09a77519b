"""SDP from somebody who wants to stop the event loop, or the server: T11 and T13."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from sfu import sdp
from sfu.errors import SdpError
from sfu.sdp.formats import remembered_formats
from tests.fuzz import inputs, kept
from tests.sfu.offers import NAMES, captured, offer, section
from tests.sfu.test_sdp import BOMBS, LOCAL

REFUSED = 0.020
"""Seconds of the event loop that a bomb may take."""

ANSWERED = 0.040
"""… and the heaviest offer within the caps: 10 ms on a calm machine, three times that on one whose
other processors are busy too."""


def least(text: str) -> float:
    """The least of some runs: a busy machine only ever makes it look slower."""
    return min(seconds(text) for _ in range(5))


def seconds(text: str) -> float:
    """Processor time to read and answer an offer, or to refuse it, with nothing remembered."""
    remembered_formats.cache_clear()
    began = time.process_time()
    with suppress(SdpError):
        sdp.answer(sdp.parse(text), LOCAL, {}, {})
    return time.process_time() - began


@pytest.mark.long
@pytest.mark.parametrize("what", BOMBS)
def test_a_bomb_is_refused_in_no_time(what: str) -> None:
    assert least(BOMBS[what]) < REFUSED


def video(*lines: str, times: int = 1) -> str:
    return offer(section("video", "0", *lines * times, direction="sendonly"))


HEAVY: dict[str, Callable[[], str]] = {
    "unknown lines": lambda: video("x:" + "y" * 50, times=7900),
    "long lines": lambda: video("x:" + "y" * 4000, times=120),
    "lists of layers": lambda: video("simulcast:send " + "r;" * 2000, times=120),
    "directions of layers": lambda: video("simulcast:" + "send a " * 500, times=120),
    "groups of SSRCs": lambda: video("ssrc-group:FID " + "1 " * 400, times=600),
    "groups of sections": lambda: video(*["group:" + "y " * 2000] * 64),
    "fingerprints": lambda: video("fingerprint:sha-256 " + ":".join(["AB"] * 32), times=799),
    "msids": lambda: video("msid:a b", times=7900),
    "rids": lambda: video("rid:a recv", times=1200),
    "lines about formats": lambda: offer(
        *(section("video", str(i), *[f"rtcp-fb:* {j}" for j in range(120 - i)]) for i in range(15))
    ),
    "runs of formats": lambda: video("x", "rtpmap:0 x", times=390),
    "formats": lambda: offer(
        *(
            section("video", str(i)).replace(" 96 97", " " + " ".join(map(str, range(90))))
            for i in range(400)
        )
    ),
    "sections": lambda: offer(*(section("video", str(i)) for i in range(400))),
    "sections in many words": lambda: offer(
        *(section("video", str(i), *[f"rtcp-fb:* k{j}" for j in range(40)]) for i in range(400))
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("what", HEAVY)
def test_the_heaviest_within_the_caps_stops_nobody(what: str) -> None:
    assert least(HEAVY[what]()) < ANSWERED


def test_any_offer_is_answered_or_refused_at_once() -> None:
    for data in inputs("sdp", [captured(name).encode() for name in NAMES]):
        with kept("sdp", data):
            began = time.process_time()
            try:
                parsed = sdp.parse(data.decode("latin-1"))
            except SdpError:
                pass
            else:
                answer = sdp.answer(parsed, LOCAL, {}, {})
                assert answer.count("\r\nm=") == len(parsed.sections)
            assert time.process_time() - began < 10 * ANSWERED
