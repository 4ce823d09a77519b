"""What administrators do with the accounts of others; the instance always keeps one of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from visio.auth.sessions import SignedIn
from visio.errors import AccountNotFound, LastAdministrator, OwnAccount, Refusal
from visio.store import accounts, audit, links, people, sessions
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.database import Database
from visio.store.models import Account

Measure = Literal["disable", "enable", "promote", "demote", "sign_out"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was done about an account, which may not be there."""

    id: str
    email: str
    refusal: Refusal


async def govern(
    database: Database,
    measure: Measure,
    account_ids: Sequence[str],
    now: int,
    *,
    mine: SignedIn,
    by: Author,
) -> Sequence[Refused]:
    """Do it with all of them for whom it may be done, at once; returns the others."""
    ids, refused = list(dict.fromkeys(account_ids)), []
    async with database.transaction() as session:
        found, governing = await people.of_ids(session, ids), await people.governing(session)
        done = []
        for account_id in ids:
            account = found.get(account_id)
            if refusal := _refusal(measure, account, mine.account.id, governing):
                refused.append(Refused(account_id, account.email if account else "", refusal))
            elif account and not _is_so(measure, account):
                done.append(account_id)
        await _do(session, measure, done, now, but=mine.id)
        deeds = [Deed(_ACTS[measure], ("account", one)) for one in done]
        await audit.append(session, by, *deeds)
    return refused


async def check_removal(session: AsyncSession, account: Account, own: str) -> None:
    """Before somebody is gone for good; raises OwnAccount or LastAdministrator."""
    if refusal := _refusal("disable", account, own, await people.governing(session)):
        raise refusal


def _refusal(
    measure: Measure, account: Account | None, own: str, governing: set[str]
) -> Refusal | None:
    """Why not; who is taken from those governing is none of them any more."""
    if account is None:
        return AccountNotFound()
    if measure == "disable" and account.id == own:
        return OwnAccount()
    if measure in ("disable", "demote"):
        if governing == {account.id}:
            return LastAdministrator()
        governing.discard(account.id)
    return None


def _is_so(measure: Measure, account: Account) -> bool:
    """Whether there is nothing to do."""
    return {
        "disable": account.disabled_at is not None,
        "enable": account.disabled_at is None,
        "promote": account.administrator,
        "demote": not account.administrator,
        "sign_out": False,
    }[measure]


async def _do(
    session: AsyncSession, measure: Measure, ids: Collection[str], now: int, *, but: str
) -> None:
    """`but` the session that asks, for whoever signs themselves out everywhere else."""
    if measure in ("promote", "demote"):
        await accounts.set_administrator(session, ids, measure == "promote")
    elif measure == "enable":
        await accounts.set_disabled(session, ids, None)
    else:
        await sessions.remove_of(session, *ids, but=but)
    if measure == "disable":
        await accounts.set_disabled(session, ids, now)
        await links.remove_of(session, *ids)


_ACTS: dict[Measure, Act] = {
    "disable": Act.ACCOUNT_DISABLED,
    "enable": Act.ACCOUNT_ENABLED,
    "promote": Act.ADMINISTRATOR_MADE,
    "demote": Act.ADMINISTRATOR_UNMADE,
    "sign_out": Act.ALL_SIGNED_OUT,
}
