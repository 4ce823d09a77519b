"""`make faults`: kill, compare, print a table and, last, a line of JSON."""

import argparse
import asyncio
import json
import logging
import sys
import time

from tests.databases import open_folder
from tests.faults.ledger import Verdict
from tests.faults.trial import attempt


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # the database is away: so it should be
    began = time.monotonic()
    with open_folder() as folder:
        verdicts = asyncio.run(attempt(folder, asked.kills, asked.facts, asked.seed))
    print(table(verdicts))
    total = {
        "kills": asked.kills,
        "facts": sum(one.facts for one in verdicts.values()),
        "lost": sum(len(one.lost) for one in verdicts.values()),
        "doubled": sum(len(one.doubled) for one in verdicts.values()),
        "strange": sum(len(one.strange) for one in verdicts.values()),
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(total), flush=True)
    return 0 if all(one.holds for one in verdicts.values()) else 1


def table(verdicts: dict[str, Verdict]) -> str:
    head = f"{'':<12}{'facts':>9}{'lost':>9}{'doubled':>9}{'strange':>9}"
    rows = [
        f"{kind:<12}{one.facts:>9}{len(one.lost):>9}{len(one.doubled):>9}{len(one.strange):>9}"
        for kind, one in verdicts.items()
    ]
    return "\n".join([head, *rows])


if __name__ == "__main__":
    sys.exit(main())
