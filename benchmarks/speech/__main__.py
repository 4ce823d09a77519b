"""`make bench-speech`: how well a meeting of known words is written down, how soon, at what cost.

Meetings of several microphones are put together with a seed from recordings with transcripts and
from synthesised voices, with people who fall in each other's words, everybody's echo at -20 dB in
every other microphone, clocks that drift, late packets and lost ones; then the worker's own code
hears them. Prints a table and a line of JSON, and ends with status 1 when a bound is missed. With
some meetings only, or smaller ones, there is no JSON: its figures are those of all.

right_name: of the words that stand in the transcript, those under the name of who said them; wer:
of people with a microphone each, beside faster-whisper on each track as a whole, without echo.
der: whose turn it is at shared microphones by the voices that the final pass gives, without a
collar, beside the same pipeline on the track as a whole ("no echo": and as if nobody else had been
heard in it). cpwer: the words of everybody, voices of
shared microphones given the people that suit them best (meeteval). cpu_s_per_s: of the worker, for
a second of somebody's speech. final_pass_s_per_h: of the meeting of ten minutes, times six.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speech.meetings import MEETINGS, TEN_MINUTES, Meeting, build
from benchmarks.speech.scores import Line, Words, attributed, errors, missed, said_by
from tests.smoke.captions import measure as measure_captions
from tests.wer import normalise

TREE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    """What the worker made of a meeting, and what the models did without it."""

    meeting: Meeting
    work: Mapping[str, Any]
    whole: Mapping[str, Any]

    @property
    def lines(self) -> list[Line]:
        return [Line(**line) for line in self.work["lines"]]

    @property
    def words(self) -> Words:
        return attributed(self.meeting.said, self.lines, self.meeting.shared)

    @property
    def whole_file(self) -> Words:
        texts = self.whole["texts"]
        counted = (errors(text, texts[who]) for who, text in said_by(self._alone()).items())
        return sum(counted, Words())

    def cp_words(self) -> Words:
        """Errors with the voices given to people as suits best, the people's words in order."""
        from meeteval.io import SegLST
        from meeteval.wer import cpwer

        said = [_segment(one.person, one.start, one.end, one.text) for one in self.meeting.said]
        written = [
            _segment(f"{line.microphone} {line.voice}", line.start, line.end, line.text)
            for line in self.lines
        ]
        (rate,) = cpwer(reference=SegLST(said), hypothesis=SegLST(written)).values()
        return Words(rate.length, rate.errors)

    def _alone(self) -> list[Any]:
        return [one for one in self.meeting.said if one.microphone != self.meeting.shared]


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.speech")
    parser.add_argument("--only", default=_ALL, help=f"some of {_ALL}")
    parser.add_argument("--size", type=float, default=1.0, help="share of each meeting's length")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    results = _measure([name for name in MEETINGS if name in chosen], arguments.size)
    if results:
        _print_table(results)
    captions = measure_captions() if "captions" in chosen else {}
    if (arguments.only, arguments.size) != (_ALL, 1.0):
        return 0
    figures = {**_transcripts(results), **_costs(results), **captions}
    faults = missed(figures)
    for fault in faults:
        print(f"Missed: {fault}.")
    print(json.dumps({name: round(figures[name], 4) for name in _REPORTED}), flush=True)
    return 1 if faults else 0


def _measure(names: Sequence[str], size: float) -> list[Result]:
    """Two at a time; the meeting whose final pass is timed has the machine for itself."""
    meetings = {name: build(name, FOLDER / "voices", ENVIRONMENT, size) for name in names}
    others = [name for name in names if name != TEN_MINUTES]
    with ThreadPoolExecutor(2) as two:
        jobs = [(what, name) for what in ("work", "whole") for name in others]
        jobs += [("whole", name) for name in names if name == TEN_MINUTES]
        found = dict(zip(jobs, two.map(lambda job: _run(job[0], job[1], size), jobs), strict=True))
    if TEN_MINUTES in names:
        found["work", TEN_MINUTES] = _run("work", TEN_MINUTES, size)
    return [
        Result(meeting, found["work", name], found["whole", name])
        for name, meeting in meetings.items()
    ]


def _run(what: str, name: str, size: float) -> Any:
    command = [str(ENVIRONMENT / "bin/python"), "-m", "benchmarks.speech.pipeline"]
    done = subprocess.run(
        [*command, what, name, str(FOLDER), str(size)],
        cwd=TREE,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    print(f"{name}: {what} done", file=sys.stderr, flush=True)
    found = done.stdout.splitlines()[-1]
    (FOLDER / f"{name}-{what}.json").write_text(found)
    return json.loads(found)


def _transcripts(results: Iterable[Result]) -> dict[str, float]:
    results = list(results)
    words = sum((result.words for result in results), Words())
    return {
        "right_name": words.right_name,
        "wer": words.wer,
        "wer_whole_file": sum((result.whole_file for result in results), Words()).wer,
        "cpwer": sum((result.cp_words() for result in results), Words()).wer,
        "der": _der(result.work["diarization"] for result in results),
        "der_pyannote": _der(result.whole.get("diarization", {}) for result in results),
    }


def _costs(results: Sequence[Result]) -> dict[str, float]:
    spoken = sum(result.meeting.spoken for result in results)
    timed = next(result for result in results if result.meeting.name == TEN_MINUTES)
    return {
        "cpu_s_per_s": sum(result.work["live_cpu"] for result in results) / spoken,
        "final_pass_s_per_h": timed.work["final_wall"] * 3600 / timed.meeting.seconds,
    }


def _der(parts: Iterable[Mapping[str, float]]) -> float:
    measured = [part for part in parts if part]
    wrong = sum(part[kind] for part in measured for kind in _ERRORS)
    return wrong / max(sum(part["total"] for part in measured), 1e-9)


def _print_table(results: Sequence[Result]) -> None:
    load, _, _ = os.getloadavg()
    print(f"load average {load:.1f}, {os.cpu_count()} processors")
    print("".join(f"{title:>12}" for title in _TITLES))
    for result in results:
        words, mine, plain = result.words, result.work, result.whole
        shared = result.meeting.shared
        row = (
            result.meeting.name,
            f"{result.meeting.seconds:.0f}",
            f"{words.count}",
            f"{words.right_name:.4f}",
            f"{words.wer:.4f}",
            f"{result.whole_file.wer:.4f}",
            f"{result.cp_words().wer:.4f}",
            f"{_der([mine['diarization']]):.4f}" if shared else "-",
            f"{_der([plain['diarization']]):.4f}" if shared else "-",
            f"{_der([plain['diarization_clean']]):.4f}" if shared else "-",
            f"{mine['live_cpu'] / result.meeting.spoken:.3f}",
            f"{result.whole['cpu'] / result.meeting.spoken:.3f}",
            f"{mine['final_wall']:.0f}/{mine['final_cpu']:.0f}",
            f"{mine['worker_mb']}",
            f"{mine['diarization_mb']}" if shared else "-",
        )
        print("".join(f"{cell:>12}" for cell in row), flush=True)


def _segment(who: str, start: float, end: float, text: str) -> dict[str, Any]:
    return {
        "session_id": "meeting",
        "speaker": who,
        "start_time": start,
        "end_time": end,
        "words": " ".join(normalise(text)),
    }


_ALL = ",".join((*MEETINGS, "captions"))
FOLDER = TREE / "var/bench-speech"
ENVIRONMENT = TREE / ".venv-speech"
_ERRORS = ("missed detection", "false alarm", "confusion")
_TITLES = (
    "meeting",
    "seconds",
    "words",
    "right name",
    "WER",
    "whole file",
    "cpWER",
    "DER",
    "pyannote",
    "… no echo",
    "CPU s/s",
    "whole file",
    "final s/CPU",
    "MB",
    "MB final",
)
_REPORTED = (
    "right_name",
    "der",
    "der_pyannote",
    "wer",
    "wer_whole_file",
    "cpwer",
    "caption_p50_s",
    "caption_p95_s",
    "caption_default_p50_s",
    "caption_default_p90_s",
    "cpu_s_per_s",
    "final_pass_s_per_h",
)

if __name__ == "__main__":
    sys.exit(main())
