"""Which language a talkspurt is in, by what a recogniser heard and who spoke."""

from collections.abc import Sequence


def believed(heard: Sequence[tuple[str, float]], likely: str = "") -> str:
    """The language (ISO 639-1) heard, of those it may be with their probabilities, best first.

    Where that is unsure, the `likely` one; French or English, whichever was heard rather, where
    that is neither.
    """
    best, probability = heard[0]
    if probability >= (_SURE if best in (likely, *_OURS) else _FOREIGN):
        return best
    candidates = (likely,) if likely in _OURS else _OURS
    return next((language for language, _ in heard if language in candidates), best)


# A language below this probability is not believed on one talkspurt: higher writes more foreign
# speech as French or English, lower hears Norwegian in a short "oui". Of synthesised talkspurts in
# French one in six was below, with a wrong one first in half of them; in English all were above.
_SURE = 0.8
# The same of languages that nobody expects: of 54 French talkspurts, two were Czech and Hebrew with
# more than 0.8, none with more than 0.87.
_FOREIGN = 0.9
_OURS = ("fr", "en")
