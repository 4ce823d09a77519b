"""`make conformance`: every test that names a rule, then the matrix; ends with 1 if any fails."""

import sys

import pytest

from tests.conformance.matrix import Matrix
from tests.conformance.rules import DOCUMENT, read_rules


def main(options: list[str]) -> int:
    matrix = Matrix(read_rules(DOCUMENT.read_text()))
    ended = pytest.main(["-m", "rule", "-q", *options, *_PLACES], plugins=[matrix])
    print("\n".join(matrix.report()))
    return 0 if ended == pytest.ExitCode.OK and matrix.holds() else 1


_PLACES = ("tests/conformance", "tests/livekit", "tests/sfu")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
