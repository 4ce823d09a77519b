"""What hosts do in a running meeting: who is muted, sent away, or given another role."""

from collections.abc import Callable

from livekit.protocol import models

from visio import access
from visio.access import Caller
from visio.hub import Hub, LiveRoom, steady_clock
from visio.roster import Participant


def mute(live: LiveRoom, caller: str, identity: str | None, source: models.TrackSource) -> None:
    """Mute somebody's tracks of a source, or without `identity` everybody's but the caller's."""
    for sid, info in access.tracks_to_mute(live.room, caller, identity, source):
        live.perform(live.room.mute_for(sid, info.sid))


async def remove(hub: Hub, live: LiveRoom, identity: str) -> None:
    """Send somebody away; the token they have opens the meeting no more."""
    await hub.shut_out(live, identity)
    await hub.settle(live.room.name)
    _dismiss(live, lambda participant: participant.identity == identity)


async def remove_person(hub: Hub, live: LiveRoom, caller: Caller) -> None:
    """Send somebody away who is banned by now, on every device they came with."""
    await hub.settle(live.room.name)
    book = live.guestbook
    _dismiss(live, lambda participant: book.caller(participant.identity).is_same_person(caller))


async def promote(hub: Hub, live: LiveRoom, account_id: str, role: str | None) -> None:
    """An account has another role in the room by now, or none: shown and in force at once."""
    await hub.settle(live.room.name)
    shown = access.shown_role(role, account=True)
    for participant in list(live.room.participants.values()):
        if live.guestbook.caller(participant.identity).account == account_id:
            now = steady_clock()
            live.perform(access.promote(live.room, participant, shown, live.settings, now))
    live.changed()


def _dismiss(live: LiveRoom, concerns: Callable[[Participant], bool]) -> None:
    for participant in [one for one in live.room.participants.values() if concerns(one)]:
        live.guestbook.remove(participant.identity)
        reason = models.PARTICIPANT_REMOVED
        live.perform(live.room.dismiss(participant.sid, reason, steady_clock()))
