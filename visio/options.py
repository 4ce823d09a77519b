"""The settings as options of a command, made from their descriptions."""

from pathlib import Path
from typing import Any

import click

from visio.config import Config, default_text


def with_file(command: click.Command) -> click.Command:
    """Add `--config FILE`, passed as `file`."""
    command.params.append(
        click.Option(
            ["--config", "file"],
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="TOML file with settings.  [env VISIO_CONFIG]",
        )
    )
    return command


def with_settings(command: click.Command) -> click.Command:
    """Add `--config FILE` and every setting; what is secret is only described."""
    with_file(command)
    fields = Config.model_fields
    command.params.extend(_option(name) for name in fields if name not in _SECRET)
    command.epilog = "\n\n".join(
        [
            "Only in the environment or the file, because others can see a command line:",
            *(f"{name}: {_described(name)}" for name in _SECRET),
        ]
    )
    return command


def given(options: dict[str, Any]) -> dict[str, Any]:
    """The options somebody wrote."""
    return {name: value for name, value in options.items() if value is not None}


def _option(name: str) -> click.Option:
    flag = name.replace("_", "-")
    boolean = Config.model_fields[name].annotation is bool
    return click.Option(
        [f"--{flag}/--no-{flag}" if boolean else f"--{flag}", name],
        default=None,
        metavar=None if boolean else "VALUE",
        help=_described(name),
    )


def _described(name: str) -> str:
    default = default_text(name)
    shown = f"; default {default}" if default else ""
    return f"{Config.model_fields[name].description}  [env VISIO_{name.upper()}{shown}]"


# A database URL may hold a password.
_SECRET = ("database_url", "secret_key", "livekit_keys")
