from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.callers import House
from tests.identity.idp import Idp, browser, running_idp
from visio.auth import entities
from visio.store import accounts
from visio.store import entities as entity_rows
from visio.store.audit import SERVER

pytestmark = pytest.mark.slow

CAMILLE = {"email": "camille@example.gouv.fr", "given_name": "Camille", "usual_name": "de La Tour"}


@pytest.fixture(scope="module")
def idp() -> Iterator[Idp]:
    with running_idp("proconnect") as idp:
        yield idp


@pytest.fixture
def settings_of_house(idp: Idp, tmp_path: Path) -> dict[str, Any]:
    return {
        **idp.settings(tmp_path),
        "oidc_scopes": "openid email given_name usual_name siret",
        "oidc_entity_claim": "siret",
        "oidc_trust_email": True,
    }


async def test_signed_userinfo_says_who_it_is(idp: Idp, house: House) -> None:
    """ProConnect's claims, which come in a signed answer and without email_verified."""
    idp.know(camille=dict(CAMILLE))
    async with browser(idp) as person:
        assert await person.sign_in("camille") == "/"
        account = await person.who()
    assert account is not None
    assert account["name"] == "Camille de La Tour"
    assert account["email"] == "camille@example.gouv.fr"


async def test_the_siret_says_of_which_entity_somebody_is(idp: Idp, house: House) -> None:
    """At each sign-in: who moved to an administration that nobody made here is of none."""
    dinum = await entities.create(house.database, "DINUM", "13002526500013", by=SERVER)
    for siret, entity_id in (("13002526500013", dinum.id), ("11000201100044", None)):
        idp.know(camille={**CAMILLE, "siret": siret})
        async with browser(idp) as person:
            assert await person.sign_in("camille") == "/"
        async with house.database.transaction() as session:
            account = await accounts.by_email(session, CAMILLE["email"])
            assert account
            assert account.entity_id == entity_id
            assert await entity_rows.count(session, "") == 1


async def test_what_it_says_is_not_verified_is_not_trusted(idp: Idp, house: House) -> None:
    idp.know(camille={**CAMILLE, "email_verified": False})
    async with browser(idp) as person:
        assert await person.sign_in("camille") == "/login?problem=email_unverified"
