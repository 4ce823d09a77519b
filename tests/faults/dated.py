"""Tells the date that counts here whenever a line comes: python -m tests.faults.dated"""

import sys

from visio import clock

if __name__ == "__main__":
    for _ in sys.stdin:
        sys.stdout.write(f"date {clock.now()} {round(clock.now.off)}\n")
        sys.stdout.flush()
