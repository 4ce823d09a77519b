import asyncio
import base64
import json
import logging
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import pytest
from sqlalchemy import update

from tests.callers import House
from tests.identity.idp import Browser, Idp, browser, running_idp
from visio.auth import accounts
from visio.auth.oidc import own_path, with_query
from visio.store.models import Account
from visio.views.state import PROVIDER, clock

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

ADA = {"email": "Ada@example.org", "email_verified": True, "name": "Ada Lovelace"}
LEVELS = ["eidas2", "eidas3"]


@pytest.fixture(scope="module")
def idp() -> Iterator[Idp]:
    with running_idp("keycloak") as idp:
        yield idp


@pytest.fixture
def settings_of_house(idp: Idp, tmp_path: Path) -> dict[str, Any]:
    """In earnest, with compulsory levels for administrators."""
    (tmp_path / "master").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return {
        **idp.settings(tmp_path),
        "demo": False,
        "secret_key": secrets.token_urlsafe(48),
        "master_key_file": tmp_path / "master",
        "oidc_acr": LEVELS,
        "oidc_domains": ["example.org"],
    }


class Street:
    """Where browsers come from."""

    def __init__(self, idp: Idp, closing: AsyncExitStack) -> None:
        self._idp = idp
        self._closing = closing

    async def browser(self) -> Browser:
        return await self._closing.enter_async_context(browser(self._idp))


@pytest.fixture
async def street(idp: Idp, house: House) -> AsyncIterator[Street]:
    async with AsyncExitStack() as closing:
        yield Street(idp, closing)


def problem(page: str) -> str:
    """What the sign-in page is told to say."""
    parts = urlsplit(page)
    assert parts.path == "/login"
    return parse_qs(parts.query)["problem"][0]


async def test_who_the_provider_signs_in_has_an_account(idp: Idp, street: Street) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    assert await person.sign_in("ada", "/oidc/start?next=/abc-defg-hij") == "/abc-defg-hij"
    account = await person.who()
    assert account is not None
    assert (account["email"], account["name"]) == ("ada@example.org", "Ada Lovelace")
    assert (account["has_password"], account["administrator"]) == (False, False)

    again = await street.browser()
    idp.know(ada={**ADA, "name": "Ada King"})
    assert await again.sign_in("ada") == "/"
    renamed = await again.who()
    assert renamed is not None
    assert (renamed["id"], renamed["name"]) == (account["id"], "Ada King")


async def test_the_request_has_what_protects_it(idp: Idp, street: Street) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    await person.sign_in("ada")
    asked = parse_qs(urlsplit(person.visited[1]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 43
    assert asked["response_type"] == ["code"]
    assert "acr_values" not in asked


async def test_an_account_that_was_there_is_linked_once(
    idp: Idp, house: House, street: Street
) -> None:
    """By a verified address only, and not to a second person who was given that address."""
    there = await house.settled("ada@example.org")
    idp.know(ada=ADA, other={**ADA, "name": "Other"})
    person = await street.browser()
    await person.sign_in("ada")
    account = await person.who()
    assert account is not None
    assert account["id"] == there.id
    heir = await street.browser()
    assert problem(await heir.sign_in("other")) == "email_taken"
    assert await heir.who() is None


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": "ada@example.org@evil.example"},
        {"email": "ada@evil.example"},
        {"email": "ada@sub.example.org"},
        {"email": "ada@example.org."},
        {"email": None},
    ],
)
async def test_an_address_that_is_not_vouched_for_opens_nothing(
    idp: Idp, house: House, street: Street, claims: dict[str, Any]
) -> None:
    """T27; spellings of addresses have a test of their own."""
    await house.settled("ada@example.org")
    person = await street.browser()
    idp.know(ada={name: value for name, value in {**ADA, **claims}.items() if value is not None})
    assert problem(await person.sign_in("ada")) == "email_unverified"
    assert await person.who() is None


async def test_administrators_are_asked_for_more(idp: Idp, house: House, street: Street) -> None:
    """R1: without the acr nobody administers; the provider is told what it has to be."""
    await house.account("ada@example.org", administrator=True)
    for acr, ends in ((None, "stronger_sign_in_required"), ("eidas1", "stronger_sign_in_required")):
        person = await street.browser()
        idp.know(ada={**ADA, "acr": acr})
        page = await person.sign_in("ada")
        assert problem(page) == ends
        assert await person.who() is None
        asked = [parse_qs(urlsplit(url).query) for url in person.visited if "/auth?" in url]
        assert asked[-1]["acr_values"] == ["eidas2 eidas3"]
        demand = {"essential": True, "values": LEVELS}
        assert json.loads(asked[-1]["claims"][0]) == {"id_token": {"acr": demand}}

    person = await street.browser()
    idp.know(ada={**ADA, "acr": "eidas2"})
    assert await person.sign_in("ada", "/oidc/start?next=/account") == "/account"
    account = await person.who()
    assert account is not None
    assert account["second_factor"] == "off"
    async with person.http.get(f"{idp.ours}/api/v1/accounts") as answer:
        assert answer.status == 200


async def test_who_becomes_an_administrator_has_to_sign_in_anew(
    idp: Idp, house: House, street: Street
) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    await person.sign_in("ada")
    account = await person.who()
    assert account is not None
    async with house.database.transaction() as session:
        await session.execute(update(Account).values(administrator=True))
    async with person.http.get(f"{idp.ours}/api/v1/accounts") as answer:
        assert answer.status == 403
        assert (await answer.json())["code"] == "second_factor_required"


async def test_somebody_elses_answer_is_refused(idp: Idp, street: Street) -> None:
    """Login CSRF: the address that the provider sent an attacker back to, opened by a victim."""
    idp.know(eve={**ADA, "email": "eve@example.org"})
    attacker, victim = await street.browser(), await street.browser()
    address = await attacker.back("eve")
    assert problem((await victim.go(address)).removeprefix(idp.ours)) == "sign_in_failed"
    await victim.go(f"{idp.ours}/oidc/start")  # with a flow of their own it fits no better
    address = await attacker.back("eve")
    assert problem((await victim.go(address)).removeprefix(idp.ours)) == "sign_in_failed"
    assert await victim.who() is None


async def test_an_answer_is_good_once(idp: Idp, street: Street) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    address = await person.back("ada")
    # The cookie as it was: also whoever copied it has no second try at the code.
    held = {one.key: one.value for one in person.http.cookie_jar if one.key == "visio_oidc"}
    assert (await person.go(address)).removeprefix(idp.ours) == "/"
    assert problem((await person.go(address)).removeprefix(idp.ours)) == "sign_in_failed"
    thief = await street.browser()
    thief.http.cookie_jar.update_cookies(held)
    assert problem((await thief.go(address)).removeprefix(idp.ours)) == "sign_in_failed"
    assert await thief.who() is None


async def test_a_begun_sign_in_does_not_wait_for_ever(
    idp: Idp, house: House, street: Street
) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    address = await person.back("ada")
    house.clock.move(timedelta(minutes=10))
    assert problem((await person.go(address)).removeprefix(idp.ours)) == "sign_in_failed"


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("iss", "http://evil.example"),
        ("iss", ""),
        ("state", "x" * 43),
        ("code", ""),
        ("code", "another"),
    ],
)
async def test_a_changed_answer_is_refused(idp: Idp, street: Street, change: str, to: str) -> None:
    """T25: mix-up (RFC 9207), another state, another code."""
    idp.know(ada=ADA)
    person = await street.browser()
    address = await person.back("ada")
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    query[change] = to
    page = await person.go(with_query(f"{idp.ours}/oidc/callback", query))
    assert problem(page.removeprefix(idp.ours)) == "sign_in_failed"
    assert await person.who() is None


async def test_a_parameter_given_twice_is_refused(idp: Idp, street: Street) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    address = await person.back("ada")
    page = await person.go(f"{address}&code=another")
    assert problem(page.removeprefix(idp.ours)) == "sign_in_failed"


async def test_who_is_refused_there_is_not_let_in_here(idp: Idp, street: Street) -> None:
    idp.know()
    person = await street.browser()
    assert problem(await person.sign_in("nobody")) == "sign_in_failed"


async def test_who_is_disabled_here_stays_out(idp: Idp, house: House, street: Street) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    await person.sign_in("ada")
    account = await person.who()
    assert account is not None
    await accounts.disable(house.database, account["id"], house.clock())
    assert await person.who() is None
    assert problem(await person.sign_in("ada")) == "sign_in_failed"


async def test_signing_out_goes_on_at_the_provider(idp: Idp, street: Street) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    await person.sign_in("ada")
    redirect = await person.sign_out()
    assert redirect is not None
    asked = parse_qs(urlsplit(redirect).query)
    assert asked["post_logout_redirect_uri"] == [f"{idp.ours}/"]
    assert asked["id_token_hint"]
    assert await person.who() is None
    assert (await person.leave(redirect)).startswith(f"{idp.ours}/?state=")
    assert await person.sign_out() is None


async def test_signing_out_elsewhere_signs_out_here(idp: Idp, house: House, street: Street) -> None:
    """Back-channel: the provider tells us, whichever of its clients began it."""
    idp.know(ada=ADA)
    here, elsewhere = await street.browser(), await street.browser()
    await here.sign_in("ada")
    await elsewhere.sign_in("ada")
    # The provider's clock does not stand, and what it says about ends must be fresh.
    house.clock.now = clock()
    await here.leave(f"{idp.issuer}/session/end?client_id=visio")
    assert await here.who() is None
    assert await elsewhere.who() is not None


async def test_the_provider_being_away_is_said(idp: Idp, house: House, street: Street) -> None:
    """And whoever is inside stays inside."""
    idp.know(ada=ADA)
    person = await street.browser()
    await person.sign_in("ada")
    with running_idp("keycloak") as other:
        pass  # gone again
    provider = house.server.app[PROVIDER]
    assert provider is not None
    provider.client = replace(provider.client, issuer=other.issuer)
    provider._published = None
    late = await street.browser()
    page = await late.go(f"{idp.ours}/oidc/start")
    assert problem(page.removeprefix(idp.ours)) == "provider_unavailable"
    assert await person.who() is not None


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "/%2f/evil.example",
        "/%5cevil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/。。/evil.example",
        "/x?next=//evil.example",
        "",
    ],
)
async def test_nobody_is_sent_to_another_site(idp: Idp, street: Street, wanted: str) -> None:
    """T25."""
    idp.know(ada=ADA)
    person = await street.browser()
    assert own_path(wanted) == "/"
    assert await person.sign_in("ada", f"/oidc/start?next={quote(wanted, safe='')}") == "/"


async def test_nothing_secret_is_logged(
    idp: Idp, street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    """T23: codes, tokens and addresses, also when something is refused."""
    idp.know(
        ada={**ADA, "email": "canary@example.org"}, eve={**ADA, "email": "canary@evil.example"}
    )
    with caplog.at_level(logging.DEBUG):
        person = await street.browser()
        address = await person.back("ada")
        await person.go(address)
        await person.go(address)
        await person.go(f"{idp.ours}/oidc/callback?code=canary&state=canary")
        await (await street.browser()).sign_in("eve")
        await person.sign_out()
    code = parse_qs(urlsplit(address).query)["code"][0]
    # The server has no access log (tests/test_app.py); aiohttp's test server has.
    ours = [record for record in caplog.records if record.name != "aiohttp.access"]
    said = "\n".join(record.getMessage() for record in ours)
    assert "a sign-in by the identity provider was refused: email_unverified" in said
    assert not [secret for secret in ("canary", code) if secret in said]


async def test_a_hundred_at_once_read_the_keys_once(idp: Idp, house: House, street: Street) -> None:
    provider = house.server.app[PROVIDER]
    assert provider is not None
    person = await street.browser()

    async def start() -> int:
        async with person.http.get(f"{idp.ours}/oidc/start", allow_redirects=False) as answer:
            return answer.status

    assert set(await asyncio.gather(*(start() for _ in range(100)))) == {303}
    first = provider._published
    await start()
    assert provider._published is first
    house.clock.move(timedelta(hours=24))
    await start()
    assert provider._published is not first


async def test_keys_that_changed_are_read_again_once_a_minute(
    idp: Idp, house: House, street: Street
) -> None:
    idp.know(ada=ADA)
    provider = house.server.app[PROVIDER]
    assert provider is not None
    await (await street.browser()).go(f"{idp.ours}/oidc/start")
    assert provider._published is not None
    provider._published = replace(provider._published, keys=())
    assert problem(await (await street.browser()).sign_in("ada")) == "sign_in_failed"
    house.clock.move(timedelta(minutes=1))
    assert await (await street.browser()).sign_in("ada") == "/"


async def test_logout_tokens_that_are_none_end_nothing(idp: Idp, street: Street) -> None:
    idp.know(ada=ADA)
    person = await street.browser()
    await person.sign_in("ada")
    redirect = await person.sign_out()
    assert redirect is not None
    id_token = parse_qs(urlsplit(redirect).query)["id_token_hint"][0]
    await person.sign_in("ada")
    url = f"{idp.ours}/oidc/backchannel-logout"
    async with aiohttp.ClientSession() as http:
        for form in ({}, {"logout_token": "x"}, {"logout_token": id_token}):
            async with http.post(url, data=form) as answer:
                assert (answer.status, answer.headers["Cache-Control"]) == (400, "no-store")
    assert await person.who() is not None
