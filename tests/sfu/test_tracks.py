import pytest

from sfu.events import PeerId, PublicationId, SubscriptionId
from sfu.router import Layer
from sfu.sdp import parse
from sfu.tracks import Publication, Subscription
from tests.peer import Client

RATES = ((100_000,) * 3, (400_000,) * 3, (900_000,) * 3)


class Commands:
    """The core's side: what it is told of layers that do not fit."""

    def __init__(self) -> None:
        self.missing: list[tuple[int, int]] = []

    def set_missing(self, subscription: int, layers: int) -> None:
        self.missing.append((subscription, layers))

    def set_layer(self, subscription: int, spatial: int, temporal: int) -> None: ...
    def set_floor(self, publication: int, floor: int, most: int) -> None: ...
    def set_muted(self, publication: int, muted: bool) -> None: ...
    def tap(self, publication: int, on: bool) -> None: ...
    def request_key_frame(self, publication: int) -> None: ...


def camera(commands: Commands) -> Publication:
    client = Client()
    client.publish("video", "camera", ("q", "h", "f"))
    (section,) = parse(client.offer()).sections
    publication = Publication(commands, PublicationId(1), PeerId(2), section, section.codecs)
    for rid in ("q", "h", "f"):
        publication.handle_layer(rid, True)
    publication.handle_rates(RATES)
    return publication


@pytest.mark.parametrize(
    ("wanted", "given", "missing"),
    [(2, Layer(0, 2, 100_000), 2), (2, Layer(1, 0, 400_000), 1), (1, Layer(0, 2, 100_000), 1)],
)
async def test_the_core_knows_how_many_layers_do_not_fit(
    wanted: int, given: Layer, missing: int
) -> None:
    commands = Commands()
    subscription = Subscription(commands, camera(commands), "s", "t", lambda: None)
    subscription.set_layer(wanted)
    subscription.start(SubscriptionId(7), 1, 0)
    assert commands.missing == []
    subscription.give(given)
    subscription.starve()
    subscription.give(None)
    assert commands.missing == [(7, missing), (7, wanted + 1), (7, 0)]


async def test_what_is_paused_misses_nothing() -> None:
    commands = Commands()
    subscription = Subscription(commands, camera(commands), "s", "t", lambda: None)
    subscription.start(SubscriptionId(7), 1, 0)
    subscription.starve()
    subscription.pause()
    subscription.resume()
    assert commands.missing == [(7, 3), (7, 0), (7, 3)]


async def test_the_claim_follows_whatever_changes_it() -> None:
    commands = Commands()
    publication = camera(commands)
    subscription = Subscription(commands, publication, "s", "t", lambda: None)

    def claim() -> tuple[list[int], int, int] | None:
        if (found := subscription.claim()) is None:
            return None
        return [layer.rate for layer in found.layers], found.priority, found.held

    assert claim() is None
    subscription.start(SubscriptionId(7), 1, 0)
    assert claim() == ([100_000, 400_000, 900_000], 1, 900_000)
    subscription.set_layer(1, priority=5)
    assert claim() == ([100_000, 400_000], 5, 400_000)
    subscription.give(Layer(0, 2, 100_000))
    assert claim() == ([100_000, 400_000], 5, 100_000)
    subscription.starve()
    assert claim() == ([100_000, 400_000], 5, 0)
    subscription.give(None)
    publication.handle_rates(((200_000,) * 3, (500_000,) * 3, (1_000_000,) * 3))
    assert claim() == ([200_000, 500_000], 5, 500_000)
    publication.handle_layer("h", False)
    assert claim() == ([200_000], 5, 200_000)
    subscription.pause()
    assert claim() is None
    subscription.resume()
    assert claim() == ([200_000], 5, 200_000)
    subscription.stop()
    assert claim() is None
