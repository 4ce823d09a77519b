import pytest

from tests.databases import open_folder
from tests.faults.trial import VICTIMS, attempt

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.one_database]


async def test_what_was_acknowledged_outlives_a_kill_of_each() -> None:
    """`make faults` kills fifty times."""
    with open_folder() as folder:
        verdicts = await attempt(folder, kills=len(VICTIMS), facts=1500)
    assert [kind for kind, one in verdicts.items() if not one.holds] == []
    assert all(one.facts > 5 for one in verdicts.values()), verdicts
