"""What words are found by: their stems, in French and English, without accents and case. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import Stemmer

from visio.store.words import folded

VERSION = 1
"""Of these rules: another makes servers index all that is kept anew (see `visio.indexing`)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; `found` where it is a word that was searched for."""

    text: str
    found: bool


def of_text(text: str, language: str) -> set[str]:
    """What a text in that language is found by."""
    return {stem for word in _words(text) for stem in of_word(word[0], language)}


def of_word(word: str, language: str) -> frozenset[str]:
    """What a word is found by: none where it is in every second sentence.

    Twice where accents matter to the stem: "organisée" is found by "organisé" and by "organisee".
    A stem of French is none of English: "but" says nothing in one and much in the other.
    """
    of = language if language in _STOPPED else _OTHER
    plain = folded(word)[:_LONGEST]
    if plain in _STOPPED[of] or (len(plain) < 2 and not plain.isdigit()):
        return frozenset()
    return frozenset(f"{of}:{one}" for one in (folded(_stem(word.lower(), of)), _stem(plain, of)))


def wanted(search: str) -> list[list[frozenset[str]]]:
    """For each language, the words that are all to be found, each by any of its stems.

    A language in which nothing is left to look for is not there.
    """
    words = list(dict.fromkeys(word for word, _ in _words(search)))[:MOST]
    every = [[of_word(word, language) for word in words] for language in LANGUAGES]
    return [left for stems in every if (left := [one for one in stems if one])]


def marked(text: str, language: str, search: frozenset[str]) -> list[Part]:
    """The text with the words that have one of these stems told apart."""
    text = unicodedata.normalize("NFC", text)
    parts, end = [], 0
    for word, at in _words(text):
        if of_word(word, language) & search:
            parts += [Part(text[end:at], False), Part(word, True)]
            end = at + len(word)
    return [part for part in (*parts, Part(text[end:], False)) if part.text]


def _words(text: str) -> Iterator[tuple[str, int]]:
    for match in _WORD.finditer(unicodedata.normalize("NFC", text)):
        yield match[0], match.start()


def _stem(word: str, language: str) -> str:
    name = _STEMMERS.get(language)
    return str(_stemmer(name).stemWord(word[:_LONGEST])) if name else word[:_LONGEST]


@cache
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)


_WORD = re.compile(r"[^\W_]+")
_STEMMERS = {"fr": "french", "en": "english"}
_OTHER = "xx"
LANGUAGES = (*_STEMMERS, _OTHER)
"""Those with stems of their own, and all others, whose words are found as they are."""
MOST = 6
"""Words of a search that count: each costs a look for every meeting."""
# Letters of a word that count: longer ones are noise of a recogniser.
_LONGEST = 64
# What is too frequent to be looked for, folded: it would be a third of the index, and show, by
# how often it is there, which language it is.
_FRENCH = """
ai aie as au aux avait avec avez avoir avons ce cela ces cet cette ceux chez comme dans de des donc
du elle elles en est et etait etre eu eux fait ici il ils je la le les leur leurs lui ma mais me
meme mes moi mon ne nos notre nous on ont or ou oui par pas peu plus pour qu que quel quelle qui
quoi sa sans se sera ses si son sont suis sur ta te tes toi ton tous tout toute tres tu un une va
vos votre vous ya
"""
_ENGLISH = """
about all also am an and any are as at be been but by can could did do does don for from get got
had has have he her here him his how if in into is it its just like me my no not of oh ok on or our
out re she so some than that the their them then there they this to up us ve was we well were what
when which who will with would yeah yes you your
"""
_STOPPED: dict[str, frozenset[str]] = {
    "fr": frozenset(_FRENCH.split()),
    "en": frozenset(_ENGLISH.split()),
    _OTHER: frozenset(),
}
