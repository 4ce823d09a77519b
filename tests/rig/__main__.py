"""`make bench-loss`: real Chromium over bad links, through our server and directly.

Prints a table (of each figure the worst seed), draws it into var/bench-loss.svg and, last, prints
one line of JSON: the worst of seeds and legs through our server. Fails when a goal is missed.
The whole takes about three quarters of an hour, as nothing else may run meanwhile.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.databases import open_folder
from tests.rig.calls import BASELINE, LEGS, Call, Rig
from tests.rig.measure import REPORTED, Received, missed, received, recovered, worst
from tests.rig.network import TREE
from tests.rig.plot import draw

LOSSES = (0, 5, 10, 20, 30, 40)
POINTS: Mapping[str, Mapping[str, Any]] = {
    **{f"loss{loss}": {"loss": loss / 100} for loss in LOSSES},
    "burst": {"burst": (0.02, 0.25, 1.0)},
    "jitter": {"jitter": 30, "reorder": 0.02, "duplicate": 0.01},
}
DROP = "drop"
"""4 Mbit/s, then 500 kbit/s, then 4 Mbit/s."""


@dataclass(frozen=True)
class Run:
    """One call over one bad link."""

    leg: str
    point: str
    seed: int
    received: Received
    recovered: float | None = None
    """Seconds, of a drop."""
    likeness: float | None = None
    """Of what was seen to what was filmed, on the average; not of a drop."""


def main() -> int:
    choice = _choice()
    with open_folder() as folder, Rig.set_up(folder) as rig:
        runs = [
            _said(run(rig, leg, point, seed))
            for point in choice.only
            for leg in choice.legs
            for seed in range(1, choice.seeds + 1)
        ]
    print(table(runs))
    draw(choice.plot, curves(runs))
    found = figures([run for run in runs if run.leg != BASELINE])
    failures = missed(found)
    for failure in failures:
        print(f"does not hold: {failure}", file=sys.stderr)
    print(json.dumps({name: _rounded(found.get(name)) for name in REPORTED}), flush=True)
    return 1 if failures else 0


def run(rig: Rig, leg: str, point: str, seed: int) -> Run:
    """Hold one call and measure it."""
    if point == DROP:
        with rig.call(leg, seed, _RICH) as call:
            return _dropped(call, leg, seed)
    with rig.call(leg, seed, _USUAL) as call:
        call.link.impair(**POINTS[point])
        call.spend(_SETTLING)
        start = call.now()
        seen = [_look(call) for _ in range(_LOOKS)]
        whole = received(*call.received(), start, call.now())
        return Run(leg, point, seed, whole, likeness=sum(seen) / _LOOKS)


def _look(call: Call) -> float:
    call.spend(_WINDOW / _LOOKS)
    return call.likeness()


def _dropped(call: Call, leg: str, seed: int) -> Run:
    call.link.impair(rate=_WIDE)
    call.spend(_RAMP)
    dropped = call.now()
    call.link.impair(rate=_NARROW)
    call.spend(_NARROWED)
    restored = call.now()
    call.link.impair(rate=_WIDE)
    call.spend(_RECOVERY)
    end = call.now()
    samples, frames = call.received()
    whole = received(samples, frames, dropped, end)
    return Run(leg, DROP, seed, whole, recovered(samples, dropped, restored, end))


def figures(runs: Sequence[Run]) -> dict[str, float]:
    """What the goals are about, of what was measured; the worst of seeds and legs."""
    of = _worst(runs)
    found: dict[str, float] = {}
    for point in ("loss10", "loss20", "loss30", "loss40", "burst", "jitter"):
        if one := of.get(point):
            name = point.removeprefix("loss")
            found |= {f"freeze_{name}": one.freeze, f"conceal_{name}": one.conceal}
            found |= {f"fps_{name}": one.fps, f"height_{name}": one.height}
            if point != name:
                found["jitter_buffer_ms"] = max(found.get("jitter_buffer_ms", 0.0), one.buffer)
    found |= _likeness_kept(runs)
    if one := of.get(DROP):
        found |= {"longest_freeze_drop_s": one.longest, "conceal_drop": one.worst_conceal}
        found["recover_s"] = max(run.recovered or 0.0 for run in runs if run.point == DROP)
    return found


def _likeness_kept(runs: Sequence[Run]) -> dict[str, float]:
    """What is left at 20 % of the likeness without loss, on the worse leg."""
    worst_of = {
        leg: [
            min(
                (run.likeness or 0.0 for run in runs if (run.leg, run.point) == (leg, point)),
                default=None,
            )
            for point in ("loss20", "loss0")
        ]
        for leg in {run.leg for run in runs}
    }
    kept = [lossy / whole for lossy, whole in worst_of.values() if lossy is not None and whole]
    return {"likeness_20": min(kept)} if kept else {}


def table(runs: Sequence[Run]) -> str:
    """A line a point and leg, of each figure the worst seed."""
    head = f"{'link':<9}{'leg':<12}{'fps':>5}{'freeze':>9}{'longest':>9}{'lines':>7}{'kbit/s':>8}"
    lines = [f"{head}{'concealed':>11}{'buffer':>9}{'SSIM':>7}{'recovered':>11}"]
    for point in dict.fromkeys(run.point for run in runs):
        for leg in dict.fromkeys(run.leg for run in runs):
            those = [run for run in runs if (run.point, run.leg) == (point, leg)]
            lines.append(_line(point, leg, worst([run.received for run in those]), those))
    return "\n".join(lines)


def curves(runs: Sequence[Run]) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """What the plot shows: a panel a measure, a curve a leg."""
    measures: dict[str, Callable[[Received], float]] = {
        "frames per second": lambda one: one.fps,
        "% of the time frozen": lambda one: one.freeze * 100,
        "% of the audio concealed": lambda one: one.conceal * 100,
        "audio jitter buffer, ms": lambda one: one.buffer,
    }
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {title: {} for title in measures}
    for leg in dict.fromkeys(run.leg for run in runs):
        of = _worst([run for run in runs if run.leg == leg])
        for title, measure in measures.items():
            name = "browser to browser" if leg == BASELINE else f"Visio, the {leg}'s leg"
            panels[title][name] = [
                (loss, measure(of[f"loss{loss}"])) for loss in LOSSES if f"loss{loss}" in of
            ]
    return panels


def _worst(runs: Sequence[Run]) -> dict[str, Received]:
    """Of each point."""
    return {
        point: worst([run.received for run in runs if run.point == point])
        for point in dict.fromkeys(run.point for run in runs)
    }


def _line(point: str, leg: str, one: Received, runs: Sequence[Run]) -> str:
    recovery = [run.recovered for run in runs if run.recovered is not None]
    likeness = [run.likeness for run in runs if run.likeness is not None]
    return (
        f"{point:<9}{leg:<12}{one.fps:>5.1f}{one.freeze:>9.1%}{one.longest:>8.2f}s"
        f"{one.height:>7.0f}{one.rate:>8.0f}{one.conceal:>11.2%}{one.buffer:>6.0f} ms"
        + (f"{min(likeness):>7.2f}" if likeness else "")
        + (f"{max(recovery):>17.1f}s" if recovery else "")
    )


def _said(run: Run) -> Run:
    print(f"seed {run.seed}  {_line(run.point, run.leg, run.received, [run])}", file=sys.stderr)
    return run


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _choice() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    points = [*POINTS, DROP]
    parser.add_argument("--only", type=_several(points), default=points, help=",".join(points))
    parser.add_argument("--seeds", type=int, default=3, help="how many; 3 is what the goals say")
    legs = [*LEGS, BASELINE]
    parser.add_argument("--legs", type=_several(legs), default=legs, help=",".join(legs))
    parser.add_argument("--plot", type=Path, default=TREE / "var/bench-loss.svg")
    return parser.parse_args()


def _several(known: Sequence[str]) -> Callable[[str], list[str]]:
    def words(text: str) -> list[str]:
        if unknown := set(text.split(",")) - set(known):
            raise argparse.ArgumentTypeError(f"no such thing as {', '.join(unknown)}")
        return text.split(",")

    return words


_USUAL = 450_000
"""bit/s of video that our client gives 360 lines (livekit-client, VideoPresets.h360)."""
_RICH = 1_500_000
"""More than fits through the narrow link."""
_WIDE, _NARROW = 4000, 500
"""kbit/s"""
_SETTLING, _WINDOW = 6.0, 17.5
"""Seconds on the bad link before measuring, and measured."""
_LOOKS = 7
"""Pictures compared in that time."""
_RAMP, _NARROWED, _RECOVERY = 12.0, 15.0, 20.0
"""Seconds on the wide link, on the narrow one, and on the wide one again."""


if __name__ == "__main__":
    sys.exit(main())
