"""The data tracks of one room: who publishes which, and who receives it under which handle. Pure.

A packet is forwarded as it came, header extensions included; only the handle in its header becomes
the receiver's (protocol §3.9).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from struct import pack, unpack_from

from livekit.protocol import rtc
from livekit.protocol.models import DataTrackInfo
from livekit.protocol.rtc import DataTrackSubscriberHandles, RequestResponse, SignalResponse

from visio.effects import Effect, Tell
from visio.roster import Participant


def refuse_data_track(
    owner: Participant, request: rtc.PublishDataTrackRequest
) -> RequestResponse.Reason | None:
    """Why a participant cannot publish a data track."""
    published = owner.data_tracks
    names = {track.name for track in published.values()}
    too_much = len(published) >= _MOST_TRACKS or request.ByteSize() > _LARGEST_REQUEST
    refusals = (
        (not owner.permission.can_publish_data, RequestResponse.NOT_ALLOWED),
        (not 0 < request.pub_handle <= _MAX_HANDLE, RequestResponse.INVALID_HANDLE),
        (not 0 < len(request.name) <= _LONGEST_NAME, RequestResponse.INVALID_NAME),
        (request.pub_handle in published, RequestResponse.DUPLICATE_HANDLE),
        (request.name in names, RequestResponse.DUPLICATE_NAME),
        (too_much, RequestResponse.LIMIT_EXCEEDED),
    )
    return next((reason for applies, reason in refusals if applies), None)


class DataTracks:
    """What is published and subscribed among `participants`, the room's own by sid."""

    def __init__(
        self, participants: Mapping[str, Participant], make_id: Callable[[str], str]
    ) -> None:
        self._participants = participants
        self._make_id = make_id
        self._feeds: dict[str, dict[str, Feed]] = {}

    def publish(self, owner: Participant, request: rtc.PublishDataTrackRequest) -> list[Effect]:
        """Give a participant the data track it asks for; others are to be told, then `invite`d."""
        info = DataTrackInfo(
            pub_handle=request.pub_handle,
            sid=self._make_id("DTR_"),
            name=request.name,
            encryption=request.encryption,
            frame_encoding=request.frame_encoding if request.HasField("frame_encoding") else None,
            schema=request.schema if request.HasField("schema") else None,
        )
        owner.data_tracks[info.pub_handle] = info
        self._feeds[info.sid] = {}
        told = rtc.PublishDataTrackResponse(info=info)
        return [Tell((owner.sid,), SignalResponse(publish_data_track_response=told))]

    def unpublish(self, owner: Participant, handle: int) -> list[Effect]:
        """End a data track of a participant; others are to be told."""
        info = owner.data_tracks.pop(handle)
        del self._feeds[info.sid]
        told = rtc.UnpublishDataTrackResponse(info=info)
        return [Tell((owner.sid,), SignalResponse(unpublish_data_track_response=told))]

    def invite(self, owner: Participant) -> list[Effect]:
        """Subscribe whom is subscribed to everything, to all that a participant publishes."""
        effects: list[Effect] = []
        for subscriber in self._participants.values():
            if subscriber is not owner and subscriber.auto_subscribe_data:
                effects += self._want(subscriber, [one.sid for one in owner.data_tracks.values()])
        return effects

    def welcome(self, subscriber: Participant) -> list[Effect]:
        """Subscribe somebody new to what is there, if it wants that."""
        if not subscriber.auto_subscribe_data:
            return []
        others = (one for one in self._participants.values() if one is not subscriber)
        return self._want(subscriber, [t.sid for one in others for t in one.data_tracks.values()])

    def update(self, subscriber: Participant, request: rtc.UpdateDataSubscription) -> list[Effect]:
        """Somebody says which data tracks it wants, and how many frames a second at most."""
        before = self._handles(subscriber)
        for wish in request.updates:
            feeds = self._feeds.get(wish.track_sid)
            if feeds is None:
                continue  # it has just been unpublished: the client will be told
            if wish.subscribe:
                feed = feeds.setdefault(subscriber.sid, Feed(self._free_handle(subscriber)))
                feed.frames = Frames(wish.options.target_fps)
            else:
                feeds.pop(subscriber.sid, None)
        # Whoever asks waits for an answer, even when nothing changes by it.
        asked = any(wish.subscribe for wish in request.updates)
        return self._tell(subscriber) if asked or self._handles(subscriber) != before else []

    def remind_all(self) -> list[Effect]:
        """Permissions have changed: tell everybody who has handles which hold now."""
        return [e for one in self._participants.values() for e in self.remind(one)]

    def revoke(self, owner: Participant) -> list[Effect]:
        """End every data track of somebody."""
        return [e for handle in list(owner.data_tracks) for e in self.unpublish(owner, handle)]

    def remind(self, subscriber: Participant) -> list[Effect]:
        """Tell a participant which handles hold now, if it has asked for any."""
        return self._tell(subscriber) if self._wishes(subscriber) else []

    def forget(self, participant: Participant) -> None:
        """Somebody is gone."""
        self.revoke(participant)
        for feeds in self._feeds.values():
            feeds.pop(participant.sid, None)

    def forward(self, owner: Participant, packet: bytes, now: float) -> list[tuple[str, bytes]]:
        """To whom a packet goes, by sid, and as what; nowhere if it makes no sense."""
        if len(packet) < _HEADER or packet[0] >> 5 != _VERSION:
            return []
        handle, _, frame = unpack_from("!HHH", packet, 2)
        info = owner.data_tracks.get(handle)
        if info is None or not owner.permission.can_publish_data:
            return []
        return [
            (sid, b"%b%b%b" % (packet[:2], pack("!H", feed.handle), packet[4:]))
            for sid, feed in self._feeds[info.sid].items()
            if self._may(self._participants[sid], owner, info.sid) and feed.frames.admit(frame, now)
        ]

    def _want(self, subscriber: Participant, track_sids: Iterable[str]) -> list[Effect]:
        updates = [
            rtc.UpdateDataSubscription.Update(track_sid=sid, subscribe=True) for sid in track_sids
        ]
        return self.update(subscriber, rtc.UpdateDataSubscription(updates=updates))

    def _may(self, subscriber: Participant, owner: Participant, track_sid: str) -> bool:
        return (
            subscriber is not owner
            and subscriber.permission.can_subscribe
            and owner.audience.includes(subscriber, track_sid)
        )

    def _wishes(self, subscriber: Participant) -> list[tuple[Participant, str, "Feed"]]:
        return [
            (owner, info.sid, self._feeds[info.sid][subscriber.sid])
            for owner in self._participants.values()
            for info in owner.data_tracks.values()
            if subscriber.sid in self._feeds[info.sid]
        ]

    def _handles(
        self, subscriber: Participant
    ) -> dict[int, DataTrackSubscriberHandles.PublishedDataTrack]:
        return {
            feed.handle: DataTrackSubscriberHandles.PublishedDataTrack(
                publisher_identity=owner.identity, publisher_sid=owner.sid, track_sid=track_sid
            )
            for owner, track_sid, feed in self._wishes(subscriber)
            if self._may(subscriber, owner, track_sid)
        }

    def _tell(self, subscriber: Participant) -> list[Effect]:
        """All handles, every time: clients replace what they know."""
        told = DataTrackSubscriberHandles(sub_handles=self._handles(subscriber))
        return [Tell((subscriber.sid,), SignalResponse(data_track_subscriber_handles=told))]

    def _free_handle(self, subscriber: Participant) -> int:
        """One that is not in use, and was not until lately: late packets may still bear it."""
        used = {feed.handle for _, _, feed in self._wishes(subscriber)}
        while True:
            subscriber.last_handle = subscriber.last_handle % _MAX_HANDLE + 1
            if subscriber.last_handle not in used:
                return subscriber.last_handle


class Frames:
    """Which frames of a track a subscriber gets: at most `per_second`, all when that is 0."""

    def __init__(self, per_second: int = 0) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._due = float("-inf")
        self._decided: dict[int, bool] = {}

    def admit(self, frame: int, now: float) -> bool:
        """Whether a packet of that frame goes on: a frame goes wholly or not at all."""
        if not self._interval:
            return True
        if frame not in self._decided:
            self._decided[frame] = self._is_due(now)
            if len(self._decided) > _FRAMES_AT_ONCE:
                del self._decided[next(iter(self._decided))]
        return self._decided[frame]

    def _is_due(self, now: float) -> bool:
        # A quarter early counts as due: frames do not come as evenly as they were sent.
        if now < self._due - self._interval / 4:
            return False
        self._due = max(self._due, now) + self._interval
        return True


@dataclass(eq=False)
class Feed:
    """A subscription: the handle under which somebody receives a data track."""

    handle: int
    frames: Frames = field(default_factory=Frames)


_VERSION = 0
# Bytes of a packet before its extensions: flags, handle, sequence, frame number, timestamp.
_HEADER = 12
_MAX_HANDLE = 0xFFFF
# Protocol §3.9.
_LONGEST_NAME = 256
# Data tracks of one participant, and bytes of a request: everybody is told of all of them, again
# with every change. Raising them lets one participant make updates longer for all.
_MOST_TRACKS = 32
_LARGEST_REQUEST = 4096
# Frames whose packets may be interleaved; more remembers longer, less cuts frames that come late.
_FRAMES_AT_ONCE = 8
