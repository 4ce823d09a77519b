"""`visio admin doctor`: how everything stands that an installation depends on."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path

import click

import visio
from visio import doctor
from visio.config import load
from visio.doctor import Finding, Language, State
from visio.errors import ConfigError
from visio.options import with_file


@with_file
@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings for a program.")
@click.option(
    "--backups",
    "place",
    default="",
    metavar="DIRECTORY|s3://BUCKET/PREFIX",
    help="Look at that place of backups, too.",
)
@click.pass_context
def doctor_command(context: click.Context, file: Path | None, *, as_json: bool, place: str) -> None:
    """Say what is broken, what to look at and what is well, what it means and what to do.

    Changes nothing and prints no secret. Exit code 1 when something is broken. In French where
    LC_ALL, LC_MESSAGES or LANG say so.
    """
    try:
        found = asyncio.run(doctor.examine(load(file), place))
    except ConfigError as error:
        found = [Finding("settings.refused", State.BROKEN, facts={"reason": str(error)})]
    language = _language(os.environ)
    click.echo(_as_json(found, language) if as_json else _as_text(found, language))
    context.exit(1 if any(one.state is State.BROKEN for one in found) else 0)


def _as_json(found: list[Finding], language: Language) -> str:
    lines = []
    for one in found:
        said = doctor.worded(one, language)
        words = {"what": said.what, "means": said.means, "do": said.do}
        lines.append({"code": one.code, "state": one.state, "about": one.about, **words})
    return json.dumps({"version": visio.__version__, "findings": lines}, ensure_ascii=False)


def _as_text(found: list[Finding], language: Language) -> str:
    lines = [line for one in found for line in _block(one, language)]
    counts = (sum(one.state is state for one in found) for state in State)
    return "\n".join([*lines, "", _COUNTED[language].format(*counts)])


def _block(finding: Finding, language: Language) -> list[str]:
    said = doctor.worded(finding, language)
    state, subject = _STATES[language][finding.state], _subject(finding, language)
    colon = " :" if language == "fr" else ":"
    head = f"{state:<{_WIDTH}}{subject}{colon} {said.what}"
    return [head, *(f"{'':<{_WIDTH}}  {line}" for line in (said.means, said.do) if line)]


def _subject(finding: Finding, language: Language) -> str:
    name = _SUBJECTS[finding.code.partition(".")[0]][language]
    return f"{name} ({finding.about})" if finding.about else name


def _language(environment: Mapping[str, str]) -> Language:
    """As the C library chooses it (locale(7))."""
    said = next((environment[name] for name in _LOCALES if environment.get(name)), "")
    return "fr" if said.lower().startswith("fr") else "en"


_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
_STATES: Mapping[Language, Mapping[State, str]] = {
    "en": {State.BROKEN: "BROKEN", State.LOOK: "look at", State.OK: "ok"},
    "fr": {State.BROKEN: "EN PANNE", State.LOOK: "à voir", State.OK: "bien"},
}
_COUNTED: Mapping[Language, str] = {
    "en": "{} broken, {} to look at, {} well.",
    "fr": "{} en panne, {} à voir, {} bien.",
}
_SUBJECTS: Mapping[str, Mapping[Language, str]] = {
    "settings": {"en": "Settings", "fr": "Réglages"},
    "secrets": {"en": "Secrets", "fr": "Secrets"},
    "database": {"en": "Database", "fr": "Base de données"},
    "migrations": {"en": "Schema", "fr": "Schéma"},
    "server": {"en": "Server", "fr": "Serveur"},
    "public": {"en": "Address", "fr": "Adresse"},
    "certificate": {"en": "Certificate", "fr": "Certificat"},
    "address": {"en": "Media's address", "fr": "Adresse des médias"},
    "udp": {"en": "Media by UDP", "fr": "Médias en UDP"},
    "tcp": {"en": "Media by TCP", "fr": "Médias en TCP"},
    "turn": {"en": "TURN", "fr": "TURN"},
    "browsers": {"en": "From a browser", "fr": "Depuis un navigateur"},
    "clock": {"en": "Clock", "fr": "Horloge"},
    "disk": {"en": "Disk", "fr": "Disque"},
    "worker": {"en": "Speech worker", "fr": "Transcripteur"},
    "weights": {"en": "Weights", "fr": "Poids"},
    "backup": {"en": "Backup", "fr": "Sauvegarde"},
    "store": {"en": "Place of backups", "fr": "Emplacement des sauvegardes"},
    "mail": {"en": "Mail", "fr": "Courrier"},
    "oidc": {"en": "Sign-in", "fr": "Connexion"},
    "webhook": {"en": "Webhooks", "fr": "Webhooks"},
    "minutes": {"en": "Minutes", "fr": "Comptes rendus"},
    "kyutai": {"en": "Live captions", "fr": "Sous-titres"},
}
_WIDTH = 10
