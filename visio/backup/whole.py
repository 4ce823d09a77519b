"""An archive or an export to its end: nothing of it is believed that its manifest does not tell."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from visio.backup.archive import Found, Part


class Whole:
    """The parts up to the manifest, which must tell of exactly those.

    Raises ValueError where it does not; `found` is known at the end.
    """

    def __init__(self, parts: Iterator[Part]) -> None:
        self.found = Found({}, {})
        self._parts = parts
        self._hashes: dict[str, str] = {}

    def header(self, name: str) -> Mapping[str, Any]:
        """What the first part tells; nothing where that has another name."""
        first = next(iter(self), None)
        told = json.loads(first.data) if first and first.name == name else None
        return told if isinstance(told, dict) else {}

    def __iter__(self) -> Iterator[Part]:
        for part in self._parts:
            if part.name == "manifest.json":
                self.found = Found.of(part)
                if self.found.parts != self._hashes:
                    raise ValueError(f"{self._other()} is not as its manifest says")
                return
            if part.name in self._hashes:
                raise ValueError(f"{part.name} is in it twice")
            self._hashes[part.name] = part.sha256
            yield part
        raise ValueError("it was cut off")

    def _other(self) -> str:
        """The first part that its manifest tells otherwise of."""
        told, here = self.found.parts, self._hashes
        return next(one for one in sorted({*told, *here}) if told.get(one) != here.get(one))
