"""The live rooms, by name: lets people in, and carries out what the rules of each room decide."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, groupby
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from aiohttp import web
from livekit.protocol import models, rtc
from livekit.protocol.room import CreateRoomRequest
from livekit.protocol.rtc import LeaveRequest
from livekit.protocol.webhook import WebhookEvent

import sfu
from visio import access, clock, effects, entrance
from visio.access import Caller, Settings
from visio.attendance import SpeakingTime
from visio.clients import Client, Origin, Speech, Spoken
from visio.effects import Effect
from visio.entrance import Guestbook
from visio.errors import Draining, NotFound, RoomFull, RoomNotFound, Unavailable
from visio.resuming import PATIENCE, Leftovers, open_stays
from visio.room import Room
from visio.roster import Newcomer, Participant, returning
from visio.sitting import Register
from visio.store import meetings, participants, policies, rooms
from visio.store import models as rows
from visio.store.database import Database
from visio.store.meetings import Unfinished
from visio.store.sealing import Keyring
from visio.terms import Terms

logger = logging.getLogger(__name__)

SomeClient = TypeVar("SomeClient", bound=Client)


class Hub:
    """Opens a room when the first participant comes, and closes it when nobody comes back.

    `report` takes what webhooks are about; None where there are none. `leftovers` are the meetings
    of the server before. `ending` are the rooms that are being closed.
    """

    def __init__(
        self,
        media: sfu.Sfu,
        database: Database,
        keyring: Keyring,
        speech: Speech,
        report: Callable[[WebhookEvent], None] | None = None,
        *,
        leftovers: Leftovers[Unfinished] | None = None,
    ) -> None:
        self.media = media
        self.database = database
        self._register = Register(database, keyring)
        self._speech = speech
        self._report = report
        self._leftovers = leftovers or Leftovers()
        self._rooms: dict[str, LiveRoom] = {}
        self._doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.ending: set[asyncio.Task[None]] = set()
        self._tests: set[str] = set()
        self.draining = False
        self._stopping = False
        self._most = 0
        self._followers: list[Callable[[LiveRoom], None]] = []
        media.on_speakers(self._hear)

    def on_change(self, follow: "Callable[[LiveRoom], None]") -> None:
        """Call `follow` whenever somebody has come or gone, or is something else in the room."""
        self._followers.append(follow)

    @property
    def busy(self) -> bool:
        """Whether anybody is in a room who keeps it open."""
        return any(live.room.busy for live in self.all_open())

    def drain(self) -> None:
        """Let those that run go on, and no new meeting begin."""
        self.draining = True

    def check_open(self, name: str) -> None:
        """Raises Draining where a meeting would have to begin that must not any more."""
        live = self._rooms.get(name)
        if self.draining and not (live and live.room.visited):
            raise Draining(retry_after=_DRAINING_RETRY)

    async def join(
        self,
        name: str,
        newcomer: Newcomer,
        admit: "Callable[[LiveRoom, str], SomeClient]",
        *,
        caller: Caller = Caller(),  # noqa: B008 - frozen
        create: bool = False,
        terms: Terms | None = None,
    ) -> "SomeClient":
        """Let somebody into the room of that name; `admit` makes the client of the new `sid`.

        Raises RoomNotFound when there is no product room of that name, unless `create`, and then
        under `terms`; NotAdmitted, RoomLocked, RoomFull; Unavailable when the server is stopping,
        Draining when it will and none is there yet.
        """
        async with self._door(name):
            if self._stopping:
                raise Unavailable
            self.check_open(name)
            live = self._rooms.get(name) or await self._open(name, create, terms)
            try:
                return await self._let_in(live, newcomer, admit, caller)
            finally:
                if live.room.over:
                    self._close(live)

    async def create(self, asked: CreateRoomRequest) -> "LiveRoom":
        """Open a room before anybody joins, or change the terms of the one that is there.

        Raises Unavailable when the server is stopping, Draining when it will and none is there.
        """
        async with self._door(asked.name):
            if self._stopping:
                raise Unavailable
            self.check_open(asked.name)
            live = self._rooms.get(asked.name) or await self._open(asked.name, create=True)
            live.perform(live.room.configure(asked, steady_clock()))
            return live

    async def delete(self, name: str) -> None:
        """Send everybody away and close the room; a product room can be entered anew.

        Raises RoomNotFound when none is open.
        """
        async with self._door(name):
            if not (live := self._rooms.get(name)):
                raise RoomNotFound
            live.dismiss_all(models.ROOM_DELETED)
            await self._take_down(live, models.ROOM_END_API_DELETE)
        await self._end_meeting(live)

    async def open_test(self) -> str:
        """A room where a browser tests its connection; its name is told to nobody else.

        It is for two, has no rows and reports nothing, and is over after `TEST_LIFE`. Raises
        Unavailable when too many run, or the server is stopping, Draining when it will.
        """
        if len(self._tests) >= _MOST_TESTS:
            raise Unavailable
        name = f"{_TEST}{secrets.token_urlsafe(12)}"
        self.check_open(name)
        life = round(TEST_LIFE)
        self._tests.add(name)
        asyncio.get_running_loop().call_later(TEST_LIFE, self.end_test, name)
        await self.create(
            CreateRoomRequest(
                name=name, max_participants=2, empty_timeout=life, departure_timeout=life
            )
        )
        return name

    def is_test(self, name: str) -> bool:
        """Whether somebody tests their connection in the room of that name."""
        return name in self._tests

    def end_test(self, name: str) -> None:
        """Its tokens open nothing any more, and who is inside goes out."""
        self._tests.discard(name)
        task = asyncio.create_task(self._delete_if_there(name))
        self.ending.add(task)
        task.add_done_callback(self.ending.discard)

    def all_open(self) -> "list[LiveRoom]":
        """Every open room of people: a test is nobody's meeting."""
        return [live for name, live in self._rooms.items() if name not in self._tests]

    def opened(self, name: str) -> "LiveRoom | None":
        """The open room of that name."""
        return self._rooms.get(name)

    def admits(self, name: str, identity: str, *, dependent: bool) -> bool:
        """Whether a participant would find a place in the room now."""
        live = self._rooms.get(name)
        return not live or live.room.admits(identity, dependent=dependent)

    async def describes(self, name: str) -> bool:
        """Whether it is a product room: those have metadata of our making."""
        return await self._row(name) is not None

    async def check(self, name: str, newcomer: Newcomer, caller: Caller) -> Newcomer:
        """Whom the room's door lets in, with what they may do there: those of our own tokens.

        Raises RoomNotFound, NotAdmitted, RoomLocked.
        """
        if not caller.ours or name in self._tests:
            return newcomer
        return await entrance.enter(
            self.database,
            name,
            newcomer,
            caller,
            meeting=self.meeting(name),
            guestbook=self._guestbook(name),
        )

    def find(self, name: str, identity: str) -> "tuple[LiveRoom, Participant] | None":
        """A participant who is in a room now."""
        live = self._rooms.get(name)
        participant = live.room.find(identity) if live else None
        return (live, participant) if live and participant else None

    def live(self, name: str) -> int:
        """How many are in the room now."""
        live = self._rooms.get(name)
        return len(live.clients) if live else 0

    def meeting(self, name: str) -> str | None:
        """The id of the room's running meeting, or of the one that the next join goes on with."""
        live = self._rooms.get(name)
        if live and live.meeting:
            return live.meeting.id
        left = self._leftovers.of(name)
        return left.meeting.id if left else None

    def transcription(self, name: str) -> bool:
        """Whether transcription is on."""
        live = self._rooms.get(name)
        return bool(live and live.room.transcription)

    def captioned(self, meeting_id: str) -> bool:
        """Whether anybody in a meeting asked for live captions."""
        meetings = ((live.meeting, live.clients.values()) for live in self._rooms.values())
        there = (clients for meeting, clients in meetings if meeting and meeting.id == meeting_id)
        return any(client.captions for client in chain.from_iterable(there))

    def spoken(self, meeting_id: str) -> str:
        """The language of a meeting's room; "" where it is to be detected."""
        for live in self._rooms.values():
            if live.meeting and live.meeting.id == meeting_id:
                return live.settings.language
        return ""

    def present(self, name: str, identity: str) -> bool:
        """Whether somebody of that identity is in the room now."""
        return self.find(name, identity) is not None

    async def set_transcription(self, name: str, on: bool) -> None:
        """Turn transcription on or off; raises RoomNotFound when no meeting runs there."""
        live = self._rooms.get(name)
        if not live or not live.meeting:
            raise RoomNotFound
        on = on and live.settings.transcribing == "hosts"  # it may have changed meanwhile
        with_effect, since = on != live.room.transcription, wall_clock() if on else None
        live.perform(live.room.set_transcription(on))
        if with_effect:
            await self._register.note_transcribed(live.meeting, since)

    async def set_spotlight(self, live: "LiveRoom", identity: str) -> None:
        """Somebody is in front for everybody; "" nobody any more."""
        live.perform(live.room.set_spotlight(identity))
        if live.meeting:
            await self._register.note_spotlight(live.meeting, identity)

    async def shut_out(self, live: "LiveRoom", identity: str) -> None:
        """The token somebody has opens the meeting no more, whatever becomes of this server."""
        live.guestbook.remove(identity)
        if live.meeting:
            await self._register.note_removal(live.meeting, identity)

    def attendee(
        self, name: str, identity: str
    ) -> "tuple[LiveRoom, Participant, rows.Participant]":
        """Somebody who is in a meeting now, with their row; raises NotFound."""
        live, participant = self.find(name, identity) or (None, None)
        person = live.people.get(participant.sid) if live and participant else None
        if not live or not participant or not person:
            raise NotFound
        return live, participant, person

    async def set_shared_microphone(
        self, name: str, identity: str, shared: bool, people: int | None = None
    ) -> None:
        """Several people, maybe so many, share the participant's microphone, or no longer; raises
        NotFound."""
        live, participant, person = self.attendee(name, identity)
        async with self.database.transaction() as session:
            await participants.set_shared_microphone(session, person.id, shared, people)
        if participant.sid in live.clients:
            live.perform(live.room.set_shared_microphone(participant.sid, shared, people))

    def handshake(self, name: str, identity: str) -> sfu.Handshake | None:
        """How the participant's way to us is encrypted, `None` before it is; raises NotFound."""
        live, participant, _ = self.attendee(name, identity)
        client = live.clients.get(participant.sid)
        return client.peer.handshake if client else None

    async def configure(self, name: str) -> None:
        """The room has another title or other settings: with effect on those inside."""
        async with self._door(name):
            row, live = await self._row(name), self._rooms.get(name)
            if row and live:
                live.row, now = row, steady_clock()
                transcribed = live.room.transcription
                live.perform(access.apply(live.room, row.title, Settings.of(row), now, self._most))
                if live.meeting and live.room.transcription != transcribed:
                    await self._register.note_transcribed(live.meeting, None)
                live.changed()

    async def note_running(self) -> None:
        """Write down what runs, and who has spoken how long: a crash loses what is newer."""
        running = {m.meeting.id: m.spoken() for m in self._rooms.values() if m.meeting}
        if running:
            await self._register.note_running(running, wall_clock())

    async def end_leftovers(self, now: float) -> None:
        """Await nobody any more who has not come back in time after a server died."""
        for left in self._leftovers.due(now):
            await self._register.close(left.meeting, min(left.last_known, wall_clock()))
            self._leftovers.forget(left)
            self._speech.finish()
        for live in self.all_open():
            if live.absent and now >= live.awaited_until:
                await self._end_absences(live)

    async def settle(self, name: str) -> None:
        """Wait until whoever is in the door is inside, or not: what was decided finds them."""
        async with self._door(name):
            pass

    def show(self, utterances: Sequence[Spoken]) -> None:
        """Send new lines of the transcript to those who are in their meetings."""
        running = {live.meeting.id: live for live in self._rooms.values() if live.meeting}
        for meeting_id, lines in groupby(utterances, key=lambda spoken: spoken.meeting_id):
            if live := running.get(meeting_id):
                live.show(list(lines))

    async def close(self) -> None:
        """Send everybody away, on disk when this returns; the next server goes on with the meetings
        that somebody was in."""
        self._stopping = True
        for live in list(self._rooms.values()):
            self._close(live)
        if self.ending:
            await asyncio.wait(self.ending)

    def _door(self, name: str) -> asyncio.Lock:
        """One room opens, closes and lets people in by one at a time."""
        return self._doors.setdefault(name, asyncio.Lock())

    async def _row(self, name: str) -> rows.Room | None:
        async with self.database.transaction() as session:
            self._most = (await policies.current(session)).max_participants
            return await rooms.by_slug(session, name)

    async def _open(self, name: str, create: bool, terms: Terms | None = None) -> "LiveRoom":
        row = await self._row(name)
        if not row and not create:
            raise RoomNotFound
        title = row.title if row else None
        room = Room(name, wall_clock(), make_id, title=title, terms=terms)
        live = LiveRoom(
            room,
            row,
            self._speech,
            self._register.note_leave,
            self._close,
            floor=self.media.add_floor(),
            report=None if name in self._tests else self._report,
            follow=self._tell_change,
        )
        self._rooms[name] = live
        if row:
            access.furnish(room, Settings.of(row), self._most)
        live.perform(room.open())
        logger.info("%s opened", room.sid)
        return live

    async def _let_in(
        self,
        live: "LiveRoom",
        newcomer: Newcomer,
        admit: "Callable[[LiveRoom, str], SomeClient]",
        caller: Caller,
    ) -> "SomeClient":
        newcomer = await self.check(live.room.name, newcomer, caller)
        if not live.room.admits(newcomer.identity, dependent=newcomer.dependent):
            raise RoomFull
        if live.row and not live.meeting:
            await self._begin(live, live.row)
        sid, answer = make_id("PA_"), None
        stay = live.absent.pop(newcomer.identity, None)
        joined_at = stay.joined_at if stay else wall_clock()
        if stay:
            newcomer, answer = await self._take_back(live, newcomer, sid, stay)
        elif live.meeting:
            live.people[sid] = await self._register.note_join(
                live.meeting, newcomer, sid, caller, joined_at
            )
        live.guestbook.note(newcomer.identity, caller)
        client = admit(live, sid)
        live.clients[sid] = client
        live.perform(live.room.join(newcomer, sid, joined_at, steady_clock()))
        if answer is not None:
            live.perform(live.room.set_consent(sid, "transcription", answer))
        logger.info("%s joined %s", sid, live.room.sid)
        live.changed()
        return client

    async def _begin(self, live: "LiveRoom", row: rows.Room) -> None:
        """A meeting, or the one that a server before has left: with its transcription, and who is
        in front."""
        name = live.room.name
        if not (left := self._leftovers.of(name)):
            live.meeting = await self._register.open(row.id, live.room.sid, wall_clock())
            live.room.meeting = live.meeting.id
            return
        live.go_on(left, until=steady_clock() + PATIENCE)
        self._leftovers.take(name)
        logger.info("%s goes on with the meeting of a server before", live.room.sid)

    async def _take_back(
        self, live: "LiveRoom", newcomer: Newcomer, sid: str, stay: rows.Participant
    ) -> tuple[Newcomer, bool | None]:
        """Somebody whose stay goes on, and what they answered when asked for transcription."""
        transcribed = live.meeting if live.room.transcription else None
        since = transcribed.transcribed_since if transcribed else None
        answer = await self._register.note_return(stay, sid, since)
        stay.sid = sid
        live.people[sid] = stay
        live.remember_spoken(sid, stay.spoken)
        return returning(newcomer, stay.shared_microphone, stay.microphone_people), answer

    def _close(self, live: "LiveRoom") -> None:
        task = asyncio.create_task(self._finish(live))
        self.ending.add(task)
        task.add_done_callback(self.ending.discard)

    async def _delete_if_there(self, name: str) -> None:
        with suppress(RoomNotFound):
            await self.delete(name)

    async def _finish(self, live: "LiveRoom") -> None:
        name = live.room.name
        async with self._door(name):
            if self._stopping:
                self._hand_over(live)
                # They find the next server, or this one once it has started again.
                live.dismiss_all(models.SERVER_SHUTDOWN, LeaveRequest.RECONNECT)
            elif not live.room.over:
                return  # somebody was let in before the door was ours
            if self._rooms.get(name) is not live:
                return
            await self._take_down(live, _END_REASONS[self._stopping])
        await self._end_meeting(live)

    async def _take_down(self, live: "LiveRoom", reason: models.RoomEndReason) -> None:
        """Nobody is in it: to be called behind its door."""
        del self._rooms[live.room.name]
        live.perform(live.room.finish(reason))
        await live.finish()
        logger.info("%s closed", live.room.sid)

    def _hand_over(self, live: "LiveRoom") -> None:
        """Whoever is in finds the same meeting on the next server."""
        if live.meeting and live.room.busy:
            running = {live.meeting.id: live.spoken()}
            live.start_chore(self._register.note_running(running, wall_clock()))
            live.meeting = None
            live.people.clear()

    async def _end_absences(self, live: "LiveRoom") -> None:
        stays, live.absent = live.absent, {}
        if stays:
            await self._register.note_absences(stays.values(), live.died_at)

    async def _end_meeting(self, live: "LiveRoom") -> None:
        if live.meeting:
            with _logged_failure(live.room.sid):
                await self._end_absences(live)
                await self._register.close(live.meeting, live.last_leave)
                self._speech.finish()

    def _guestbook(self, name: str) -> Guestbook:
        live, left = self._rooms.get(name), self._leftovers.of(name)
        if left and not (live and live.meeting):
            return Guestbook.of(left.stays)
        return live.guestbook if live else Guestbook()

    def _tell_change(self, live: "LiveRoom") -> None:
        for follow in self._followers:
            follow(live)

    def _hear(self, levels: tuple[tuple[sfu.Publication, float], ...]) -> None:
        heard: dict[int, float] = {publication.id: level for publication, level in levels}
        for live in self._rooms.values():
            live.hear(heard)


class LiveRoom:
    """One room with people in it: its rules, its clients, and what runs on their behalf.

    `row` is None for a room that only LiveKit programs use: it leaves no rows. `meeting` begins
    with the first join. `people` are the rows of those inside, `answers` mark their newest answers
    about each kind, by sid. `calls` take what participants answer to the server itself, by
    the identity it called them under. `absent` are the stays, by identity, of those who were in
    when a server died, at `died_at`, and are awaited until `awaited_until` of the steady clock.
    """

    def __init__(
        self,
        room: Room,
        row: rows.Room | None,
        speech: Speech,
        write_leave: "Callable[[rows.Participant, int, int], Coroutine[Any, Any, None]]",
        close: "Callable[[LiveRoom], None]",
        *,
        floor: sfu.Floor,
        report: Callable[[WebhookEvent], None] | None,
        follow: "Callable[[LiveRoom], None]",
    ) -> None:
        self.room = room
        self.row = row
        self.guestbook = Guestbook()
        self.meeting: rows.Meeting | None = None
        self.clients: dict[str, Client] = {}
        self.people: dict[str, rows.Participant] = {}
        self.answers: dict[tuple[str, str], object] = {}
        self.calls: dict[str, Callable[[bytes], None]] = {}
        self.last_leave = wall_clock()
        self.absent: dict[str, rows.Participant] = {}
        self.awaited_until = 0.0
        self.died_at = 0
        self._speaking_time = SpeakingTime()
        self._speech = speech
        self._write_leave = write_leave
        self._close = close
        self._floor = floor
        self._take_report = report
        self._follow = follow
        self._publications: dict[int, tuple[str, sfu.Publication]] = {}
        self._subscriptions: dict[tuple[str, str], sfu.Subscription] = {}
        self._protocols: dict[str, tuple[rtc.CandidateProtocol, float]] = {}
        self._chores: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def id(self) -> str:
        """What the audit calls the room: its row's id, or its sid where it has none."""
        return self.row.id if self.row else self.room.sid

    @property
    def settings(self) -> Settings:
        """What hosts decided, or would if it were theirs."""
        return Settings.of(self.row) if self.row else Settings()

    def go_on(self, left: Unfinished, until: float) -> None:
        """Be what the server before has left, with those who come until then."""
        self.meeting = left.meeting
        self.room.meeting = left.meeting.id
        self.guestbook = Guestbook.of(left.stays)
        self.absent = {**open_stays(left.stays)}
        self.died_at, self.awaited_until = left.last_known, until
        self.perform(self.room.set_spotlight(left.meeting.spotlight))
        on = left.meeting.transcribed_since is not None and self.settings.transcribing == "hosts"
        self.perform(self.room.set_transcription(on))

    def remember_spoken(self, sid: str, spoken: int) -> None:
        """A participant has spoken that long in an earlier part of their stay (ms)."""
        self._speaking_time.remember(sid, spoken)

    def perform(self, decided: Sequence[Effect]) -> None:
        """Carry out what the room decided, in order."""
        for effect in decided:
            _PERFORMERS[type(effect)](self, effect)
        self._set_timer()

    def hear(self, levels: Mapping[int, float]) -> None:
        """Who speaks now: linear levels by publication id."""
        self.perform(self.room.hear(levels))
        self._speaking_time.hear(self.room.speaking.keys(), _steady_milliseconds())

    def spoken(self) -> dict[str, int]:
        """How long those inside have spoken, by the ids of their rows (ms)."""
        totals = self.speaking_time()
        return {self.people[sid].id: total for sid, total in totals.items() if sid in self.people}

    def speaking_time(self) -> Mapping[str, int]:
        """How long those inside have spoken since they came in, by sid (ms)."""
        return self._speaking_time.totals(_steady_milliseconds())

    def changed(self) -> None:
        """Somebody has come or gone, or is something else in the room."""
        self._follow(self)

    def publish(self, sid: str, publication: sfu.Publication) -> None:
        """A participant's offer brought a new media section."""
        self._publications[publication.id] = sid, publication
        self.perform(self.room.publish(sid, publication, steady_clock()))

    def unpublish(self, sid: str, publication: sfu.Publication) -> None:
        """A participant's offer ended a media section."""
        self.perform(self.room.unpublish(sid, publication, steady_clock()))
        self._publications.pop(publication.id, None)

    def fail_subscription(self, sid: str, track_sid: str) -> None:
        """The client of a participant cannot decode a track: its peer has forgotten it."""
        self._subscriptions.pop((sid, track_sid), None)
        self.perform(self.room.fail_subscription(sid, track_sid, steady_clock()))

    def show(self, utterances: Sequence[Spoken]) -> None:
        """Send new lines of the transcript to everybody inside."""
        for client in list(self.clients.values()):
            for utterance in utterances:
                client.show(utterance)

    def send(self, sid: str, label: str, data: bytes, origin: Origin | None = None) -> None:
        """Send a data packet to one of those inside; sending to another may have removed it."""
        if client := self.clients.get(sid):
            client.send(label, data, origin)

    def prefer(self, identity: str, protocol: rtc.CandidateProtocol) -> None:
        """Let the next sessions of somebody, for some minutes, connect by that protocol only."""
        self._protocols[identity] = protocol, steady_clock() + _PREFERENCE_LIFE

    def preferred(self, identity: str) -> rtc.CandidateProtocol:
        """The protocol that somebody is to connect by; UDP where nothing was said."""
        protocol, until = self._protocols.get(identity, (rtc.UDP, 0.0))
        return protocol if steady_clock() < until else rtc.UDP

    def dismiss_all(
        self,
        reason: models.DisconnectReason,
        action: LeaveRequest.Action = LeaveRequest.DISCONNECT,
    ) -> None:
        """Send everybody away."""
        for sid in list(self.clients):
            self.perform(self.room.dismiss(sid, reason, steady_clock(), action))

    async def finish(self) -> None:
        """Wait for everything that runs for this room, and stop its clock."""
        if self._timer:
            self._timer.cancel()
        while self._chores:
            await asyncio.wait(self._chores)

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        deadline = self.room.deadline()
        loop = asyncio.get_running_loop()
        self._timer = None if deadline is None else loop.call_at(deadline, self._handle_timeout)

    def _handle_timeout(self) -> None:
        self.perform(self.room.handle_timeout(steady_clock()))

    def start_chore(self, chore: Coroutine[Any, Any, None]) -> None:
        """Run something that the room's end waits for."""
        task = asyncio.create_task(self._run_chore(chore))
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _run_chore(self, chore: Coroutine[Any, Any, None]) -> None:
        with _logged_failure(self.room.sid):
            await chore

    # One performer an effect

    def _tell(self, effect: effects.Tell) -> None:
        for sid in effect.to:
            if client := self.clients.get(sid):
                client.tell(effect.message)

    def _refresh_token(self, effect: effects.RefreshToken) -> None:
        self.clients[effect.to].refresh_token()

    def _subscribe(self, effect: effects.Subscribe) -> None:
        client = self.clients[effect.subscriber]
        _, publication = self._publications[effect.publication]
        self._subscriptions[effect.subscriber, effect.track] = client.peer.subscribe(
            publication, stream=effect.stream, track=effect.track
        )
        client.renegotiate()

    def _unsubscribe(self, effect: effects.Unsubscribe) -> None:
        client = self.clients[effect.subscriber]
        client.peer.unsubscribe(self._subscriptions.pop((effect.subscriber, effect.track)))
        client.renegotiate()

    def _set_layer(self, effect: effects.SetLayer) -> None:
        subscription = self._subscriptions[effect.subscriber, effect.track]
        if effect.spatial < 0:
            subscription.pause()
        else:
            subscription.set_layer(effect.spatial, effect.temporal, effect.priority)
            subscription.resume()

    def _set_muted(self, effect: effects.SetMuted) -> None:
        # A section without media, as of an offer that is still under way, has nothing to mute.
        if found := self._publications.get(effect.publication):
            _, publication = found
            publication.set_muted(effect.muted)

    def _compete(self, effect: effects.Compete) -> None:
        _, publication = self._publications[effect.publication]
        publication.compete(self._floor)

    def _tap(self, effect: effects.Tap) -> None:
        if self.meeting:
            person = self.people[effect.participant]
            _, publication = self._publications[effect.publication]
            self._speech.open_track(self.meeting, person, effect.track, publication, effect.shared)

    def _untap(self, effect: effects.Untap) -> None:
        self.start_chore(self._speech.close_track(effect.track))

    def _report(self, effect: effects.Report) -> None:
        if self._take_report:
            event = WebhookEvent(
                event=effect.event,
                room=self.room.info(),
                participant=effect.participant,
                track=effect.track,
                id=make_id("EV_"),
                created_at=wall_clock() // 1000,
                room_end_reason=effect.reason,
            )
            self._take_report(event)

    def _depart(self, effect: effects.Departed) -> None:
        for key in [key for key in self._subscriptions if key[0] == effect.sid]:
            del self._subscriptions[key]
        for number in [n for n, (sid, _) in self._publications.items() if sid == effect.sid]:
            del self._publications[number]
        for key in [key for key in self.answers if key[0] == effect.sid]:
            del self.answers[key]
        self.last_leave = wall_clock()
        spoken = self._speaking_time.leave(effect.sid, _steady_milliseconds())
        if person := self.people.pop(effect.sid, None):
            self.start_chore(self._write_leave(person, spoken, self.last_leave))
        self.start_chore(self.clients.pop(effect.sid).depart())
        logger.info("%s left %s", effect.sid, self.room.sid)
        self.changed()

    def _end(self, _effect: effects.Closed) -> None:
        self._close(self)


async def left_unfinished(database: Database) -> Leftovers[Unfinished]:
    """The meetings of the server before; for the start of one that owns every room."""
    async with database.transaction() as session:
        found = await meetings.unfinished(session)
    if found:
        logger.info("%d meetings were left unfinished", len(found))
    return Leftovers(found, wall_clock(), steady_clock())


def make_id(prefix: str) -> str:
    """A fresh LiveKit id: 70 random bits after the prefix."""
    return prefix + "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


def steady_clock() -> float:
    """Seconds of the event loop's clock, which no change of the date moves."""
    return asyncio.get_running_loop().time()


def _steady_milliseconds() -> int:
    return round(steady_clock() * 1000)


def wall_clock() -> int:
    """Milliseconds since 1970 UTC."""
    return clock.now()


@contextmanager
def _logged_failure(sid: str) -> Iterator[None]:
    """What nobody waits for must not fail in silence."""
    try:
        yield
    except Exception:
        logger.exception("a chore of %s failed", sid)


HUB = web.AppKey("hub", Hub)

TEST_LIFE = 120.0
"""Seconds: for all steps on a slow line. More would do for a talk, if only one way."""
_MOST_TESTS = 50
"""At once: each costs as much as a meeting of two."""
_TEST = "~test-"
"""No product room's name can begin so."""

# By whether the server is stopping.
_END_REASONS = {
    False: models.ROOM_END_IDLE_TIMEOUT,
    True: models.ROOM_END_SERVER_SHUTDOWN,
}

# Seconds until it is worth to ask again of a server that drains: more finds the next one later.
_DRAINING_RETRY = 5

# Seconds: for a client that tests a protocol to join again by it, and no longer.
_PREFERENCE_LIFE = 300.0

# LiveKit's alphabet: base 57, without letters that look alike.
_ID_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ID_LENGTH = 12

_PERFORMERS: Mapping[type, Callable[[LiveRoom, Any], None]] = {
    effects.Tell: LiveRoom._tell,
    effects.RefreshToken: LiveRoom._refresh_token,
    effects.Subscribe: LiveRoom._subscribe,
    effects.Unsubscribe: LiveRoom._unsubscribe,
    effects.SetLayer: LiveRoom._set_layer,
    effects.SetMuted: LiveRoom._set_muted,
    effects.Compete: LiveRoom._compete,
    effects.Tap: LiveRoom._tap,
    effects.Untap: LiveRoom._untap,
    effects.Report: LiveRoom._report,
    effects.Departed: LiveRoom._depart,
    effects.Closed: LiveRoom._end,
}
