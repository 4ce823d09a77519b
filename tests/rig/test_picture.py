from pathlib import Path

import numpy as np
import pytest

from tests.rig import picture
from tests.rig.picture import FRAMES, HEIGHT, WIDTH, Grey


def half(number: int) -> Grey:
    return np.asarray(picture.frame(number)[::2, ::2])


def test_each_frame_tells_its_number() -> None:
    assert [picture.read(half(number)) for number in range(FRAMES)] == list(range(FRAMES))


def test_what_shows_no_number_is_like_nothing() -> None:
    torn = half(5)
    torn[:16, 100:] = half(40)[:16, 100:]
    for broken in (np.zeros((HEIGHT, WIDTH), np.uint8), torn):
        assert picture.read(broken) is None
        assert picture.likeness(broken) == 0


def test_the_worse_a_picture_the_less_it_is_like_what_was_sent() -> None:
    rng = np.random.default_rng(2)

    def noisy(strength: float) -> float:
        seen = half(9) + rng.normal(0, strength, (HEIGHT, WIDTH))
        return picture.likeness(np.clip(seen, 0, 255).astype(np.uint8))

    assert picture.similarity(half(9), half(9)) == pytest.approx(1)
    assert 1 > noisy(2) > noisy(10) > noisy(30) > 0
    assert picture.similarity(half(9), half(25)) < 0.7


def test_a_film_is_as_long_as_it_says(tmp_path: Path) -> None:
    picture.film(file := tmp_path / "film.y4m")
    head, _, frames = file.read_bytes().partition(b"\n")
    assert head.startswith(b"YUV4MPEG2 W640 H360 F30:1")
    assert len(frames) == FRAMES * (len(b"FRAME\n") + 640 * 360 * 3 // 2)
