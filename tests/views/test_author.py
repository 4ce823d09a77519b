from typing import Any

import pytest

from tests.callers import House
from visio.store import audit
from visio.store.audit import Wanted

pytestmark = pytest.mark.one_database


@pytest.fixture(params=["full", "network", "none"])
def settings_of_house(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {"audit_address": request.param, "trusted_proxies": ["127.0.0.1/32"]}


async def test_addresses_are_kept_as_the_policy_says(house: House) -> None:
    kept = {
        "203.0.113.77": {"full": "203.0.113.77", "network": "203.0.113.0/24"},
        "2001:db8:1:2::7": {"full": "2001:db8:1:2::7", "network": "2001:db8:1::/48"},
        "::ffff:203.0.113.77": {"full": "::ffff:203.0.113.77", "network": "203.0.113.0/24"},
        "unknown": {"full": "unknown"},
    }
    wrong = {"email": "nobody@example.org", "password": "x"}
    for address, by_policy in kept.items():
        sent = {"X-Forwarded-For": address}
        await house.anonymous().post("/api/v1/session", wrong, **sent)
        async with house.database.transaction() as session:
            (row,) = await audit.page(session, Wanted(), before=None, limit=1)
        assert row.address == by_policy.get(house.config.audit_address), address
