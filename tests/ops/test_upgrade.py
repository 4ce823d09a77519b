import pytest

from tests.databases import open_folder
from tests.ops.upgrade import Unavailable, moves

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.one_database]


async def test_people_come_back_by_themselves_on_either_side(empty_database_url: str) -> None:
    """F17: N → N+1 → N, with the schema of each; nobody is there twice (G3)."""
    with open_folder() as folder:
        try:
            there, back = await moves(folder, empty_database_url)
        except Unavailable as reason:
            pytest.skip(str(reason))
    for move in (there, back):
        assert move.others == {"ada": ["bob"], "bob": ["ada"]}, move
    assert (there.to, back.to) == ("N+1", "N")
    assert there.revision > back.revision
    print(there, back)
