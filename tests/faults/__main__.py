"""`make faults`: kill, compare, measure; a table and, last, a line of JSON."""

import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.databases import open_folder
from tests.faults.ledger import Verdict
from tests.faults.media import Left, percentile_95, sitting
from tests.faults.trial import attempt


@dataclass(frozen=True)
class Felt:
    """How long everybody in a meeting missed the others after each kill of its server, and whether
    the meeting was the same in the end, with the same people and all that was written."""

    times: Sequence[float]
    server: Sequence[float]
    same: bool

    @property
    def p95(self) -> float:
        return percentile_95(self.times)

    @property
    def most(self) -> float:
        return max(self.times)

    @property
    def holds(self) -> bool:
        return self.same and self.p95 <= P95 and self.most <= MOST


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--meeting-kills", type=int, default=20)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # the database is away: so it should be
    with open_folder() as folder:
        verdicts = kill(folder, asked.kills, asked.facts, asked.seed) if asked.kills else {}
        felt = feel(folder / "meeting", asked.meeting_kills) if asked.meeting_kills else None
    total = {
        "kills": asked.kills,
        "facts": sum(one.facts for one in verdicts.values()),
        "lost": sum(len(one.lost) for one in verdicts.values()),
        "doubled": sum(len(one.doubled) for one in verdicts.values()),
        "strange": sum(len(one.strange) for one in verdicts.values()),
        "meeting_kills": asked.meeting_kills,
        "kill_p95_s": round(felt.p95, 2) if felt else None,
        "kill_max_s": round(felt.most, 2) if felt else None,
        "same_meeting": felt.same if felt else None,
    }
    print(json.dumps(total), flush=True)
    held = all(one.holds for one in verdicts.values()) and (felt is None or felt.holds)
    return 0 if held else 1


def kill(folder: Path, kills: int, facts: int, seed: int) -> dict[str, Verdict]:
    """Server, worker and database in turn, under load."""
    began = time.monotonic()
    verdicts = asyncio.run(attempt(folder, kills, facts, seed))
    print(table(verdicts))
    print(f"{kills} kills of server, worker, PostgreSQL in {time.monotonic() - began:.0f} s")
    return verdicts


def feel(folder: Path, kills: int) -> Felt:
    """Kill the server of a meeting of three, again and again."""
    folder.mkdir()
    with sitting(folder) as meeting:
        stays = sorted(meeting.left().stays)
        found = []
        for number in range(kills):
            meeting.write(f"n{number}")
            found.append(meeting.kill())
        after = meeting.left()
    felt = Felt(
        [at for one in found for at in one.people],
        [one.server for one in found],
        Left(after.meetings, sorted(after.stays), after.messages) == Left(1, stays, kills),
    )
    print(f"after {kills} kills in a meeting of three, with sound and picture of all others again:")
    for name, times in (("the server answered", felt.server), ("everybody was back", felt.times)):
        print(f"  {name:<22}p95 {percentile_95(times):>5.2f} s   max {max(times):>5.2f} s")
    print(f"  the same meeting, stays and chat: {'yes' if felt.same else f'NO: {after}'}")
    return felt


def table(verdicts: dict[str, Verdict]) -> str:
    head = f"{'':<12}{'facts':>9}{'lost':>9}{'doubled':>9}{'strange':>9}"
    rows = [
        f"{kind:<12}{one.facts:>9}{len(one.lost):>9}{len(one.doubled):>9}{len(one.strange):>9}"
        for kind, one in verdicts.items()
    ]
    return "\n".join([head, *rows])


P95, MOST = 3.0, 6.0
"""Seconds that nobody may be without the others (G2)."""

if __name__ == "__main__":
    sys.exit(main())
