"""The lobbies of rooms: tells those who wait what their lobby decides, and hosts who waits."""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web
from livekit.protocol import models
from livekit.protocol.models import DataPacket

from visio import access
from visio.access import Caller, Settings
from visio.errors import RoomNotFound
from visio.hub import Hub, LiveRoom, steady_clock, wall_clock
from visio.lobby import Effect, Inform, Knock, Lobby


class Waiting:
    """Somebody who waits: what they are to be told, in order, until a state that ends it.

    `told` yields None when the waiting is over without an answer.
    """

    def __init__(self, knock: Knock) -> None:
        self.knock = knock
        self.told: asyncio.Queue[Inform | None] = asyncio.Queue()


class Lobbies:
    """By room, those that somebody waits in."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lobbies: dict[str, OpenLobby] = {}
        self._strangers: set[OpenLobby] = set()
        # Lists reach hosts over a channel and over HTTP: the higher number is the newer one.
        self._version = 0
        hub.on_change(self._follow)

    @contextmanager
    def wait(
        self, name: str, settings: Settings | None, caller: Caller, called: str
    ) -> Iterator[Waiting]:
        """Ask the hosts of a room to let somebody in, under that name.

        Without `settings` there is no such room: the lobby is like any other, but nobody comes.
        """
        lobby = self._find(name, settings)
        waiting = Waiting(Knock(secrets.token_urlsafe(12), called, caller, wall_clock()))
        lobby.enter(waiting)
        try:
            yield waiting
        finally:
            lobby.leave(waiting)
            if not lobby.rules.waiting:
                self._strangers.discard(lobby)
                if self._lobbies.get(name) is lobby:
                    del self._lobbies[name]

    def shown(self, name: str) -> dict[str, object]:
        """Who waits before a room, as hosts are shown it."""
        lobby = self._lobbies.get(name)
        knocks = lobby.rules.waiting.values() if lobby else ()
        return {
            "version": self._version,
            "message": lobby.rules.message if lobby else "",
            "waiting": [_shown(knock) for knock in knocks],
        }

    def admit(self, name: str, knocks: Sequence[str] | None) -> None:
        """Let some in, or all; raises RoomLocked."""
        if lobby := self._lobbies.get(name):
            lobby.perform(lobby.rules.admit(knocks))

    def deny(self, name: str, knocks: Sequence[str] | None) -> None:
        """Send some away, or all."""
        if lobby := self._lobbies.get(name):
            lobby.perform(lobby.rules.deny(knocks))

    def named(self, name: str, knocks: Sequence[str] | None) -> list[Knock]:
        """Some of those who wait, or all."""
        lobby = self._lobbies.get(name)
        waiting = lobby.rules.waiting.values() if lobby else ()
        return [knock for knock in waiting if knocks is None or knock.id in knocks]

    def deny_person(self, name: str, caller: Caller) -> None:
        """Somebody is banned: they wait no longer."""
        if lobby := self._lobbies.get(name):
            lobby.perform(lobby.rules.deny_person(caller))

    def say(self, name: str, message: str) -> None:
        """Tell all who wait; raises RoomNotFound when nobody does."""
        if not (lobby := self._lobbies.get(name)):
            raise RoomNotFound
        lobby.perform(lobby.rules.say(message))

    def reconsider(self, name: str, settings: Settings) -> None:
        """The room has other settings: some need to wait no longer."""
        if not (lobby := self._lobbies.get(name)):
            return
        lobby.perform(lobby.rules.set_locked(settings.locked))
        entitled = [
            knock.id
            for knock in lobby.rules.waiting.values()
            if access.entitled(settings, None, account=knock.caller.account is not None)
        ]
        if not settings.locked:
            lobby.perform(lobby.rules.admit(entitled))

    def welcome(self, name: str, account_id: str) -> None:
        """An account has become a member: it is let in, unless the room is locked."""
        if lobby := self._lobbies.get(name):
            lobby.welcome(Caller(account_id))

    def close(self) -> None:
        """The server stops: nobody is let in any more."""
        for lobby in [*self._lobbies.values(), *self._strangers]:
            lobby.close()

    def _find(self, name: str, settings: Settings | None) -> "OpenLobby":
        if settings is None:
            lobby = OpenLobby(Lobby(), lambda: None)
            self._strangers.add(lobby)
            return lobby
        if name not in self._lobbies:
            live = self._hub.opened(name)
            hosted = bool(live and access.hosts_in(live.room))
            rules = Lobby(hosted=hosted, locked=settings.locked)
            self._lobbies[name] = OpenLobby(rules, lambda: self._show(name))
        return self._lobbies[name]

    def _follow(self, live: LiveRoom) -> None:
        """A host may have come or gone."""
        name = live.room.name
        if lobby := self._lobbies.get(name):
            lobby.perform(lobby.rules.set_hosted(bool(access.hosts_in(live.room))))
            self._show(name)

    def _show(self, name: str) -> None:
        self._version += 1
        if live := self._hub.opened(name):
            packet = _packet(self.shown(name))
            for host in access.hosts_in(live.room):
                live.send(host.sid, _RELIABLE, packet)


class OpenLobby:
    """One lobby with people in it: its rules, their queues, and its clock."""

    def __init__(self, rules: Lobby, show: Callable[[], None]) -> None:
        self.rules = rules
        self._show = show
        self._waiting: dict[str, Waiting] = {}
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, waiting: Waiting) -> None:
        """Somebody comes."""
        self._waiting[waiting.knock.id] = waiting
        self.perform(self.rules.knock(waiting.knock, steady_clock()))

    def leave(self, waiting: Waiting) -> None:
        """Somebody has had an answer, or went."""
        del self._waiting[waiting.knock.id]
        self.perform(self.rules.leave(waiting.knock.id))

    def welcome(self, caller: Caller) -> None:
        """Let somebody in who may enter by now, once the room is not locked."""
        knocks = [k.id for k in self.rules.waiting.values() if k.caller.is_same_person(caller)]
        if not self.rules.locked:
            self.perform(self.rules.admit(knocks))

    def close(self) -> None:
        """End the waiting without an answer."""
        for waiting in self._waiting.values():
            waiting.told.put_nowait(None)

    def perform(self, decided: Sequence[Effect]) -> None:
        """Carry out what the lobby decided, in order."""
        for effect in decided:
            if isinstance(effect, Inform):
                self._waiting[effect.knock].told.put_nowait(effect)
            else:
                self._show()
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        deadline = self.rules.deadline()
        loop = asyncio.get_running_loop()
        self._timer = None if deadline is None else loop.call_at(deadline, self._handle_timeout)

    def _handle_timeout(self) -> None:
        self.perform(self.rules.handle_timeout(steady_clock()))


def _shown(knock: Knock) -> dict[str, object]:
    kind = "account" if knock.caller.account else "guest"
    return {"id": knock.id, "name": knock.name, "kind": kind, "since": knock.at}


def _packet(shown: dict[str, object]) -> bytes:
    user = models.UserPacket(payload=json.dumps(shown).encode(), topic=TOPIC)
    return DataPacket(kind=DataPacket.RELIABLE, user=user).SerializeToString()


LOBBIES = web.AppKey("lobbies", Lobbies)

TOPIC = "visio.lobby"
"""Of the data packets that show hosts who waits: from the server, so without a sender."""
# LiveKit's label of the channel that loses nothing (protocol §3.5).
_RELIABLE = "_reliable"
