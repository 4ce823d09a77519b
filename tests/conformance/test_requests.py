"""What unmodified SDKs ask first, and that it is understood: they are overheard."""

import re

import pytest

from tests.conformance.guest import joined
from tests.conformance.party import NAME, clients
from tests.conformance.rules import BROWSERS
from tests.conformance.sdks import Client, Sdk, python
from tests.conformance.tap import Tap, tapped
from tests.livekit.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.one_database]

rule = pytest.mark.rule
every = clients("python", *BROWSERS, "node")
browsers = clients(*BROWSERS)
with_both = clients("python", *BROWSERS)
"""Node's SDK has no option for two connections."""


@pytest.fixture
def site(everywhere: Site) -> Site:
    return everywhere


@every
@rule(24, 26, 66, 74)
async def test_one_request_joins_and_pings_follow(site: Site, sdk: Client) -> None:
    """Had the request not been understood, it would have tried `/rtc`."""
    async with tapped(site) as tap, sdk.open(True) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        (request,) = tap.requests
        assert request.path == "/rtc/v1"
        assert tap.join_request.client_info.protocol >= 16
        await tap.said("ping_req")
        assert len(tap.requests) == 1


@every
@rule(219)
async def test_what_it_can_is_shown_to_others(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(True) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        said = tap.join_request.client_info
        assert said.client_protocol
        async with joined(site, "ada") as ada:
            (shown,) = ada.signal.join.other_participants
            assert shown.client_protocol == said.client_protocol
            assert shown.capabilities == said.capabilities


@clients("python", "node")
@rule(39)
async def test_the_token_comes_in_a_header(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(True) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        (request,) = tap.requests
        assert request.headers["Authorization"].startswith("Bearer ")
        assert "access_token" not in request.query


@browsers
@rule(10, 119)
async def test_the_token_comes_in_the_address(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(True) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        (request,) = tap.requests
        assert "Authorization" not in request.headers
        assert request.query["access_token"]
        granted = (await tap.said("subscription_permission")).subscription_permission
        assert granted.all_participants
        await hears(bob, site)


@clients("python", "chromium", "node")
@rule(32)
async def test_an_offer_inside_the_join_is_answered(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(True) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        assert tap.join_request.publisher_offer.sdp
        await hears(bob, site)


@clients("firefox")
@rule(165)
async def test_an_offer_after_the_join_is_answered(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(True) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        assert not tap.join_request.publisher_offer.sdp
        assert (await tap.said("offer")).offer.id == 1
        await hears(bob, site)


@clients("python", "chromium", "node")
@rule(143)
async def test_a_section_is_named_after_its_track(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(True) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        cid, named = await published(tap, bob)
        assert named == cid


@clients("firefox")
@rule(144)
async def test_a_section_with_another_name_is_that_of_its_track(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(True) as bob, python(True) as ada:
        await bob("join", tap.url, site.token("bob"), {})
        await ada("join", site.url, site.token("ada"), {})
        cid, named = await published(tap, bob)
        assert named != cid
        await ada("receives", "bob", "audio")


@clients("python")
@rule(90)
async def test_protocol_18_is_served(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(True) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        assert tap.join_request.client_info.protocol == 18
        await hears(bob, site)


@with_both
@rule(11)
async def test_the_older_way_in_is_a_query(site: Site, sdk: Client) -> None:
    async with tapped(site) as tap, sdk.open(False) as bob:
        await bob("join", tap.url, site.token("bob"), {})
        (request,) = tap.requests
        assert request.path == "/rtc"
        assert "join_request" not in request.query
        await hears(bob, site)


@with_both
@rule(16)
@pytest.mark.parametrize("wanted", [True, False])
async def test_the_older_way_in_may_subscribe_to_nothing(
    site: Site, sdk: Client, wanted: bool
) -> None:
    async with python(True) as ada, sdk.open(False) as bob:
        await ada("join", site.url, site.token("ada"), {})
        sid = await ada("speak")
        await bob("join", site.url, site.token("bob"), {"autoSubscribe": wanted})
        if wanted:
            await bob("receives", "ada", "audio")
        await ada("say", "after", {"topic": "t"})
        await bob("event", "dataReceived", "after")
        found = site.hub.find(NAME, "ada")
        assert found
        assert bool(found[1].tracks[sid].subscribers) == wanted


@clients("python", *BROWSERS)
@rule(94)
async def test_who_comes_is_shown_and_then_connected(site: Site, sdk: Client) -> None:
    async with sdk.open(True) as bob, python(True) as ada:
        await bob("join", site.url, site.token("bob"), {})
        await ada("join", site.url, site.token("ada"), {})
        await bob("event", "participantConnected", "ada")
        await bob("event", "participantActive", "ada")


async def published(tap: Tap, bob: Sdk) -> tuple[str, str]:
    """The cid of a new track, and what its section is named."""
    await bob("speak")
    cid = (await tap.said("add_track")).add_track.cid
    offers = [tap.join_request.publisher_offer.sdp]
    while not (named := _MSID.search(offers[-1])):
        offers.append((await tap.said("offer")).offer.sdp)
    return cid, named[1]


async def hears(bob: Sdk, site: Site) -> None:
    """Everything stands: what another says arrives."""
    async with python(True) as ada:
        await ada("join", site.url, site.token("ada"), {})
        await ada("say", "hello", {"topic": "t"})
        await bob("event", "dataReceived", "hello", "ada")


_MSID = re.compile(r"^a=msid:\S+ (\S+)", re.MULTILINE)
