"""Starts the program. Most of a start, and so of a silence after a crash, is reading modules."""

import gc

# Nothing that importing makes is garbage: looking for some took a fifth of it.
gc.disable()

from visio.cli import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
