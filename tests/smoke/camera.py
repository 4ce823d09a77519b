"""A picture that moves, as a file that Chromium plays as a camera."""

from pathlib import Path

import numpy as np

WIDTH, HEIGHT, FPS = 320, 180, 24
"""Small: two browsers that encode and decode, and a recogniser, may have one core between them."""


def camera(folder: Path) -> Path:
    """Two seconds of a ring that travels over a gradient, played again and again."""
    file = folder / "camera.y4m"
    across, down = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    colours = np.full((2, HEIGHT // 2, WIDTH // 2), 128, np.uint8).tobytes()
    with file.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for angle in np.linspace(0, 2 * np.pi, 2 * FPS, endpoint=False):
            x, y = WIDTH / 2 + 75 * np.cos(angle), HEIGHT / 2 + 40 * np.sin(angle)
            ring = np.abs(np.hypot(across - x, down - y) - 30) < 6
            light = np.where(ring, 235, 40 + across // 8 + down // 8).astype(np.uint8)
            out.write(b"FRAME\n" + light.tobytes() + colours)
    return file
