"""What the system said it had done, kept outside of it, to be compared with what it has. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    """Of one kind: how many facts were acknowledged, and which are not there, there more than once,
    or there though nobody ever asked for them."""

    facts: int
    lost: frozenset[str] = frozenset()
    doubled: frozenset[str] = frozenset()
    strange: frozenset[str] = frozenset()

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.strange)


@dataclass
class Ledger:
    """By kind. What was asked for and never acknowledged may be there, once, or not."""

    asked: dict[str, set[str]] = field(default_factory=dict)
    acknowledged: dict[str, set[str]] = field(default_factory=dict)

    def ask(self, kind: str, name: str) -> None:
        """It is about to be asked for, perhaps again."""
        self.asked.setdefault(kind, set()).add(name)

    def acknowledge(self, kind: str, name: str) -> None:
        """The system said that it is done."""
        self.ask(kind, name)
        self.acknowledged.setdefault(kind, set()).add(name)

    @property
    def facts(self) -> int:
        return sum(map(len, self.acknowledged.values()))

    def compare(self, found: Mapping[str, Iterable[str]]) -> dict[str, Verdict]:
        """With all that is there, each as often as it is."""
        return {
            kind: _verdict(self.acknowledged.get(kind, set()), asked, Counter(found.get(kind, ())))
            for kind, asked in self.asked.items()
        }


def _verdict(acknowledged: set[str], asked: set[str], found: Counter[str]) -> Verdict:
    return Verdict(
        len(acknowledged),
        frozenset(acknowledged - found.keys()),
        frozenset(name for name, times in found.items() if times > 1),
        frozenset(found.keys() - asked),
    )
