from pathlib import Path

import pytest

from tests.databases import open_folder
from tests.faults.media import sitting
from tests.faults.trial import VICTIMS, attempt

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.one_database]


async def test_what_was_acknowledged_outlives_a_kill_of_each() -> None:
    """`make faults` kills fifty times."""
    with open_folder() as folder:
        verdicts = await attempt(folder, kills=len(VICTIMS), facts=1500)
    assert [kind for kind, one in verdicts.items() if not one.holds] == []
    assert all(one.facts > 5 for one in verdicts.values()), verdicts


@pytest.mark.browser
def test_everybody_is_back_in_the_same_meeting_after_a_kill_of_the_server(tmp_path: Path) -> None:
    """Guests whom a host had let in, too. How soon says more about the machine: `make faults`
    measures it."""
    with sitting(tmp_path) as meeting:
        meeting.write("Bonjour")
        before = meeting.left()
        back = meeting.kill()
        after = meeting.left()
        for person in meeting.people:
            person.button("call.leave").wait_for()
    assert len(back.people) == len(before.stays) == 3
    assert (after.meetings, sorted(after.stays), after.messages) == (1, sorted(before.stays), 1)
