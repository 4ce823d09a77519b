"""What a running meeting leaves in the database: who came, who went, and how long they spoke."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from livekit.protocol.models import ParticipantInfo

from visio.access import Caller
from visio.roster import MICROPHONE_PEOPLE, SHARED_MICROPHONE, Newcomer
from visio.store import consents, meetings, participants
from visio.store.database import Database
from visio.store.models import Meeting, Participant
from visio.store.sealing import Keyring


class Register:
    """Writes meetings and stays as rows; `now` is milliseconds since 1970 UTC."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def open(self, room_id: str, livekit_sid: str, now: int) -> Meeting:
        """A meeting begins, with a key of its own."""
        _, wrapped = self._keyring.new_meeting_key()
        async with self._database.transaction() as session:
            return await meetings.start(session, room_id, livekit_sid, now, wrapped)

    async def note_join(
        self, meeting: Meeting, newcomer: Newcomer, sid: str, caller: Caller, now: int
    ) -> Participant:
        """Somebody comes, perhaps again."""
        async with self._database.transaction() as session:
            return await participants.joined(
                session,
                meeting.id,
                newcomer.identity,
                sid,
                account_id=caller.account,
                name=newcomer.name[:_LONGEST_NAME],
                now=now,
                kind=kind_of(newcomer, caller),
                person=_person(meeting.id, newcomer, caller),
                shared_microphone=newcomer.attributes.get(SHARED_MICROPHONE) == "true",
                microphone_people=int(newcomer.attributes.get(MICROPHONE_PEOPLE) or 0) or None,
            )

    async def note_return(
        self, stay: Participant, sid: str, transcribed_since: int | None
    ) -> bool | None:
        """Somebody goes on with their stay; what they answered when transcription was started."""
        async with self._database.transaction() as session:
            await participants.returned(session, stay.id, sid)
            if transcribed_since is None:
                return None
            return await consents.newest(session, stay.id, "transcription", transcribed_since)

    async def note_removal(self, meeting: Meeting, identity: str) -> None:
        """Somebody was sent away."""
        async with self._database.transaction() as session:
            await participants.remove(session, meeting.id, identity)

    async def note_transcribed(self, meeting: Meeting, since: int | None) -> None:
        """Transcription is on from then, or off."""
        async with self._database.transaction() as session:
            await meetings.set_transcribed(session, meeting.id, since)
        meeting.transcribed_since = since

    async def note_spotlight(self, meeting: Meeting, identity: str) -> None:
        """Somebody is in front for everybody, or nobody any more."""
        async with self._database.transaction() as session:
            await meetings.set_spotlight(session, meeting.id, identity)

    async def note_leave(self, person: Participant, spoken: int, now: int) -> None:
        """Somebody goes, who spoke that long (ms)."""
        async with self._database.transaction() as session:
            await participants.left(session, person.id, now, spoken)

    async def note_running(self, spoken: Mapping[str, Mapping[str, int]], now: int) -> None:
        """These meetings run, and those inside have spoken that long, by the ids of their rows."""
        everybody = {row: length for of in spoken.values() for row, length in of.items()}
        async with self._database.transaction() as session:
            await meetings.see(session, spoken.keys(), now)
            if everybody:
                await participants.set_spoken(session, everybody)

    async def note_absences(self, stays: Iterable[Participant], now: int) -> None:
        """These have not come back after a server died: they left then."""
        async with self._database.transaction() as session:
            for stay in stays:
                await participants.left(session, stay.id, now, stay.spoken)

    async def close(self, meeting: Meeting, now: int) -> None:
        """A meeting is over."""
        async with self._database.transaction() as session:
            await meetings.end(session, meeting.id, now)


def kind_of(newcomer: Newcomer, caller: Caller) -> str:
    """How an attendance sheet calls them: only an account's name is known to be theirs."""
    if caller.account is not None:
        return "account"
    return _KINDS.get(newcomer.kind, "service" if newcomer.dependent else "guest")


def _person(meeting_id: str, newcomer: Newcomer, caller: Caller) -> str:
    """The same for one account or one guest's browser, but of no use in another meeting."""
    who = caller.account or caller.guest or newcomer.identity
    return hashlib.sha256(f"{meeting_id}:{who}".encode()).hexdigest()


# What participant.name holds.
_LONGEST_NAME = 100
_KINDS: Mapping[Any, str] = {
    ParticipantInfo.SIP: "phone",
    ParticipantInfo.INGRESS: "service",
    ParticipantInfo.EGRESS: "service",
    ParticipantInfo.AGENT: "service",
    ParticipantInfo.CONNECTOR: "service",
    ParticipantInfo.BRIDGE: "service",
}
