"""Words as people look for them: without case and accents, from any of their parts on."""

import re
import unicodedata
from collections.abc import Iterator


def folded(text: str) -> str:
    """The letters without accents and case: "Élise" and "elise" are the same."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(one for one in letters if not unicodedata.combining(one)).casefold()


def findable(*texts: str) -> set[str]:
    """What a search finds the texts by: each of their words, from each of its parts on.

    "jean-luc@example.org" is found by beginnings of it, "luc@example.org", "example.org" and "org".
    """
    return {word[:LONGEST] for text in texts for word in _from_each_part(folded(text))}


def wanted(search: str) -> list[str]:
    """The beginnings of words that somebody looks for, all of which are to be found."""
    return [word[:LONGEST] for word in dict.fromkeys(folded(search).split())][:_MOST]


def _from_each_part(text: str) -> Iterator[str]:
    for word in text.split():
        yield word  # also one of signs only
        for part in _PARTS.finditer(word):
            yield word[part.start() :]


LONGEST = 64
"""Letters of a word that count; more takes more room, less confuses long addresses."""
_PARTS = re.compile(r"[^\W_]+")
# Words that are looked for: each costs a look into the index.
_MOST = 8
