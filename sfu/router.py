"""Which layers of a publication a subscription may be given, and what each would take. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

Rates = tuple[tuple[int, ...], ...]
"""Bit/s by spatial and temporal layer, each up to and including that layer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The most a subscriber has use for; where not all fits, higher priorities come first."""

    spatial: int
    temporal: int
    priority: int = 1


@dataclass(frozen=True, slots=True)
class Layer:
    """What a subscription can be given: layers counted from 0, and the bit/s they take."""

    spatial: int
    temporal: int
    rate: int


def layers_within(wish: Wish, active: Sequence[int], rates: Rates) -> tuple[Layer, ...]:
    """The layers that the wish allows, in ascending order of what they take.

    `active` are the spatial layers that are sent to us. When all of them are above the wish, the
    lowest is all there is to give: the same that the core would choose. Only the lowest layer may
    lose frames: a sharper picture at fewer frames is worse than a smooth one.
    """
    allowed = [layer for layer in sorted(active) if layer <= wish.spatial] or sorted(active)[:1]
    found: list[Layer] = []
    for spatial in allowed:
        smooth = spatial > allowed[0]
        for temporal in range(wish.temporal if smooth else 0, wish.temporal + 1):
            rate = _rate(rates, spatial, temporal)
            if not found or rate > found[-1].rate:
                found.append(Layer(spatial, temporal, rate))
    return tuple(found)


def _rate(rates: Rates, spatial: int, temporal: int) -> int:
    known = rates[spatial] if spatial < len(rates) else ()
    if any(known):
        return known[min(temporal, len(known) - 1)]
    return ASSUMED[min(spatial, len(ASSUMED) - 1)]


ASSUMED = (150_000, 500_000, 1_700_000)
"""What a layer takes until it is measured, a second after it began: LiveKit's clients' defaults.
Raising it starts layers later on narrow links, lowering it floods those for that second."""
