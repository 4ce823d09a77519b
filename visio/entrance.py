"""The door of a product room: what its rows say at the moment when somebody connects."""

from collections.abc import Iterable
from dataclasses import replace

from visio import access
from visio.access import Caller, Entry, Settings
from visio.errors import NotAdmitted, RoomLocked, RoomNotFound
from visio.roster import Newcomer
from visio.store import rooms
from visio.store.database import Database
from visio.store.models import Participant


class Guestbook:
    """Who has been in the running meeting of a room, and who was sent away from it.

    By identity: a token of ours names one, and may be shown again long after it was given.
    """

    def __init__(self) -> None:
        self._callers: dict[str, Caller] = {}
        self._removed: set[str] = set()

    @classmethod
    def of(cls, stays: Iterable[Participant]) -> "Guestbook":
        """As a server before wrote it: guests are known by their identity alone."""
        book = cls()
        for stay in stays:
            book.note(stay.identity, Caller(stay.account_id))
            if stay.removed:
                book.remove(stay.identity)
        return book

    def note(self, identity: str, caller: Caller) -> None:
        """Somebody is in."""
        self._callers[identity] = caller

    def remove(self, identity: str) -> None:
        """Somebody was sent away: their token is worth nothing here any more."""
        self._removed.add(identity)

    def caller(self, identity: str) -> Caller:
        """Who is behind an identity."""
        return self._callers.get(identity, Caller())

    def knows(self, identity: str) -> bool:
        """Whether they were in the meeting before."""
        return identity in self._callers

    def has_removed(self, identity: str) -> bool:
        """Whether they were sent away."""
        return identity in self._removed


async def enter(
    database: Database,
    name: str,
    newcomer: Newcomer,
    caller: Caller,
    *,
    meeting: str | None,
    guestbook: Guestbook,
) -> Newcomer:
    """The newcomer with the role and the permission that they have in the room now.

    Raises RoomNotFound, NotAdmitted, RoomLocked: a token says less than the room does today.
    """
    async with database.transaction() as session:
        found = await rooms.at_door(session, name, caller.account, caller.guest)
    if not found:
        raise RoomNotFound
    settings, account = Settings.of(found.room), caller.account is not None
    said = access.entry(
        settings,
        found.role,
        account=account,
        banned=found.banned,
        admitted=meeting is not None and caller.meeting == meeting,
        returning=guestbook.knows(newcomer.identity),
    )
    if said is Entry.LOCKED:
        raise RoomLocked
    if said is not Entry.ADMITTED or guestbook.has_removed(newcomer.identity):
        raise NotAdmitted
    role = access.shown_role(found.role, account=account)
    allowed = access.restricted(newcomer.permission, settings, role)
    allowed.can_publish = allowed.can_publish and newcomer.permission.can_publish
    return replace(
        newcomer, attributes={**newcomer.attributes, access.ROLE: role}, permission=allowed
    )
