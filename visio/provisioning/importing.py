"""Makes the rooms of a file: each line is made, found there already, or refused."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import SlugTaken
from visio.provisioning.lines import Refused, Wanted, parse
from visio.provisioning.report import Report
from visio.store import accounts, audit, policies, rooms, slugs
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.database import Database
from visio.store.models import Room
from visio.store.policies import Allowed

Progress = Callable[[int, int], Awaitable[None]]
"""Called with how many lines are done, and of how many."""
T = TypeVar("T")


async def provision(
    database: Database,
    data: bytes,
    progress: Progress,
    *,
    by: Author,
    default_owner: str | None = None,
    dry_run: bool = False,
    heeding: bool = False,
) -> Report:
    """Make the rooms of a CSV file that are not there yet; a line that is refused stops no other.
    `by` is who the audit says made them.

    A room is there if its slug is, or without one if its owner has one of that title: it is left
    as it is. `default_owner` is the account that owns rooms without an owner. `heeding` refuses
    lines that the policy of the instance does not allow.
    """
    try:
        lines = parse(data)
    except Refused as refused:
        return Report(dry_run, 0, refused=[refused])
    report, done = Report(dry_run, len(lines)), 0
    known = await _accounts(database, lines)
    seen: set[tuple[str, str]] = set()
    for some in _batches(lines, _AT_ONCE):
        async with database.transaction() as session:
            allowed = await policies.current(session) if heeding else Allowed()
            importing = _Import(session, known, seen, allowed, default_owner, dry_run)
            await importing.look(some)
            for line in some:
                _note(report, await importing.settle(line))
            await audit.append(session, by, *importing.deeds)
        done += len(some)
        await progress(done, len(lines))
    return report


@dataclass
class _Import:
    """One transaction: `slugs` says whose room has a name (None: nobody's any more), `titled` which
    titles the rooms of whom have."""

    session: AsyncSession
    known: Mapping[str, str]
    seen: set[tuple[str, str]]
    allowed: Allowed
    default_owner: str | None
    dry_run: bool
    slugs: dict[str, str | None] = field(default_factory=dict)
    titled: set[tuple[str, str]] = field(default_factory=set)
    deeds: list[Deed] = field(default_factory=list)

    async def look(self, lines: Sequence[Wanted | Refused]) -> None:
        """Find what is there already of these lines."""
        wanted = [line for line in lines if isinstance(line, Wanted)]
        owners = {owner for line in wanted if (owner := self._owner(line))}
        titles = {line.title for line in wanted if not line.slug}
        self.slugs = await rooms.holders(self.session, {line.slug for line in wanted if line.slug})
        self.titled = await rooms.titled(self.session, owners, titles)

    async def settle(self, line: Wanted | Refused) -> bool | Refused:
        """Whether the room was made (or would be), or was there; or why not."""
        try:
            if isinstance(line, Refused):
                raise line
            return await self._settle(line, self._checked_owner(line))
        except Refused as refused:
            return refused

    async def _settle(self, line: Wanted, owner: str) -> bool:
        place = ("", line.slug) if line.slug else (owner, line.title)
        if place in self.seen:
            raise Refused(line.line, "slug" if line.slug else "title", place[1], "twice")
        self.seen.add(place)
        taken = Refused(line.line, "slug", line.slug, "slug_taken")
        if line.slug in self.slugs and self.slugs[line.slug] != owner:
            raise taken
        if line.slug in self.slugs or place in self.titled:
            return False
        self._check_policy(line)
        try:
            await self._make(line, owner)
        except SlugTaken:  # meanwhile
            raise taken from None
        return True

    def _checked_owner(self, line: Wanted) -> str:
        """The owner of a line in which everybody is known; raises Refused."""
        if (owner := self._owner(line)) is None:
            code = "address_unknown" if line.owner else "owner_missing"
            raise Refused(line.line, "owner", line.owner, code)
        for address in line.roles:
            if address not in self.known:
                raise Refused(line.line, "members", address, "address_unknown")
        return owner

    def _check_policy(self, line: Wanted) -> None:
        """Raises Refused."""
        most = self.allowed.max_participants
        if line.access and line.access not in self.allowed.access:
            raise Refused(line.line, "access", line.access, "access_ruled_out")
        if 0 < most < line.max_participants:
            wanted = str(line.max_participants)
            raise Refused(line.line, "max_participants", wanted, "most_ruled_out")

    def _owner(self, line: Wanted) -> str | None:
        return self.known.get(line.owner) if line.owner else self.default_owner

    async def _make(self, line: Wanted, owner: str) -> None:
        if self.dry_run:
            return
        room = Room(
            slug=line.slug or slugs.random_slug(),
            title=line.title,
            access=line.access or self.allowed.access[0],
            owner_id=owner,
            max_participants=line.max_participants,
        )
        await rooms.add(self.session, room)
        roles = {self.known[address]: role for address, role in line.roles.items()}
        roles.pop(owner, None)
        await rooms.add_members(self.session, room.id, roles)
        detail = {"access": room.access, "imported": True}
        self.deeds.append(Deed(Act.ROOM_CREATED, ("room", room.id), room.id, detail=detail))
        self.deeds.extend(
            Deed(Act.ROLE_GIVEN, ("account", account_id), room.id, detail={"role": role})
            for account_id, role in roles.items()
        )


def _note(report: Report, settled: bool | Refused) -> None:
    if isinstance(settled, Refused):
        report.refused.append(settled)
    elif settled:
        report.made += 1
    else:
        report.there += 1


async def _accounts(database: Database, lines: Sequence[Wanted | Refused]) -> dict[str, str]:
    """The ids of the people who are named, by address."""
    wanted = [line for line in lines if isinstance(line, Wanted)]
    named = {address for line in wanted for address in (line.owner, *line.roles) if address}
    known: dict[str, str] = {}
    for some in _batches(sorted(named), _AT_ONCE):
        async with database.transaction() as session:
            known |= await accounts.ids_of(session, some)
    return known


def _batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


# Lines of a transaction: more is faster, less lets others write in between and tells more often.
_AT_ONCE = 50
