"""What somebody in a meeting answers when asked whether they may be transcribed or recorded, and
what they say of it afterwards."""

from dataclasses import dataclass

from visio.errors import Conflict, MeetingNotFound
from visio.hub import Hub, LiveRoom, wall_clock
from visio.store import audit, consents, meetings, participants, utterances
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.consents import Answer, Standing
from visio.store.database import Database
from visio.store.utterances import Erased


@dataclass(frozen=True, slots=True)
class ErasedLine(Erased):
    """A line of the transcript without its text, in the place of the one that was there."""

    meeting_id: str
    identity: str
    track_sid: str = ""
    text: str = ""
    final: bool = True


async def give(hub: Hub, name: str, identity: str, answer: Answer, *, by: Author) -> None:
    """Take an answer: a yes counts once it is on disk, a no at once.

    Where a no erases, what they said in this meeting goes in the same transaction. Raises
    NotFound when nobody of that identity is in a meeting there.
    """
    live, participant, person = hub.attendee(name, identity)
    sid, kind = participant.sid, answer.kind
    live.answers[sid, kind] = answer
    if not answer.granted:
        live.perform(live.room.set_consent(sid, kind, False))
    lines: list[Erased] = []
    async with hub.database.transaction() as session:
        agreed = await consents.record(session, person.id, answer, wall_clock())
        if answer.erases and kind == "transcription":
            lines = await utterances.erase(session, person.meeting_id, identity)
        await audit.append(session, by, _deed(live, identity, answer, agreed, len(lines)))
    # While the row was written the participant may have left, or have said no.
    if answer.granted and live.answers.get((sid, kind)) is answer:
        live.perform(live.room.set_consent(sid, kind, True))
    live.show([_blank(line, person.meeting_id, identity) for line in lines])


async def withdraw(
    database: Database, meeting_id: str, account_id: str, answer: Answer, now: int, *, by: Author
) -> None:
    """Take a no from somebody who was in a meeting that is over, for all their stays in it.

    Where it erases, what they said goes in the same transaction. Raises MeetingNotFound when no
    such meeting has ended or they were not there, Conflict when there is nothing to withdraw.
    """
    async with database.transaction() as session:
        mine = await participants.of_account(session, meeting_id, account_id)
        found = await meetings.by_id(session, meeting_id)
        if found is None or found[0].ended_at is None or not mine:
            raise MeetingNotFound
        given = await consents.of_account(session, meeting_id, account_id, answer.kind)
        if consents.standing(given) not in _WITHDRAWABLE[answer.erases]:
            raise Conflict("There is nothing to withdraw.")
        deeds = []
        for identity in dict.fromkeys(one.identity for one in mine):
            stays = [one for one in mine if one.identity == identity]
            for one in stays:
                await consents.record(session, one.id, answer, now)
            gone = await utterances.erase(session, meeting_id, identity) if answer.erases else []
            deeds.append(_withdrawn(found[1].id, identity, answer, len(gone)))
        await audit.append(session, by, *deeds)


def _blank(line: Erased, meeting_id: str, identity: str) -> ErasedLine:
    return ErasedLine(line.id, line.started_at, line.ended_at, line.language, meeting_id, identity)


def _deed(live: LiveRoom, identity: str, answer: Answer, agreed: bool, erased: int) -> Deed:
    refused = Act.CONSENT_WITHDRAWN if agreed else Act.CONSENT_REFUSED
    act = Act.CONSENT_GIVEN if answer.granted else refused
    return Deed(act, ("participant", identity), live.id, detail=_detail(answer, erased))


def _withdrawn(room: str, identity: str, answer: Answer, erased: int) -> Deed:
    detail = _detail(answer, erased)
    return Deed(Act.CONSENT_WITHDRAWN, ("participant", identity), room, detail=detail)


def _detail(answer: Answer, erased: int) -> dict[str, object]:
    said = {"kind": answer.kind, "wording": answer.wording, "language": answer.language}
    return {**said, "erased": erased} if erased else {**said}


_WITHDRAWABLE: dict[bool, tuple[Standing | None, ...]] = {
    False: ("granted",),
    True: ("granted", "withdrawn"),
}
"""How somebody's consent may stand who takes it back: whether it erases what was kept, or not."""
