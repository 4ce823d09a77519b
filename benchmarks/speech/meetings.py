"""Meetings of several microphones, put together by chance with a seed, and the truth about them."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.speech.sentences import sentence
from benchmarks.speech.voices import RATE, VOICES, levelled, said, synthesise
from tests.transcription.recordings import (
    Packet,
    Samples,
    cards,
    librivox,
    packets,
    read,
    silence,
    telephone,
)
from tests.transcription.rooms import echo, noise


@dataclass(frozen=True)
class Said:
    """What a person says into a microphone: seconds of the meeting."""

    microphone: str
    person: str
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Sound:
    """What a microphone hears of its own people from some second on."""

    microphone: str
    start: float
    samples: Samples


@dataclass(frozen=True)
class Meeting:
    """`spans`: who of a shared microphone speaks when, where `said` does not tell it exactly."""

    name: str
    microphones: Sequence[str]
    said: Sequence[Said]
    sounds: Sequence[Sound]
    shared: str = ""
    spans: Sequence[tuple[str, float, float]] = ()
    french: frozenset[str] = frozenset()
    """The microphones of people who speak French; the others speak English."""

    @property
    def seconds(self) -> float:
        return max(one.start + len(one.samples) / RATE for one in self.sounds) + _AFTER

    @property
    def spoken(self) -> float:
        """Seconds of speech, of all people."""
        return sum(one.end - one.start for one in self.said)

    def turns(self) -> Sequence[tuple[str, float, float]]:
        """Who speaks when at the shared microphone."""
        return self.spans or [
            (one.person, one.start, one.end) for one in self.said if one.microphone == self.shared
        ]

    def own(self, microphone: str) -> Samples:
        """What its own people say, and the noise of the room."""
        track = noise(round(self.seconds * RATE), seed=self.microphones.index(microphone))
        for one in self.sounds:
            if one.microphone == microphone:
                _add(track, one.samples, one.start)
        return track

    def track(self, microphone: str) -> Samples:
        """The same with everybody else's echo at -20 dB."""
        track = self.own(microphone)
        here = self.microphones.index(microphone)
        for one in self.sounds:
            there = self.microphones.index(one.microphone)
            if here != there:
                path = here * len(self.microphones) + there
                tail = np.concatenate([one.samples, silence(_TAIL)])
                back = echo(tail, _ECHO, delay=0.08 + 0.02 * (path % 6), seed=path)
                _add(track, back, one.start)
        return track

    def received(self, microphone: str, samples: Samples) -> list[Packet]:
        """What arrives of it: its clock is a little off, packets are late, and some are lost."""
        number = self.microphones.index(microphone)
        chance = random.Random(f"{self.name} {microphone}")
        drift = _DRIFTS[number % len(_DRIFTS)]
        sent = packets(samples, drift=drift)
        arrived = [packet for packet in sent if not _lost(chance)]
        return [
            replace(packet, received_at=packet.received_at + chance.uniform(0, _JITTER))
            for packet in arrived
        ]


def build(name: str, folder: Path, environment: Path, size: float = 1.0) -> Meeting:
    """The meeting of that name; `folder` has, or gets, what is synthesised for it."""
    if name == "recordings":
        return _recordings(environment)
    return _talk(name, folder, size)


def _talk(name: str, folder: Path, size: float) -> Meeting:
    """People take turns, and fall in each other's words."""
    people, seconds = _TALKS[name]
    chance = random.Random(name)
    turns = list(_turns(people, chance, seconds * size))
    synthesise(folder, ((people[who][1], text) for who, text, _ in turns))
    now, spoken, sounds = 2.0, [], []
    free = dict.fromkeys(people, 0.0)
    for who, text, gap in turns:
        microphone, voice = people[who]
        samples = said(folder, voice, text)
        start = max(now + gap, free[who])
        now = max(now, start + len(samples) / RATE)
        free[who] = start + len(samples) / RATE + _BREATH
        spoken.append(Said(microphone, who, start, start + len(samples) / RATE, text))
        sounds.append(Sound(microphone, start, samples))
    microphones = list(dict.fromkeys(microphone for microphone, _ in people.values()))
    return Meeting(
        name,
        microphones,
        spoken,
        sounds,
        shared="room" if "room" in microphones else "",
        french=frozenset(one for one, voice in people.values() if VOICES[voice].language == "fr"),
    )


def _turns(
    people: Mapping[str, tuple[str, str]], chance: random.Random, seconds: float
) -> Iterator[tuple[str, str, float]]:
    """Who says what, and how long after what was said before; negative where they fall in."""
    last, length = "", 0.0
    while length < seconds:
        who = chance.choice([person for person in people if person != last])
        gap = chance.uniform(-1.2, -0.3) if chance.random() < _FALLS_IN else chance.uniform(0.1, 1)
        for _ in range(chance.randint(1, 3)):
            text = sentence(VOICES[people[who][1]].language, chance)
            yield who, text, gap
            length += len(text) / _LETTERS + max(gap, 0)
            gap = chance.uniform(0.15, 0.7)
        last = who


def _recordings(environment: Path) -> Meeting:
    """Real voices: a reader, a player of cards, and two women at one telephone."""
    (sample,) = environment.glob("lib/python3*/site-packages")
    line = telephone(sample)
    clip = levelled(read(line / "sample.wav"))
    spoken = [
        Said("telephone", name, _CALL + float(start), _CALL + float(end), words)
        for _, _, name, start, end, words in (
            row.split(maxsplit=5) for row in (line / "sample.stm").read_text().splitlines()
        )
    ]
    rows = (row.split() for row in (line / "sample.rttm").read_text().splitlines())
    spans = [(row[7], _CALL + float(row[3]), _CALL + float(row[3]) + float(row[4])) for row in rows]
    sounds = [Sound("telephone", _CALL, clip)]
    for who, start, recordings in (("reader", 2.0, librivox()), ("player", 14.0, cards())):
        now = start
        for text, samples in recordings:
            end = now + len(samples) / RATE
            spoken.append(Said(who, who, now, end, text))
            sounds.append(Sound(who, now, levelled(samples)))
            now = end + 1.5
    return Meeting(
        "recordings", ["reader", "player", "telephone"], spoken, sounds, "telephone", spans
    )


def _add(track: Samples, samples: Samples, start: float) -> None:
    first = round(start * RATE)
    part = samples[: len(track) - first]
    track[first : first + len(part)] += part


def _lost(chance: random.Random) -> bool:
    return chance.random() < _LOSS


# Person → microphone and voice, and seconds of the meeting.
_TALKS: Mapping[str, tuple[Mapping[str, tuple[str, str]], float]] = {
    "french": (
        {"Anne": ("anne", "nezumi"), "Luc": ("luc", "kumo"), "Rose": ("rose", "alpha")},
        600,
    ),
    "english": (
        {
            "Sally": ("sally", "slt"),
            "Robert": ("robert", "rms"),
            "Alan": ("alan", "awb"),
            "Karl": ("karl", "kal"),
        },
        900,
    ),
    "mixed": (
        {
            "Anne": ("anne", "nezumi"),
            "Luc": ("luc", "kumo"),
            "Alan": ("alan", "awb"),
            "Sally": ("room", "slt"),
            "Robert": ("room", "rms"),
        },
        600,
    ),
}
MEETINGS = (*_TALKS, "recordings")
TEN_MINUTES = "mixed"
"""The meeting of four microphones, one of them shared, that lasts ten minutes."""
_ECHO = -20.0
_TAIL = 0.5
_AFTER = 2.0
_CALL = 3.0
# Share of the packets that even repair did not bring.
_LOSS = 0.01
_JITTER = 0.02
# Devices' clocks against ours: crystals are good to a hundred millionths.
_DRIFTS = (8e-5, -1e-4, 3e-5, -6e-5)
_FALLS_IN = 0.2
_BREATH = 0.15
# Letters that are said in a second, to plan with.
_LETTERS = 16.5
