"""`python -m benchmarks.speech.pipeline work|whole MEETING FOLDER SIZE`, by the worker's Python.

work: what the worker makes of a meeting as it goes on, and of its shared microphone at its end.
whole: the same models on whole tracks, without the worker. Prints a line of JSON.
"""

import os

os.environ |= {
    "PYANNOTE_METRICS_ENABLED": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}
os.environ.setdefault("OMP_NUM_THREADS", "1")

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel

from benchmarks.speech.meetings import Meeting, build
from benchmarks.speech.scores import Line, Span, placed
from tests.store.samples import KEYRING, NOW, account, room
from tests.transcription.recordings import Packet, Samples
from transcription import weights
from transcription.audio import RATE, decode
from transcription.diarization import diarize
from transcription.recognisers.whisper import Whisper
from transcription.words import Turn
from transcription.worker import Worker, compacted
from visio.cutter import RATE as RTP_RATE
from visio.cutter import Cutter, Talkspurt
from visio.store import consents, meetings, participants, schema, talkspurts, utterances
from visio.store.consents import Answer
from visio.store.database import Database
from visio.store.models import new_id
from visio.store.sealing import MeetingKey
from visio.store.talkspurts import Fresh

Figures = dict[str, object]


def main() -> None:
    what, name, place, size = sys.argv[1:]
    folder = Path(place)
    meeting = build(name, folder / "voices", Path(sys.prefix), float(size))
    figures = _COMMANDS[what](meeting, folder)
    print(json.dumps(figures))


def work(meeting: Meeting, folder: Path) -> Figures:
    """As in production but for the network: cut, write rows, claim, recognise, finish."""
    heard = {
        microphone: meeting.received(microphone, meeting.track(microphone))
        for microphone in meeting.microphones
    }
    whisper = Whisper(weights.whisper(folder / "models"))
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite+aiosqlite:///{place}/visio.db"
        return asyncio.run(_work(meeting, heard, whisper, folder, url))


async def _work(
    meeting: Meeting,
    heard: dict[str, list[Packet]],
    whisper: Whisper,
    folder: Path,
    url: str,
) -> Figures:
    await schema.upgrade(url)
    database = await Database.open(url)
    sitting = await _Sitting.open(database, meeting)
    pipeline = weights.diarization(folder / "models")
    turns: list[Turn] = []

    async def tell_apart(samples: Samples, people: int | None) -> list[Turn]:
        turns.extend(await diarize(pipeline, samples, people))
        return turns

    async def tell(_meeting_id: str) -> None:
        """Nobody listens."""

    worker = Worker("bench", database, KEYRING, whisper, tell_apart, tell, talkspurts.clock)
    live = _Spent.by_now()
    for microphone, talkspurt in _in_order_of_their_ends(heard):
        await sitting.add(microphone, talkspurt)
        while await worker.transcribe_next():
            """One at most, unless it failed."""
    live = live.until_now()
    spans = await sitting.end()
    final = _Spent.by_now()
    assert await worker.finalise_next()
    final = final.until_now()
    lines = await sitting.lines()
    await database.close()
    return {
        "lines": [asdict(line) for line in lines],
        "diarization": _compared(
            meeting, placed([(turn.voice, turn.start, turn.end) for turn in turns], spans)
        ),
        "live_cpu": live.processor,
        "live_wall": live.wall,
        "final_cpu": final.processor,
        "final_wall": final.wall,
        "talkspurts": sitting.count,
        "worker_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "diarization_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def whole(meeting: Meeting, folder: Path) -> Figures:
    """The recogniser on each microphone's whole track without echo, through the same network; the
    pipeline on the shared one's, with it."""
    texts: dict[str, str] = {}
    model = WhisperModel(
        str(weights.whisper(folder / "models")), device="cpu", compute_type="int8", cpu_threads=1
    )
    began = _Spent.by_now()
    for microphone in meeting.microphones:
        if microphone != meeting.shared:
            samples = _decoded(meeting.received(microphone, meeting.own(microphone)))
            segments, _ = model.transcribe(samples, vad_filter=True)
            texts[microphone] = " ".join(segment.text for segment in segments)
    spent = began.until_now()
    figures: Figures = {"texts": texts, "cpu": spent.processor}
    if meeting.shared:
        figures["diarization"] = _plain(meeting, folder, meeting.track(meeting.shared))
        figures["diarization_clean"] = _plain(meeting, folder, meeting.own(meeting.shared))
    return figures


def _plain(meeting: Meeting, folder: Path, track: Samples) -> Figures:
    """The pipeline on all that comes of the shared microphone, silence too."""
    from transcription.speakers import Diarizer

    arrived = meeting.received(meeting.shared, track)
    found = Diarizer(weights.diarization(folder / "models")).annotate(_decoded(arrived))
    turns = [
        (label, segment.start, segment.end)
        for segment, _, label in found.itertracks(yield_label=True)
    ]
    return _compared(meeting, turns)


def _compared(meeting: Meeting, turns: Sequence[Span]) -> Figures:
    """Seconds of the reference, and of each kind of error, without a collar (pyannote.metrics)."""
    if not meeting.shared:
        return {}
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    found = DiarizationErrorRate()(
        _annotation(meeting.turns()),
        _annotation(turns),
        uem=Timeline([Segment(0, meeting.seconds)]),
        detailed=True,
    )
    voices = len({voice for voice, *_ in turns})
    kinds = ("total", "missed detection", "false alarm", "confusion")
    return {"voices": voices, **{kind: float(found[kind]) for kind in kinds}}


def _annotation(turns: Sequence[Span]) -> Any:
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for number, (voice, start, end) in enumerate(turns):
        annotation[Segment(start, end), number] = voice
    return annotation


@dataclass(frozen=True)
class _Spent:
    """Seconds: of this process and its children that have ended, and on the clock."""

    processor: float
    wall: float

    @classmethod
    def by_now(cls) -> "_Spent":
        used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(sum(one.ru_utime + one.ru_stime for one in used), time.monotonic())

    def until_now(self) -> "_Spent":
        now = _Spent.by_now()
        return _Spent(now.processor - self.processor, now.wall - self.wall)


class _Sitting:
    """The meeting's rows."""

    def __init__(self, database: Database, meeting_id: str, key: MeetingKey, shared: str) -> None:
        self._database = database
        self._id = meeting_id
        self._key = key
        self._shared = shared
        self._participants: dict[str, str] = {}
        self.count = 0

    @classmethod
    async def open(cls, database: Database, meeting: Meeting) -> "_Sitting":
        place = await room(database, await account(database))
        key, wrapped = KEYRING.new_meeting_key()
        async with database.transaction() as session:
            row = await meetings.start(session, place.id, "RM_1", NOW, wrapped)
        sitting = cls(database, row.id, key, meeting.shared)
        for microphone in meeting.microphones:
            await sitting._join(microphone, "fr" if microphone in meeting.french else "en")
        return sitting

    async def add(self, microphone: str, talkspurt: Talkspurt) -> None:
        name = new_id()
        audio = talkspurts.pack(talkspurt.packets)
        fresh = Fresh(
            id=name,
            meeting_id=self._id,
            participant_id=self._participants[microphone],
            track_sid=f"TR_{microphone}",
            started_at=round(talkspurt.started_at * 1000),
            duration=talkspurt.duration * 1000 // RTP_RATE,
            audio=self._key.seal(audio, talkspurts.audio_context(name)),
            shared=microphone == self._shared,
        )
        self.count += 1
        async with self._database.transaction() as session:
            assert await talkspurts.add(session, fresh)

    async def end(self) -> list[tuple[float, float, float]]:
        """The talkspurts of the shared microphone: where each lies in what is diarized, how long
        it is, and where it lies in the meeting."""
        async with self._database.transaction() as session:
            await meetings.end(session, self._id, NOW + 3_600_000)
            rows = await talkspurts.shared(session, self._id)
        starts = compacted((row.started_at, row.duration) for row in rows)
        return [
            (start / 1000, row.duration / 1000, row.started_at / 1000)
            for start, row in zip(starts, rows, strict=True)
        ]

    async def lines(self) -> list[Line]:
        names = {row_id: microphone for microphone, row_id in self._participants.items()}
        async with self._database.transaction() as session:
            rows = await utterances.spoken(session, self._id)
        return [
            Line(
                names[row.participant_id],
                row.voice or "",
                row.started_at / 1000,
                row.ended_at / 1000,
                utterances.opened(row, self._key),
            )
            for row in rows
        ]

    async def _join(self, microphone: str, language: str) -> None:
        """Somebody comes, and agrees in the language that they speak."""
        async with self._database.transaction() as session:
            row = await participants.joined(
                session,
                self._id,
                microphone,
                f"PA_{microphone}",
                account_id=None,
                name=microphone,
                now=NOW,
                kind="guest",
            )
            answer = Answer("transcription", True, "2026-11", language)
            await consents.record(session, row.id, answer, NOW)
        self._participants[microphone] = row.id


def _in_order_of_their_ends(heard: dict[str, list[Packet]]) -> Sequence[tuple[str, Talkspurt]]:
    """As they become rows while the meeting goes on."""
    cut = [(microphone, one) for microphone in heard for one in _cut(heard[microphone])]
    return sorted(cut, key=lambda pair: pair[1].started_at + pair[1].duration / RTP_RATE)


def _cut(arrived: Sequence[Packet]) -> list[Talkspurt]:
    cutter = Cutter()
    closed = [talkspurt for packet in arrived for talkspurt in cutter.push(packet)]
    return closed + cutter.flush()


def _decoded(arrived: Sequence[Packet]) -> Samples:
    samples = decode((packet.timestamp, packet.payload) for packet in arrived)
    assert len(samples) > RATE
    return np.ascontiguousarray(samples)


_COMMANDS: dict[str, Any] = {"work": work, "whole": whole}

if __name__ == "__main__":
    main()
