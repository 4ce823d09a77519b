"""`make smoke`: hold the meeting, print a table and, last, one line of JSON."""

import argparse
import dataclasses
import json
import sys

from tests.databases import open_folder
from tests.smoke.meeting import Result, meet


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    database = parser.parse_args().database
    with open_folder() as folder:
        result = meet(folder, database)
    print(table(result))
    for failure in result.failures:
        print(f"does not hold: {failure}", file=sys.stderr)
    print(json.dumps(dataclasses.asdict(result)), flush=True)
    return 1 if result.failures else 0


def table(result: Result) -> str:
    rows = [
        ("guest connected after", f"{result.joined_ms} ms"),
        ("first remote frame after", f"{result.first_frame_ms} ms"),
        ("frames per second, slower browser", f"{result.fps} (≥ 15)"),
        ("… while Python stands still", f"{result.fps_stalled} (≥ 15)"),
        ("both heard the other", "yes" if result.audio_ok else "no"),
        ("utterances", str(result.utterances)),
        ("words under the right name", f"{result.right_name:.1%} (≥ 95 %)"),
        ("word error rate", f"{result.wer:.1%} (≤ 15 %)"),
        ("database", result.db),
    ]
    return "\n".join(f"{name:<36}{value}" for name, value in rows)


if __name__ == "__main__":
    sys.exit(main())
