"""How the work of a room's rules grows with those who are in it, counted in steps, not in time."""

import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from types import FrameType
from typing import Any

import pytest
from livekit.protocol import models, rtc

from tests.test_room import enter, publish
from visio.room import Room

PUBLISHERS = 20
pytestmark = pytest.mark.slow

SIZES = (20, 60, 100)
"""As far apart as each other: the second difference of what is linear is nothing."""


def full_room(people: int) -> Room:
    """Everybody receives twenty cameras and microphones."""
    numbers = count(1)
    room = Room("council", 1_000, lambda prefix: f"{prefix}{next(numbers)}")
    for number in range(people):
        enter(room, f"p{number}")
        if number < PUBLISHERS:
            publish(room, f"p{number}")
            publish(room, f"p{number}", "video")
    return room


def steps(action: Callable[[], object]) -> int:
    """How many instructions of Python it takes; those of C count nothing."""
    taken = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal taken
        frame.f_trace_opcodes = True
        taken += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(None)
    return taken


ACTIONS: dict[str, Callable[[Room], object]] = {
    "join": lambda room: enter(room, "newcomer"),
    "publish": lambda room: publish(room, "p0", "video"),
    "leave": lambda room: room.leave("PA_p1", models.CLIENT_INITIATED, 0.0),
    "permit": lambda room: room.set_subscription_permission(
        "PA_p1", rtc.SubscriptionPermission(), 0.0
    ),
    "resume": lambda room: room.resume("PA_p1", 0.0),
    "speak": lambda room: room.hear(
        {
            track.publication.id: 0.5
            for p in room.participants.values()
            for track in p.tracks.values()
        }
    ),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_work_grows_no_faster_than_the_room(action: str) -> None:
    rooms = [full_room(size) for size in SIZES]
    small, middle, large = (steps(partial(ACTIONS[action], room)) for room in rooms)
    assert large - middle <= 1.01 * (middle - small)
    assert large <= SIZES[2] / SIZES[0] * small
