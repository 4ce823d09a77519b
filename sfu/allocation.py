"""One receiver's bandwidth shared among the videos it subscribes to. Pure.

Audio is not shared out: it is sent whatever fits, and what it takes is not here to share.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from sfu.router import Layer

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Claim:
    """A subscription's layers in ascending order of what they take, and its priority.

    `held` is what it takes at present, in bit/s.
    """

    layers: tuple[Layer, ...]
    priority: int = 1
    held: int = 0


def allocate(
    bandwidth: int, claims: Mapping[Key, Claim], kept: float = 0
) -> dict[Key, Layer | None]:
    """Give each subscription the layer that fits into `bandwidth` bit/s beside the
    others'; None pauses.

    The lowest layer for all comes first, then all are raised together, those of a higher priority
    before others. A subscription that has a layer keeps it while it fits; it gets a better one when
    that would fit into less than there is: so an estimate that varies a little changes
    nothing. What is given never takes more than `bandwidth`, but that the `kept` most urgent are
    not paused.
    """
    most = _fill(bandwidth, claims, kept)
    sure = _fill(int(bandwidth * RAISE), claims, kept)
    return {
        key: _between(claim, sure[key], most[key]) for key, claim in claims.items() if claim.layers
    }


def demand(claims: Mapping[Key, Claim]) -> int:
    """The bandwidth with which every claim would get its best layer, whatever it has now."""
    return int(sum(claim.layers[-1].rate for claim in claims.values() if claim.layers) / RAISE) + 1


def _between(claim: Claim, least: int, most: int) -> Layer | None:
    held = sum(layer.rate <= claim.held for layer in claim.layers)
    taken = min(max(held, least), most)
    return claim.layers[taken - 1] if taken else None


def _fill(left: int, claims: Mapping[Key, Claim], kept: float) -> dict[Key, int]:
    """How many of its layers each may climb, in an order that does not depend on the bandwidth:
    of more nobody gets less, but for those of a lower priority."""
    climbed = dict.fromkeys(claims, 0)
    first = [(key, claim, 0) for key, claim in claims.items() if claim.layers]
    for place, (key, claim, _) in enumerate(sorted(first, key=_urgency)):
        if place < kept or claim.layers[0].rate <= left:
            left = max(0, left - claim.layers[0].rate)
            climbed[key] = 1
    if sum(climbed.values()) < len(first):
        return climbed
    higher = [
        (key, claim, index) for key, claim, _ in first for index in range(1, len(claim.layers))
    ]
    for _, steps in groupby(sorted(higher, key=_urgency), key=lambda step: step[1].priority):
        left = _climb(left, list(steps), climbed)
    return climbed


def _climb(left: int, steps: Sequence[tuple[Key, Claim, int]], climbed: dict[Key, int]) -> int:
    for key, claim, index in steps:
        more = claim.layers[index].rate - claim.layers[index - 1].rate
        if more > left:
            break
        left -= more
        climbed[key] = index + 1
    return left


def _urgency(step: tuple[Key, Claim, int]) -> tuple[int, int]:
    _, claim, index = step
    return -claim.priority, claim.layers[index].rate


RAISE = 0.9
"""The share of the bandwidth into which a better layer must fit. Lowering it flaps less and leaves
more of it unused."""
