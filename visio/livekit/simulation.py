"""What clients may have happen to themselves, to test how they take it (protocol §2.6). Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from livekit.protocol import models, rtc
from livekit.protocol.rtc import LeaveRequest

from visio.effects import Effect
from visio.room import Room


def simulate(room: Room, sid: str, scenario: rtc.SimulateScenario, now: float) -> list[Effect]:
    """The scenarios that a room can play; nothing for those which need a session, or are newer."""
    name = scenario.WhichOneof("scenario") or ""
    return _SCENARIOS[name](room, sid, getattr(scenario, name), now) if name in _SCENARIOS else []


def _vanish(room: Room, sid: str, _asked: bool, now: float) -> list[Effect]:
    """The session is gone without a word, as if its server were."""
    return room.leave(sid, models.MIGRATION, now)


def _stop(room: Room, sid: str, _asked: bool, now: float) -> list[Effect]:
    return room.dismiss(sid, models.SERVER_SHUTDOWN, now)


def _start_over(room: Room, sid: str, _asked: bool, now: float) -> list[Effect]:
    return room.dismiss(sid, models.STATE_MISMATCH, now, LeaveRequest.RECONNECT)


_SCENARIOS: Mapping[str, Callable[[Room, str, Any, float], list[Effect]]] = {
    "speaker_update": Room.pretend_to_speak,
    "node_failure": _vanish,
    "migration": _vanish,
    "server_leave": _stop,
    "leave_request_full_reconnect": _start_over,
}
