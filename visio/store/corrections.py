"""What is made of a transcript once it is written: its earlier texts, hidden passages, names of
voices, and who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import (
    Account,
    HiddenUtterance,
    Participant,
    TranscriptReader,
    Utterance,
    UtteranceVersion,
    VoiceName,
)
from visio.store.pages import Page, cut
from visio.store.sealing import MeetingKey


@dataclass(frozen=True, slots=True)
class Writer:
    """Who corrects or hides, and when: an account, or a guest as the participant they were."""

    account: str | None
    participant: str | None
    now: int


@dataclass(frozen=True, slots=True)
class Version:
    """A text that an utterance had; `writer` is their name now, None for what was recognised."""

    row: UtteranceVersion
    writer: str | None


async def history(session: AsyncSession, utterance_id: str, page: Page) -> Sequence[Version]:
    """The texts of an utterance, the newest first; none where it was never corrected."""
    query = (
        select(UtteranceVersion, Account.name, Participant.name)
        .outerjoin(Account, Account.id == UtteranceVersion.account_id)
        .outerjoin(Participant, Participant.id == UtteranceVersion.participant_id)
        .where(UtteranceVersion.utterance_id == utterance_id)
    )
    columns = UtteranceVersion.number, UtteranceVersion.utterance_id
    rows = await session.execute(cut(query, *columns, page))
    return [Version(row, name if row.account_id else guest) for row, name, guest in rows]


def version(
    row: Utterance, number: int, text: str, writer: Writer, key: MeetingKey
) -> UtteranceVersion:
    """A text of an utterance, sealed."""
    return UtteranceVersion(
        utterance_id=row.id,
        number=number,
        meeting_id=row.meeting_id,
        account_id=writer.account,
        participant_id=writer.participant,
        text=key.seal(text.encode(), _version(row.id, number)),
        written_at=writer.now,
    )


def opened(row: UtteranceVersion, key: MeetingKey) -> str:
    """The text of a version; raises SealError."""
    return key.open(row.text, _version(row.utterance_id, row.number)).decode()


async def hidden_in(session: AsyncSession, meeting_id: str) -> frozenset[str]:
    """The ids of a meeting's utterances that are hidden."""
    query = select(HiddenUtterance.utterance_id)
    rows = await session.scalars(query.where(HiddenUtterance.meeting_id == meeting_id))
    return frozenset(rows)


async def hide(
    session: AsyncSession,
    row: Utterance,
    reason: str,
    writer: Writer,
    key: MeetingKey,
    *,
    by_host: bool,
) -> None:
    """Keep an utterance from readers; another reason, or another who hides it, replaces them."""
    await show(session, row.id)
    session.add(
        HiddenUtterance(
            utterance_id=row.id,
            meeting_id=row.meeting_id,
            account_id=writer.account,
            participant_id=writer.participant,
            by_host=by_host,
            reason=key.seal(reason.encode(), _reason(row.id)) if reason else None,
            hidden_at=writer.now,
        )
    )


async def show(session: AsyncSession, utterance_id: str) -> None:
    """Give an utterance to readers again."""
    gone = delete(HiddenUtterance).where(HiddenUtterance.utterance_id == utterance_id)
    await session.execute(gone)


def opened_reason(row: HiddenUtterance, key: MeetingKey) -> str:
    """Why an utterance is hidden, "" where that was not said; raises SealError."""
    return key.open(row.reason, _reason(row.utterance_id)).decode() if row.reason else ""


async def has_voice(
    session: AsyncSession, meeting_id: str, participant_id: str, voice: str
) -> bool:
    """Whether that voice spoke into that participant's microphone."""
    said = Utterance.participant_id == participant_id, Utterance.voice == voice
    query = select(exists().where(Utterance.meeting_id == meeting_id, *said))
    return bool(await session.scalar(query))


async def name_voice(
    session: AsyncSession, meeting_id: str, of: tuple[str, str], name: str, key: MeetingKey
) -> None:
    """Say whose a voice is, `of` a participant's row and the voice; "" takes the name away."""
    participant_id, voice = of
    gone = delete(VoiceName).where(
        VoiceName.participant_id == participant_id, VoiceName.voice == voice
    )
    await session.execute(gone)
    if name:
        session.add(
            VoiceName(
                participant_id=participant_id,
                voice=voice,
                meeting_id=meeting_id,
                name=key.seal(name.encode(), _voice(participant_id, voice)),
            )
        )


async def voices(session: AsyncSession, meeting_id: str) -> Sequence[VoiceName]:
    """The names of a meeting's voices, sealed."""
    query = select(VoiceName).where(VoiceName.meeting_id == meeting_id)
    return (await session.scalars(query)).all()


def opened_name(row: VoiceName, key: MeetingKey) -> str:
    """The name of a voice; raises SealError."""
    return key.open(row.name, _voice(row.participant_id, row.voice)).decode()


async def readers(
    session: AsyncSession, meeting_id: str, page: Page
) -> Sequence[tuple[TranscriptReader, Account]]:
    """Those whom hosts let read the transcript; the newest first."""
    query = (
        select(TranscriptReader, Account)
        .join(Account, Account.id == TranscriptReader.account_id)
        .where(TranscriptReader.meeting_id == meeting_id)
    )
    cut_off = cut(query, TranscriptReader.created_at, TranscriptReader.account_id, page)
    return [(reader, account) for reader, account in await session.execute(cut_off)]


async def add_reader(session: AsyncSession, meeting_id: str, account_id: str, now: int) -> bool:
    """Let an account read the transcript; False where it may already."""
    if await reads(session, meeting_id, account_id):
        return False
    reader = TranscriptReader(meeting_id=meeting_id, account_id=account_id, created_at=now)
    session.add(reader)
    return True


async def remove_reader(session: AsyncSession, meeting_id: str, account_id: str) -> bool:
    """Let an account read the transcript no more; False where it could not."""
    gone = delete(TranscriptReader).where(
        TranscriptReader.meeting_id == meeting_id, TranscriptReader.account_id == account_id
    )
    return await session.scalar(gone.returning(TranscriptReader.account_id)) is not None


async def reads(session: AsyncSession, meeting_id: str, account_id: str) -> bool:
    """Whether a host lets the account read it."""
    return await session.get(TranscriptReader, (meeting_id, account_id)) is not None


def _version(utterance_id: str, number: int) -> str:
    return f"utterance:{utterance_id}:version:{number}"


def _reason(utterance_id: str) -> str:
    return f"utterance:{utterance_id}:reason"


def _voice(participant_id: str, voice: str) -> str:
    return f"voice:{participant_id}:{voice}:name"
