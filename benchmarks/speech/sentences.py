"""What people say in the meetings of the benchmark: sentences put together by chance, with a seed.

No digits and few names: a recogniser may write those in several ways that are all right.
"""

import random
import re
from collections.abc import Mapping, Sequence


def sentence(language: str, chance: random.Random) -> str:
    """One sentence; every {word} of its pattern stands for one of several."""
    patterns, words = _LANGUAGES[language]
    said = chance.choice(patterns)
    while "{" in said:
        said = re.sub(r"{(\w+)}", lambda slot: chance.choice(words[slot[1]]), said, count=1)
    return said[0].upper() + said[1:]


_FRENCH = (
    "je propose que nous commencions par {subject}.",
    "il me semble que {subject} avance bien.",
    "nous recevrons {document} par {who} {time}.",
    "est-ce que quelqu'un a relu {document} avant la réunion ?",
    "je suis d'accord avec {who} sur ce point.",
    "la question de {subject} sera traitée {time}.",
    "pour {subject}, il faudrait d'abord consulter {who}.",
    "nous devons encore choisir la date de la prochaine visite.",
    "le plus important, c'est de prévenir {who} assez tôt.",
    "j'ai parlé avec {who}, qui n'a pas changé d'avis.",
    "on peut reporter {subject}, mais cela coûtera plus cher.",
    "les habitants attendent une réponse claire au sujet de {subject}.",
    "je vais préparer {document} et vous l'envoyer {time}.",
    "personne ne s'oppose à cette solution, donc nous la retenons.",
    "il reste deux points difficiles dans {document}.",
    "la salle est réservée pour toute la matinée.",
    "merci beaucoup, c'était très clair.",
    "je voudrais revenir un instant sur {subject}.",
    "pourriez-vous répéter la dernière phrase, s'il vous plaît ?",
    "{who} nous a demandé de vérifier tous les calculs.",
    "le calendrier est serré, mais nous pouvons y arriver.",
    "si {who} accepte, les travaux commenceront {time}.",
    "c'est une bonne nouvelle pour toute l'équipe.",
    "nous manquons de place dans le bâtiment principal.",
    "à mon avis, {subject} mérite une discussion plus longue.",
)
_FRENCH_WORDS = {
    "subject": (
        "la rénovation de l'école",
        "la gestion de la bibliothèque",
        "la nouvelle ligne de bus",
        "l'accueil du public",
        "la formation des agents",
        "l'organisation du marché",
        "la qualité de l'eau",
        "l'ouverture du jardin",
        "la collecte des déchets",
        "l'éclairage des rues",
    ),
    "document": (
        "le rapport",
        "la lettre",
        "le projet de contrat",
        "la liste des candidats",
        "le compte rendu",
        "le plan du quartier",
        "la facture",
    ),
    "who": (
        "la directrice",
        "le maire",
        "notre architecte",
        "le service juridique",
        "la région",
        "la mairie",
        "le comptable",
        "l'association du quartier",
    ),
    "time": (
        "la semaine prochaine",
        "demain matin",
        "au mois de septembre",
        "avant la fin du mois",
        "dans quelques jours",
        "au printemps",
        "lundi soir",
        "après les vacances",
    ),
}
_ENGLISH = (
    "I suggest that we begin with {subject}.",
    "it seems to me that {subject} is going well.",
    "we received {document} from {who} {time}.",
    "has anybody read {document} before this meeting?",
    "I agree with {who} on this point.",
    "the question of {subject} will be discussed {time}.",
    "before we talk about {subject}, we should ask {who}.",
    "we still have to choose a date for the next visit.",
    "the most important thing is to tell {who} early enough.",
    "I spoke with {who}, and nothing has changed.",
    "we could delay {subject}, but it would cost more money.",
    "people are waiting for a clear answer about {subject}.",
    "I will prepare {document} and send it to you {time}.",
    "nobody is against this solution, so we will keep it.",
    "there are two difficult points in {document}.",
    "the large room is reserved for the whole morning.",
    "thank you very much, that was very clear.",
    "I would like to come back to {subject} for a moment.",
    "could you please repeat the last sentence?",
    "{who} wanted us to check all the numbers again.",
    "the schedule is tight, but we can do it.",
    "if {who} agrees, the work will start {time}.",
    "this is good news for the whole team.",
    "we do not have enough space in the main building.",
    "in my opinion, {subject} needs a longer discussion.",
)
_ENGLISH_WORDS = {
    "subject": (
        "the new school building",
        "the budget of the library",
        "the bus line to the hospital",
        "the training of new people",
        "the quality of the water",
        "the opening of the garden",
        "the street lights",
        "the public transport plan",
        "the sports hall",
        "the winter market",
    ),
    "document": (
        "the report",
        "the letter",
        "the draft contract",
        "the list of candidates",
        "the minutes",
        "the map of the city",
        "the invoice",
    ),
    "who": (
        "the director",
        "the mayor",
        "our architect",
        "the legal department",
        "the region",
        "the parents",
        "the accountant",
        "the local association",
    ),
    "time": (
        "next week",
        "tomorrow morning",
        "in September",
        "before the end of the month",
        "in a few days",
        "in spring",
        "on Monday evening",
        "after the holidays",
    ),
}
_LANGUAGES: Mapping[str, tuple[Sequence[str], Mapping[str, Sequence[str]]]] = {
    "fr": (_FRENCH, _FRENCH_WORDS),
    "en": (_ENGLISH, _ENGLISH_WORDS),
}
