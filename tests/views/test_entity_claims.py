from typing import Any

import pytest

from tests.callers import House
from visio.auth import entities
from visio.store.audit import SERVER
from visio.store.models import OidcSubject

pytestmark = pytest.mark.one_database


@pytest.fixture
def settings_of_house() -> dict[str, Any]:
    return {"oidc_entity_claim": "siret"}


async def test_where_the_provider_says_it_nobody_else_does(house: House) -> None:
    root = await house.signed_in(await house.account("root@example.org", administrator=True))
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    async with house.database.transaction() as session:
        session.add(OidcSubject(issuer="https://idp", subject="1", account_id=ada.id))
    north = (await entities.create(house.database, "Nord", "59", by=SERVER)).id
    one = await root.ask("PATCH", f"/api/v1/accounts/{ada.id}", {"entity": north})
    assert (one.code, one.status) == ("entity_provided", 409)
    both = {"measure": "assign", "accounts": [ada.id, bob.id], "entity": north}
    (refused,) = (await root.post("/api/v1/account-changes", both)).json["refused"]
    assert (refused["email"], refused["code"]) == ("ada@example.org", "entity_provided")
    (found,) = (await root.get(f"/api/v1/accounts?entity={north}")).json["accounts"]
    assert found["name"] == "Bob"
