"""How a server ends that is asked to: meetings go on for a while, and no new ones begin."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Drain:
    """When a server ends: `until` is None while nobody has asked it to, `patience` what running
    meetings are given; in seconds of any clock that no change of the date moves."""

    patience: float
    until: float | None = None

    def asked(self, now: float, *, at_once: bool = False) -> "Drain":
        """It was asked to end; asked again, or to do it at once, it waits for nobody."""
        wait = 0.0 if at_once or self.until is not None else self.patience
        return replace(self, until=now + wait)

    def left(self, now: float, *, busy: bool) -> float | None:
        """Seconds that it goes on at most, `busy` with meetings or not; None is for ever."""
        if self.until is None:
            return None
        return max(0.0, self.until - now) if busy else 0.0
