"""How fast somebody may signal. Pure: takes `now`."""


class Pace:
    """Units that are spent on messages and come back with time; who owes some has to wait.

    Nothing is lost: the socket is read more slowly, and the kernel holds its sender back.
    """

    def __init__(self, now: float) -> None:
        self._left = BURST
        self._at = now

    def spend(self, units: float, now: float) -> float:
        """Seconds to wait before the next message is looked at."""
        self._left = min(BURST, self._left + (now - self._at) * A_SECOND) - units
        self._at = now
        return max(0.0, -self._left / A_SECOND)


def units(name: str, size: int) -> float:
    """What a message of that name and so many bytes costs."""
    return (_TOLD if name in _TOLD_TO_ALL else 1) + size / _BYTES


BURST = 500.0
"""Units at once: who joins a room of 49 cameras sends some two hundred messages. More lets a flood
take more of the event loop before it is slowed."""
A_SECOND = 100.0
"""Units that come back. Less slows people whose room changes fast, more feeds floods."""
# For a unit. A large room's offer has 270 kB; less slows who must send many of them.
_BYTES = 16_384
# Units of what everybody in the room is told of.
_TOLD = 10.0
_TOLD_TO_ALL = frozenset(
    {
        "add_track",
        "mute",
        "publish_data_track_request",
        "simulate",
        "unpublish_data_track_request",
        "update_audio_track",
        "update_metadata",
        "update_video_track",
    }
)
