"""What commands on this machine share: the configured database, and who runs them."""

import asyncio
import getpass
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from visio.auth import accounts as people
from visio.config import load, make_folder
from visio.errors import VisioError
from visio.store import accounts, schema
from visio.store.audit import Author
from visio.store.database import Database

T = TypeVar("T")


def on_database(file: Path | None, act: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """Open the configured database, migrated, and run one coroutine function on it."""

    async def run() -> T:
        config = load(file)
        make_folder(config.data_dir)
        await schema.upgrade(config.database_url)
        database = await Database.open(config.database_url)
        try:
            return await act(database)
        finally:
            await database.close()

    return asyncio.run(run())


async def account_id(database: Database, email: str) -> str:
    """The account of an address; raises VisioError when there is none."""
    async with database.transaction() as session:
        account = await accounts.by_email(session, people.normalised(email))
    if account is None:
        raise no_account(email)
    return account.id


def no_account(email: str) -> VisioError:
    """To be raised where an address is nobody's."""
    return VisioError(f"There is no account {email}.")


def operator() -> Author:
    """Who runs the command, as the audit names them: by their login here."""
    try:
        return Author("command", os.environ.get("SUDO_USER") or getpass.getuser())
    except (KeyError, OSError):  # a container's user may have no name
        return Author("command", f"uid {os.getuid()}")
