"""The real server, and one thing more: SIGUSR1 makes all that is Python in it stand still."""

import signal
import time

from visio.__main__ import main

STALL = 2.0
"""Seconds. A handler runs on the main thread, which is the event loop's."""


def stall(*_: object) -> None:
    print(f"stalled at {time.time()}", flush=True)
    time.sleep(STALL)
    print(f"resumed at {time.time()}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, stall)
    main()
