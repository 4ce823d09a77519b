"""The texts by which people are asked whether what they say or show may be kept.

`docs/privacy.md` has each text; the client's locales have the current ones.
"""

from collections.abc import Mapping
from typing import Literal

Withdrawal = Literal["keep", "delete"]
"""What becomes of what somebody said before they withdrew."""


def current(withdrawal: Withdrawal) -> str:
    """The version that is shown now, where withdrawing means that."""
    return f"{_VERSION}-{withdrawal}"


# Another text needs another version: answers refer to it for ever.
_VERSION = "2026-11.2"
KNOWN: Mapping[str, frozenset[str]] = {
    "transcription": frozenset({current("keep"), current("delete"), "2026-11"}),
}
"""By what is asked about, the versions there have been."""
