"""How much a media thread has to do: so that the next room goes to the one with the least."""


class Load:
    """The work of one thread, in packets a second: of each peer as much as one caused lately."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._packets = 0
        self._of_peer = USUAL

    def observe(self, now: float, packets: int, peers: int) -> None:
        """Note the packets that passed since the start, and how many peers there are now."""
        span = now - self._at
        if span < SHORTEST_SPAN:
            return
        rate = (packets - self._packets) / span
        self._of_peer = max(USUAL, rate / max(1, peers))
        self._at, self._packets = now, packets

    def of(self, peers: int) -> float:
        """What so many peers cause."""
        return peers * self._of_peer


USUAL = 50.0
"""Packets a second of a peer whose media have not begun: a voice. Raising it spreads rooms by their
number of peers, lowering it lets those which begin together go to the same thread."""

SHORTEST_SPAN = 1.0
"""Seconds. Raising it judges by older figures, lowering it by chance."""
