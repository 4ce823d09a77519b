"""The queue of raised hands: who gets which place in it. Pure: takes `now`, in seconds."""


class Hands:
    """Places are numbers that grow; who lowered their own hand a moment ago gets theirs back."""

    def __init__(self) -> None:
        self._last = 0
        self._left: dict[str, tuple[str, float]] = {}

    def place(self, sid: str, now: float) -> str:
        """Behind everybody, or where the participant stood before."""
        place, until = self._left.pop(sid, ("", 0.0))
        if place and now < until:
            return place
        self._last += 1
        return str(self._last)

    def keep(self, sid: str, place: str, now: float) -> None:
        """The participant lowers its own hand, and may not have meant to."""
        self._left[sid] = place, now + _KEPT

    def forget(self, sid: str) -> None:
        """The participant is out, or its place was taken from it."""
        self._left.pop(sid, None)


# Seconds that a place is kept: long enough to read that the hand was lowered and to object. Longer
# lets people go back to a place that others have counted on.
_KEPT = 15.0
