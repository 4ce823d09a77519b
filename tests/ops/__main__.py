"""`make ops`: what those who run Visio rely on, step by step; a table and, last, where
all was measured, a line of JSON."""

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path

from playwright.sync_api import Error

from tests.databases import open_folder, outside_the_loop, running_postgres
from tests.faults.__main__ import feel
from tests.faults.trial import attempt
from tests.ops.figures import KEYS, Figures, Plan, missed, table
from tests.ops.host import drill, made
from tests.ops.storm import storm
from tests.ops.upgrade import Unavailable, moves


def main() -> int:
    plan = _asked()
    logging.disable(logging.WARNING)  # servers and databases die: so they should
    logging.getLogger("livekit").setLevel(logging.CRITICAL)
    figures: dict[str, float] = {}
    failed: list[str] = []
    with open_folder() as folder:
        for step in filter(plan.takes, STEPS):
            print(f"— {step}", flush=True)
            own = folder / step
            own.mkdir()
            try:
                figures |= STEPS[step](own, plan)
            except Failed as reason:
                print(f"FAILED: {reason}", flush=True)
                failed.append(step)
    print(table(figures, plan))
    if figures.keys() == set(KEYS):
        print(json.dumps({key: figures[key] for key in KEYS}), flush=True)
    return 1 if failed or missed(figures, plan) else 0


def kill_everything(folder: Path, plan: Plan) -> Figures:
    """Server, worker and PostgreSQL in turn, under load."""
    verdicts = asyncio.run(attempt(folder, plan.kills, plan.facts)).values()
    return {
        "facts": sum(one.facts for one in verdicts),
        "lost": sum(len(one.lost) for one in verdicts),
        "doubled": sum(len(one.doubled) + len(one.strange) for one in verdicts),
    }


def kill_in_a_meeting(folder: Path, plan: Plan) -> Figures:
    """The server, with people in a meeting, who do nothing."""
    try:
        felt = feel(folder / "meeting", plan.meeting_kills)
    except Error as reason:
        raise Failed(reason.message) from None
    if not felt.same:
        raise Failed("it was not the same meeting in the end")
    return {"kill_p95_s": round(felt.p95, 2), "kill_max_s": round(felt.most, 2)}


def move_between_releases(folder: Path, plan: Plan) -> Figures:
    """To this program and its schema and back, while two people talk."""
    del plan  # there is nothing to choose
    with running_postgres(folder / "s") as postgres:
        url = outside_the_loop(postgres.empty())
        try:
            found = asyncio.run(moves(folder, url))
        except (Unavailable, TimeoutError) as reason:
            raise Failed(str(reason) or "somebody did not come back") from None
    for move in found:
        print(f"to {move.to:<4} schema {move.revision}: it answered after {move.ready} s,", end=" ")
        print(f"nobody heard nothing for longer than {move.silence} s; all saw {move.others}")
    if any(move.others != {"ada": ["bob"], "bob": ["ada"]} for move in found):
        raise Failed("somebody was missing, or there twice")
    return {}


def come_all_at_once(folder: Path, plan: Plan) -> Figures:
    """Many, within a minute."""
    found = storm(folder, plan.bots, plan.storm)
    if not found.survived:
        raise Failed("the server is no more")
    return {"storm_joined": len(found.joined), "storm_p95_s": round(found.p95, 2)}


def install_where_nothing_is(folder: Path, plan: Plan) -> Figures:
    """Bundle, offline install, smoke, doctor, backup, destroy, restore."""
    figures = drill(folder, plan.bundle or made())
    if figures is None:
        raise Failed("see above")
    return figures


def _asked() -> Plan:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=f"of {', '.join(STEPS)}, with commas")
    for name in ("kills", "facts", "meeting-kills", "bots"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Plan, name.replace("-", "_")))
    parser.add_argument("--bundle", type=_file, help="an archive of `make bundle`, not a new one")
    parser.add_argument("--storm", type=float, default=Plan.storm, help="seconds")
    asked = vars(parser.parse_args())
    only = frozenset(filter(None, asked.pop("only").split(",")))
    if unknown := only - STEPS.keys():
        parser.error(f"there is no step {', '.join(sorted(unknown))}")
    return Plan(**asked, only=only)


def _file(name: str) -> Path:
    return Path(name).resolve(strict=True)


class Failed(Exception):  # noqa: N818 - a step, not this program
    """Why a step came to nothing."""


STEPS = {
    "host": install_where_nothing_is,
    "faults": kill_everything,
    "meeting": kill_in_a_meeting,
    "upgrade": move_between_releases,
    "storm": come_all_at_once,
}
"""In this order; each in a folder of its own."""

if __name__ == "__main__":
    sys.exit(main())
