"""The command line: parse, call, print. Its messages are for operators, in English."""

import asyncio
import logging
import signal
import ssl
import sys
from pathlib import Path
from typing import Any

import click
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

import visio
from visio import importing, servicing, worker
from visio.app import make_app, make_metrics_app, make_runner, read_in_slices, reload_keys
from visio.audit_commands import audit
from visio.auth import accounts as people
from visio.auth import factors, links
from visio.backup_commands import backup, backup_key, restore
from visio.config import (
    Config,
    load,
    read_secrets,
    read_smtp_password,
    settings_table,
)
from visio.descriptors import raise_open_files
from visio.doctor_commands import doctor_command
from visio.ending import Ending
from visio.entity_commands import entity, set_entity
from visio.errors import ConfigError, VisioError
from visio.hub import HUB
from visio.inventory_commands import crypto
from visio.local import account_id, no_account, on_database, operator
from visio.mail import Language, Mail, link_letter
from visio.move_commands import export_all, import_all
from visio.options import given, with_file, with_settings
from visio.person_commands import meeting, person
from visio.rewrap_command import rewrap
from visio.store import accounts, brandings, rooms, slugs
from visio.store import audit as trail
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.database import Database
from visio.store.models import Account, Room
from visio.systemd import supervised
from visio.views.state import CONFIG, DATABASE, clock

logger = logging.getLogger(__name__)


def main() -> None:
    """Run a command; a wrong setting is one sentence and exit code 2."""
    try:
        commands(prog_name="visio")
    except ConfigError as error:
        click.echo(f"visio: {error}", err=True)
        sys.exit(2)
    except VisioError as error:
        click.echo(f"visio: {error}", err=True)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(visio.__version__, prog_name="visio")
def commands() -> None:
    """Visio, a self-hosted videoconference."""


@with_settings
@commands.command()
def serve(file: Path | None, **options: Any) -> None:
    """Run the server. Settings come from options, the environment, then the file."""
    config = load(file, given(options))
    _log(config)
    sys.exit(asyncio.run(_serve(config)))


@with_settings
@commands.command()
def transcribe(file: Path | None, **options: Any) -> None:
    """Run a speech worker beside servers that were started with --no-worker."""
    config = load(file, given(options))
    read_secrets(config)
    try:
        worker.execute(config)
    except OSError as error:
        raise ConfigError(f"worker_python cannot be run: {error}") from None


@commands.command()
def settings() -> None:
    """Print all settings as a Markdown table."""
    click.echo(settings_table(), nl=False)


@commands.group()
def admin() -> None:
    """Provision people and rooms; the audit, and what is stored of whom."""


for command in (
    audit,
    backup,
    backup_key,
    entity,
    export_all,
    import_all,
    meeting,
    person,
    restore,
    rewrap,
    doctor_command,
):
    admin.add_command(command)


@admin.group()
def user() -> None:
    """Accounts."""


@with_file
@user.command("add")
@click.argument("email")
@click.option("--name", default="", help="Name shown in meetings; else made of the address.")
@click.option("--administrator", is_flag=True, help="May administer the server.")
def add_user(file: Path | None, email: str, name: str, administrator: bool) -> None:
    """Make an account and print its one-time password."""

    async def add(database: Database) -> str:
        _, password = await people.create(
            database, email, name, administrator=administrator, by=operator()
        )
        return password

    click.echo(f"One-time password: {on_database(file, add)}")


@with_file
@user.command("list")
def list_users(file: Path | None) -> None:
    """Print all accounts: address, name, role."""

    async def listed(database: Database) -> list[str]:
        async with database.transaction() as session:
            return [
                f"{one.email}\t{one.name}\t{_role(one)}" for one in await accounts.listed(session)
            ]

    for line in on_database(file, listed):
        click.echo(line)


@with_file
@user.command("reset-password")
@click.argument("email")
def reset_password(file: Path | None, email: str) -> None:
    """Sign the account out everywhere and print a new one-time password."""
    password = on_database(
        file, lambda database: people.reset_password(database, email, by=operator())
    )
    if password is None:
        raise no_account(email)
    click.echo(f"One-time password: {password}")


@with_file
@user.command("invite")
@click.argument("email")
@click.option("--name", default="", help="Name shown in meetings; else made of the address.")
@click.option("--administrator", is_flag=True, help="May administer the server.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def invite_user(
    *, file: Path | None, email: str, name: str, administrator: bool, language: Language
) -> None:
    """Make an account and mail its holder a link to choose a password."""
    config = load(file)
    mail = Mail(config, read_smtp_password(config))
    if not mail.open:
        raise ConfigError("smtp_host is not set: without it nobody can be invited by mail.")

    async def invite(database: Database) -> None:
        by = operator()
        account = await people.invite(database, email, name, administrator=administrator, by=by)
        token = await links.make(database, account.id, "invitation", clock(), by=by)
        link = f"{config.url}/password#{token}"
        async with database.transaction() as session:
            service = await brandings.name(session)
        letter = link_letter(
            "invitation", language, to=account.email, name=account.name, link=link, service=service
        )
        await mail.send(letter)

    on_database(file, invite)
    click.echo(f"Invited {email}.")


@with_file
@user.command("disable")
@click.argument("email")
def disable_user(file: Path | None, email: str) -> None:
    """Keep somebody out: of the pages at once, of running meetings within seconds."""

    async def disable(database: Database) -> None:
        disabled = await account_id(database, email)
        await people.disable(database, disabled, clock(), by=operator())

    on_database(file, disable)


@with_file
@user.command("enable")
@click.argument("email")
def enable_user(file: Path | None, email: str) -> None:
    """Let somebody in again who was disabled."""

    async def enable(database: Database) -> None:
        await people.enable(database, await account_id(database, email), by=operator())

    on_database(file, enable)


@with_file
@user.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(file: Path | None, email: str) -> None:
    """Forget the authenticator of somebody who lost it with the recovery codes."""

    async def reset(database: Database) -> None:
        await factors.reset(database, await account_id(database, email), by=operator())

    on_database(file, reset)


user.add_command(set_entity)


@admin.group()
def room() -> None:
    """Rooms."""


@with_file
@room.command("add")
@click.argument("title")
@click.option("--owner", required=True, metavar="EMAIL", help="Whose room it is.")
@click.option("--slug", default="", help="Name in its address; random if empty.")
@click.option(
    "--access",
    type=click.Choice(["public", "trusted", "restricted"]),
    default="restricted",
    show_default=True,
    help="Who may enter: everybody with the link, every account, or members.",
)
@click.option("--member", "members", multiple=True, metavar="EMAIL", help="May enter; repeatable.")
def add_room(
    *, file: Path | None, title: str, owner: str, slug: str, access: str, members: tuple[str, ...]
) -> None:
    """Make a room and print its address."""
    config = load(file)

    async def add(database: Database) -> str:
        ids = [await account_id(database, email) for email in (owner, *members)]
        name = slugs.checked(slug) if slug else slugs.random_slug()
        new = Room(slug=name, title=title, access=access, owner_id=ids[0])
        async with database.transaction() as session:
            await rooms.add(session, new)
            for member in set(ids[1:]) - {ids[0]}:
                await rooms.set_member(session, new.id, member, "member")
            detail = {"access": access}
            made = Deed(Act.ROOM_CREATED, ("room", new.id), new.id, detail=detail)
            roles = [
                Deed(Act.ROLE_GIVEN, ("account", member), new.id, detail={"role": "member"})
                for member in sorted(set(ids[1:]) - {ids[0]})
            ]
            await trail.append(session, operator(), made, *roles)
        return new.slug

    click.echo(f"{config.url}/{on_database(file, add)}")


room.add_command(importing.import_rooms)
# Both words lead there.
admin.add_command(room, "rooms")
admin.add_command(servicing.service)
admin.add_command(servicing.key)
admin.add_command(crypto)


async def _serve(config: Config) -> int:
    raise_open_files()
    ending = Ending(config.drain_seconds)
    certificate = _certificate(config)
    app = make_app(config)
    runner, metered = make_runner(app), make_runner(make_metrics_app(app))
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload_keys, app)
    try:
        await runner.setup()
        await metered.setup()
        site = web.TCPSite(runner, config.host, config.port, ssl_context=certificate)
        await site.start()
        read_in_slices(site)
        if address := config.metrics_server:
            await web.TCPSite(metered, *address).start()
            logger.info("metrics on %s port %s", *metered.addresses[0][:2])
        await _announce(app, runner)
        async with supervised():
            await ending.wait(app[HUB])
    except (OSError, SQLAlchemyError) as error:
        click.echo(f"visio: the server cannot start: {str(error).splitlines()[0]}", err=True)
        return 1
    finally:
        await metered.cleanup()
        await runner.cleanup()
    return 0


async def _announce(app: web.Application, runner: web.AppRunner) -> None:
    """Print the address people open, and at the very first start how to sign in."""
    config, database = app[CONFIG], app[DATABASE]
    url = config.url if config.port else f"{config.url[:-2]}:{runner.addresses[0][1]}"
    lines = [f"Visio is ready: {url}"]
    async with database.transaction() as session:
        empty = await accounts.count(session) == 0
    if empty and config.demo:
        _, password = await people.create(
            database, _FIRST_ADMINISTRATOR, "Administrator", administrator=True
        )
        lines += ["", f"Sign in as        {_FIRST_ADMINISTRATOR}"]
        lines += [f"One-time password {password}", "It is shown only this once."]
    elif empty:
        lines += ["", "There is no account yet: visio admin user add EMAIL --administrator"]
    click.echo(_framed(lines))


def _framed(lines: list[str]) -> str:
    width = max(map(len, lines))
    border = "+" + "-" * (width + 4) + "+"
    return "\n".join(["", border, *(f"|  {line:<{width}}  |" for line in lines), border, ""])


def _certificate(config: Config) -> ssl.SSLContext | None:
    if config.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # TLS 1.2 only with forward secrecy and authenticated encryption (ANSSI's TLS guide).
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    try:
        context.load_cert_chain(config.tls_cert, config.tls_key)
    except OSError as error:
        raise ConfigError(f"tls_cert and tls_key cannot be used: {error}") from None
    return context


def _log(config: Config) -> None:
    logging.basicConfig(
        level=config.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _role(account: Account) -> str:
    role = "administrator" if account.administrator else "user"
    return f"{role}, disabled" if account.disabled_at is not None else role


_FIRST_ADMINISTRATOR = "admin@localhost"
