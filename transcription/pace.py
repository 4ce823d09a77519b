"""When which open segment is decoded anew. Decides from what it is given, reads no clock."""


class Pace:
    """Every open segment has its turn each `STEP` seconds, or as often as the processor allows.

    Times are seconds of any one clock.
    """

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._free = 0.0

    def open(self, segment: str, now: float) -> None:
        """Somebody has begun to speak, or goes on."""
        self._due.setdefault(segment, now + FIRST)

    def close(self, segment: str) -> None:
        """It needs no more turns."""
        self._due.pop(segment, None)

    def next(self) -> tuple[str, float] | None:
        """Whose turn is next, and when; None when nobody speaks."""
        if not self._due:
            return None
        segment = min(self._due, key=self._due.__getitem__)
        return segment, max(self._due[segment], self._free)

    def note(self, segment: str, begun: float, ended: float) -> None:
        """A turn has taken that long: dear ones, and many who speak, stretch the step for all."""
        self._free = begun + (ended - begun) / SHARE
        if segment in self._due:
            self._due[segment] = begun + STEP


# Seconds of speech before the first draft: less shows words sooner that are then corrected.
FIRST = 0.7
# Seconds between two drafts of one segment: less is livelier, and costs that much more.
STEP = 1.0
# What drafts may take of one processor: more keeps the step short while many speak at once, less
# leaves more to the media and to what is final.
SHARE = 0.6
