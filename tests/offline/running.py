"""A plugin for pytest: says in the file that OFFLINE_RUNNING names which test runs."""

import os
from pathlib import Path


def pytest_runtest_logstart(nodeid: str) -> None:
    Path(os.environ["OFFLINE_RUNNING"]).write_text(nodeid)
