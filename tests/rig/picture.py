"""A film whose frames show their number, and how like them what arrives of it is."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""Lines of a picture, 0 to 255."""

WIDTH, HEIGHT = 320, 180
"""What pictures are compared in: half of what is filmed."""


def film(file: Path) -> None:
    """Write it (YUV4MPEG2, 640 by 360, 30 frames per second); Chromium shows it over and over."""
    chroma = bytes([128]) * (WIDTH * HEIGHT * 2)
    with file.open("wb") as out:
        out.write(f"YUV4MPEG2 W{2 * WIDTH} H{2 * HEIGHT} F30:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            out.write(b"FRAME\n" + frame(number).tobytes() + chroma)


def frame(number: int) -> Grey:
    """Waves that move over a rough ground, and the number in a row of squares."""
    rows, columns = np.mgrid[: 2 * HEIGHT, : 2 * WIDTH]
    turn = 2 * np.pi * number / FRAMES
    waves = 45 * np.sin(columns / 31 + turn) * np.cos(rows / 43 - turn)
    waves += 25 * np.sin((columns + rows) / 19 - 2 * turn)
    picture: Grey = np.clip(128 + waves + _ground(), 0, 255).astype(np.uint8)
    for place, bit in enumerate(_bits(number)):
        picture[:_SQUARE, place * _SQUARE : (place + 1) * _SQUARE] = 224 if bit else 32
    return picture


def likeness(picture: Grey) -> float:
    """Structural similarity (Wang et al. 2004) to the frame whose number is shown; 0 if none is."""
    if (number := read(picture)) is None:
        return 0.0
    return similarity(picture, _half(number))


def read(picture: Grey) -> int | None:
    """The number in a picture; `None` where the squares are none."""
    side = _SQUARE // 2
    squares = picture[side // 4 : side * 3 // 4, : 2 * _BITS * side].reshape(-1, 2 * _BITS, side)
    bits = [bool(level > 128) for level in squares[:, :, side // 4 : side * 3 // 4].mean((0, 2))]
    number = sum(bit << place for place, bit in enumerate(bits[:_BITS]))
    return number if bits == _bits(number) else None


def similarity(one: Grey, other: Grey) -> float:
    """Mean over squares of eight by eight."""
    a, b = (_squares(picture) for picture in (one, other))
    mean_a, mean_b = a.mean(-1), b.mean(-1)
    covariance = ((a - mean_a[..., None]) * (b - mean_b[..., None])).mean(-1)
    likenesses = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    likenesses /= (mean_a**2 + mean_b**2 + _C1) * (a.var(-1) + b.var(-1) + _C2)
    return float(likenesses.mean())


def _squares(picture: Grey) -> NDArray[np.float64]:
    whole = picture[: HEIGHT // 8 * 8, : WIDTH // 8 * 8].astype(np.float64)
    return whole.reshape(HEIGHT // 8, 8, WIDTH // 8, 8).swapaxes(1, 2).reshape(-1, 64)


@cache
def _half(number: int) -> Grey:
    whole = frame(number).reshape(HEIGHT, 2, WIDTH, 2)
    return np.asarray(whole.mean((1, 3)), np.uint8)


@cache
def _ground() -> NDArray[np.floating]:
    rough = np.random.default_rng(1).normal(0, 10, (HEIGHT // 2, WIDTH // 2))
    return np.kron(rough, np.ones((4, 4)))


def _bits(number: int) -> list[bool]:
    bits = [bool(number >> place & 1) for place in range(_BITS)]
    return [*bits, *(not bit for bit in bits)]


FRAMES = 64
_BITS = 6
_SQUARE = 32
"""Lines; a number is so many squares, and as many that show its complement."""
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""Of the definition."""
