"""The rules of one live room: who is in, who publishes what to whom, who may be transcribed.

Pure: methods take what happened, and `now` in seconds of any steady clock, and return the effects
to carry out in order. Speaks LiveKit's messages as values; knows no socket, packet or row.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from livekit.protocol import models, rtc
from livekit.protocol.models import DisconnectReason, ParticipantInfo, RoomEndReason, TrackInfo
from livekit.protocol.room import CreateRoomRequest, RoomConfiguration, UpdateParticipantRequest
from livekit.protocol.rtc import LeaveRequest, RequestResponse, SignalResponse

from visio import quality, roster, signals
from visio.datatracks import DataTracks, refuse_data_track
from visio.effects import (
    Closed,
    Compete,
    Departed,
    Effect,
    Publication,
    RefreshToken,
    Report,
    SetLayer,
    SetMuted,
    Subscribe,
    Tap,
    Tell,
    Unsubscribe,
    Untap,
)
from visio.hands import Hands
from visio.roster import Announced, Audience, Newcomer, Participant, Track
from visio.terms import Terms


class Room:
    """One live room. `make_id("TR_AM")` must return a fresh id that begins so.

    `title` is None for a room that only LiveKit programs know: its metadata is then what they
    choose, and otherwise made here.
    """

    def __init__(
        self,
        name: str,
        created_at: int,
        make_id: Callable[[str], str],
        *,
        title: str | None = None,
        meeting: str = "",
        terms: Terms | None = None,
    ) -> None:
        self.name = name
        self.sid = make_id("RM_")
        self.title = title
        self.meeting = meeting
        self.terms = terms or Terms()
        self.settings: Mapping[str, object] = {}
        self.transcription = False
        self.spotlight = ""
        self.participants: dict[str, Participant] = {}
        self._created_at = created_at
        self._make_id = make_id
        # Ends what a server puts into encrypted streams; 140 random bits.
        self._trailer = make_id(make_id("")).encode()
        self._visited = False
        self._nonces: dict[bytes, float] = {}
        self.speaking: dict[str, float] = {}
        self._hands = Hands()
        self.data_tracks = DataTracks(self.participants, make_id)
        self._deadlines: dict[tuple[str, ...], float] = {}
        self._gone: list[tuple[float, ParticipantInfo]] = []

    # Beginning and end

    @property
    def over(self) -> bool:
        """Whether nobody is in it nor awaited any more."""
        return not self.participants and ("closed",) not in self._deadlines

    def open(self) -> list[Effect]:
        """The room exists from now on."""
        return [Report("room_started")]

    def configure(self, asked: CreateRoomRequest | RoomConfiguration, now: float) -> list[Effect]:
        """Somebody makes the room, perhaps again: it waits for participants from `now`."""
        before, self.terms = self.terms, self.terms.changed(asked)
        self._deadlines.pop(("closed",), None)
        self._await_somebody(now)
        return self._tell_room() if self.terms != before else []

    def set_metadata(self, metadata: str) -> list[Effect]:
        """A program gives the room other metadata; "" removes it."""
        self.terms = replace(self.terms, metadata=metadata)
        return self._tell_room()

    def set_settings(self, title: str, settings: Mapping[str, object], most: int) -> list[Effect]:
        """Hosts chose these, which clients are shown; at most so many may be in (0: any)."""
        self.title, self.settings = title, settings
        self.terms = replace(self.terms, max_participants=most)
        return self._tell_room()

    def set_spotlight(self, identity: str) -> list[Effect]:
        """Somebody, perhaps away for a moment, is in front for everybody; "" nobody any more."""
        if identity == self.spotlight:
            return []
        self.spotlight = identity
        return self._tell_room()

    def finish(self, reason: RoomEndReason) -> list[Effect]:
        """The room is gone."""
        return [Report("room_finished", reason=reason)]

    # Who is in

    @property
    def busy(self) -> bool:
        """Whether anybody is in who keeps it open."""
        return bool(self._counted())

    @property
    def visited(self) -> bool:
        """Whether anybody was in who keeps it open, if not now."""
        return self._visited

    def admits(self, identity: str, *, dependent: bool) -> bool:
        """Whether somebody of that identity has room; who is in already takes their own place."""
        inside = [p for p in self._counted() if p.identity != identity]
        most = self.terms.max_participants
        return dependent or not most or len(inside) < most

    def join(self, newcomer: Newcomer, sid: str, joined_at: int, now: float) -> list[Effect]:
        """Let somebody in under a fresh `sid`; whoever had the identity before is out."""
        effects: list[Effect] = []
        gone: list[ParticipantInfo] = []
        if old := self.find(newcomer.identity):
            effects += self._remove(old, models.DUPLICATE_IDENTITY, now, LeaveRequest.DISCONNECT)
            self._remember(old, now)
            gone.append(old.info())
        participant = roster.enter(newcomer, sid, joined_at)
        participant.heard_at = now
        self.participants[sid] = participant
        self._visited = self._visited or not participant.dependent
        self._await_somebody(now)
        self._deadlines.setdefault(("counts",), now + _COUNTS_DELAY)
        self._deadlines["inactive", sid] = now + _JOIN_LIMIT
        self._deadlines["token", sid] = now + _TOKEN_REFRESH
        effects.append(Tell((sid,), SignalResponse(join=self._welcome(participant))))
        effects.append(RefreshToken(sid))
        effects += self._announce(participant, *gone, itself=False)
        if participant.records:
            effects += self._tell_room()
        effects += self._review([participant], self._all_published(), now)
        return effects + self.data_tracks.welcome(participant)

    def activate(self, sid: str, now: float) -> list[Effect]:
        """The participant's media connection stands (again)."""
        if not (participant := self.participants.get(sid)):
            return []
        self._deadlines.pop(("media", sid), None)
        if participant.active:
            return []
        self._deadlines.pop(("inactive", sid), None)
        participant.state = ParticipantInfo.ACTIVE
        return [
            *self._announce(participant),
            *self._grade_newcomer(participant),
            Report("participant_joined", participant.info()),
        ]

    def leave(self, sid: str, reason: DisconnectReason, now: float) -> list[Effect]:
        """The participant went, by itself or because its connection did."""
        if not (participant := self.participants.get(sid)):
            return []
        effects = self._remove(participant, reason, now)
        return effects + self._tell_departure(participant, now)

    def dismiss(
        self,
        sid: str,
        reason: DisconnectReason,
        now: float,
        action: LeaveRequest.Action = LeaveRequest.DISCONNECT,
    ) -> list[Effect]:
        """Send the participant away."""
        if not (participant := self.participants.get(sid)):
            return []
        effects = self._remove(participant, reason, now, action)
        return effects + self._tell_departure(participant, now)

    def note_alive(self, sid: str, now: float) -> None:
        """The participant's client said something."""
        if participant := self.participants.get(sid):
            participant.heard_at = now

    def lose_signal(self, sid: str, now: float) -> list[Effect]:
        """The participant's socket broke: while its media flows it has time to come back."""
        if not (participant := self.participants.get(sid)):
            return []
        if not participant.active or ("media", sid) in self._deadlines:
            return self.leave(sid, models.SIGNAL_CLOSE, now)
        participant.away = True
        self._deadlines["away", sid] = now + _AWAY_LIMIT
        return []

    def lose_media(self, sid: str, now: float, *, for_good: bool = False) -> list[Effect]:
        """The participant's media connection broke; unless `for_good`, a resume may mend it.

        Without a socket too the participant is gone. One that hangs up ends its media a moment
        before its leave is read: that moment is left to it.
        """
        if not (participant := self.participants.get(sid)):
            return []
        if participant.away or not participant.active:
            return self.leave(sid, models.CONNECTION_TIMEOUT, now)
        self._deadlines["media", sid] = now + (_HANGUP if for_good else _MEDIA_LIMIT)
        if for_good:
            return []
        return [Tell((sid,), signals.leave(models.CONNECTION_TIMEOUT, LeaveRequest.RESUME))]

    def resume(self, sid: str, now: float) -> list[Effect]:
        """The participant is back on a new socket: tell it everything it may have missed."""
        participant = self.participants[sid]
        missed = self._missed(participant)
        participant.away, participant.heard_at = False, now
        self._deadlines.pop(("away", sid), None)
        participant.version += 1
        everybody = [participant.info(), *(other.info() for other in self._visible_to(participant))]
        effects: list[Effect] = [Tell((sid,), SignalResponse(reconnect=rtc.ReconnectResponse()))]
        if missed:
            effects.append(Tell((sid,), signals.update(missed)))
        return [
            *effects,
            Tell((sid,), signals.update(everybody)),
            Tell((sid,), SignalResponse(room_update=rtc.RoomUpdate(room=self.info()))),
            RefreshToken(sid),
            *self._repeat_qualities(participant),
            *self._repeat_levels(participant),
            *self.data_tracks.remind(participant),
        ]

    def sync(self, sid: str, state: rtc.SyncState, now: float) -> list[Effect]:
        """What a resumed client believes: a track we do not know of means starting over."""
        participant = self.participants[sid]
        data_tracks = {info.sid for info in participant.data_tracks.values()}
        if not (
            all(participant.track_info(told.track.sid) for told in state.publish_tracks)
            and data_tracks.issuperset(told.info.sid for told in state.publish_data_tracks)
        ):
            return self.dismiss(sid, models.STATE_MISMATCH, now, LeaveRequest.RECONNECT)
        disabled = rtc.UpdateTrackSettings(track_sids=state.track_sids_disabled, disabled=True)
        return [
            *self.set_track_settings(sid, disabled, now),
            *self.update_subscription(sid, state.subscription, now),
            *self.data_tracks.update(participant, state.data_subscription),
        ]

    def find(self, identity: str) -> Participant | None:
        """The participant of that identity."""
        return next((p for p in self.participants.values() if p.identity == identity), None)

    def info(self) -> models.Room:
        """The room as clients are shown it."""
        shown = [p for p in self._counted() if not p.permission.hidden]
        return models.Room(
            sid=self.sid,
            name=self.name,
            empty_timeout=self.terms.empty_timeout,
            departure_timeout=self.terms.departure_timeout,
            max_participants=self.terms.max_participants,
            creation_time=self._created_at // 1000,
            creation_time_ms=self._created_at,
            enabled_codecs=[models.Codec(mime=mime) for mime in CODECS],
            metadata=self._metadata(),
            num_participants=len(shown),
            num_publishers=sum(bool(p.tracks) for p in shown),
            active_recording=any(p.records for p in self.participants.values()),
        )

    # Time

    def deadline(self) -> float | None:
        """When `handle_timeout` has something to do."""
        return min(self._deadlines.values(), default=None)

    def handle_timeout(self, now: float) -> list[Effect]:
        """Do what is due."""
        effects: list[Effect] = []
        for key in [key for key, due in self._deadlines.items() if due <= now]:
            if self._deadlines.pop(key, None) is not None:
                effects += _TIMEOUTS[key[0]](self, now, *key[1:])
        return effects

    def pretend_to_speak(self, sid: str, seconds: int, now: float) -> list[Effect]:
        """A client tests itself: everybody is told that its participant speaks, for a while."""
        self._deadlines["pretence", sid] = now + max(0, min(seconds, _LONGEST_PRETENCE))
        return self._tell_pretence(sid, _PRETENDED_LEVEL)

    # What is published

    def add_track(self, sid: str, request: rtc.AddTrackRequest, now: float) -> list[Effect]:
        """A client announces a track; its media section may have come before."""
        participant = self.participants[sid]
        if reason := roster.refuse_track(participant, request):
            return [_answer(sid, RequestResponse(reason=reason, add_track=request))]
        if request.sid:
            return self._add_backup(participant, request, now)
        info = roster.track_info(request, self._make_id(roster.track_prefix(request)))
        cids = frozenset({request.cid, *(codec.cid for codec in request.simulcast_codecs)}) - {""}
        announced = participant.announced[info.sid] = Announced(cids, info)
        told = rtc.TrackPublishedResponse(cid=request.cid, track=info)
        effects: list[Effect] = [Tell((sid,), SignalResponse(track_published=told))]
        for cid in cids & participant.unclaimed.keys():
            publication = participant.unclaimed.pop(cid)
            effects += self._publish(participant, announced, publication, now)
        return effects

    def publish(self, sid: str, publication: Publication, now: float) -> list[Effect]:
        """A media section of the participant is negotiated: announce the track it carries."""
        participant = self.participants[sid]
        if announced := roster.claimant(participant, publication):
            return self._publish(participant, announced, publication, now)
        if cid := roster.backed_up(participant, publication):
            backup = participant.backups.pop(cid)
            return self._publish_backup(participant.tracks[backup.track], publication, now)
        participant.unclaimed[publication.cid] = publication
        return []

    def unpublish(self, sid: str, publication: Publication, now: float) -> list[Effect]:
        """The participant no longer sends that media section: its track, or that codec, is gone."""
        participant = self.participants[sid]
        participant.unclaimed.pop(publication.cid, None)
        tracks = participant.tracks.values()
        track = next((track for track in tracks if publication in track.publications), None)
        if not track:
            return []
        if publication in track.backups:
            return self._drop_backup(track, publication, now)
        effects = self._drop_track(track)
        return effects + self._announce(participant)

    def mute(self, sid: str, request: rtc.MuteTrackRequest) -> list[Effect]:
        """The participant muted or unmuted a track of its own."""
        participant = self.participants[sid]
        if not (info := participant.track_info(request.sid)):
            return [_answer(sid, RequestResponse(reason=RequestResponse.NOT_FOUND, mute=request))]
        info.muted = request.muted
        effects = self._change_track(participant, info)
        if track := participant.tracks.get(request.sid):
            effects += [SetMuted(sent.id, request.muted) for sent in track.publications]
        if request.muted and roster.is_microphone(info):
            effects += self._say({sid: 0.0} if self.speaking.pop(sid, None) else {})
        return effects

    def update_audio_track(self, sid: str, request: rtc.UpdateLocalAudioTrack) -> list[Effect]:
        """The features of an own audio track changed."""
        participant = self.participants[sid]
        if not (info := participant.track_info(request.track_sid)):
            reason = RequestResponse.NOT_FOUND
            return [_answer(sid, RequestResponse(reason=reason, update_audio_track=request))]
        info.ClearField("audio_features")
        info.audio_features.extend(request.features)
        return self._change_track(participant, info)

    def update_video_track(self, sid: str, request: rtc.UpdateLocalVideoTrack) -> list[Effect]:
        """The size of an own video track changed."""
        participant = self.participants[sid]
        if not (info := participant.track_info(request.track_sid)):
            reason = RequestResponse.NOT_FOUND
            return [_answer(sid, RequestResponse(reason=reason, update_video_track=request))]
        info.width, info.height = request.width, request.height
        return self._change_track(participant, info)

    def preferred_codecs(self, sid: str) -> dict[str, str]:
        """The codec that each announced cid asked for, as a MIME type."""
        participant = self.participants[sid]
        tracks: list[Track | Announced] = [*participant.tracks.values()]
        tracks += participant.announced.values()
        wishes = {
            cid: mime for track in tracks if (mime := roster.wish(track.info)) for cid in track.cids
        }
        sent = {
            backup.cid: backup.mime
            for track in participant.tracks.values()
            for backup in track.backups
        }
        return wishes | sent | {cid: told.mime for cid, told in participant.backups.items()}

    def publish_data_track(self, sid: str, request: rtc.PublishDataTrackRequest) -> list[Effect]:
        """The participant wants to send frames of data on a track of its own."""
        participant = self.participants[sid]
        if reason := refuse_data_track(participant, request):
            return [_answer(sid, RequestResponse(reason=reason, publish_data_track=request))]
        return [
            *self.data_tracks.publish(participant, request),
            *self._announce(participant),
            *self.data_tracks.invite(participant),
        ]

    def unpublish_data_track(
        self, sid: str, request: rtc.UnpublishDataTrackRequest
    ) -> list[Effect]:
        """The participant ends a data track."""
        participant = self.participants[sid]
        if request.pub_handle not in participant.data_tracks:
            reason = RequestResponse.NOT_FOUND
            return [_answer(sid, RequestResponse(reason=reason, unpublish_data_track=request))]
        return [
            *self.data_tracks.unpublish(participant, request.pub_handle),
            *self._announce(participant),
        ]

    # Who receives it

    def update_data_subscription(
        self, sid: str, request: rtc.UpdateDataSubscription
    ) -> list[Effect]:
        """The participant says which data tracks it wants, or no longer wants."""
        return self.data_tracks.update(self.participants[sid], request)

    def update_subscription(
        self, sid: str, request: rtc.UpdateSubscription, now: float
    ) -> list[Effect]:
        """The participant says which tracks it wants, or no longer wants."""
        participant = self.participants[sid]
        named = [
            *request.track_sids,
            *(t for p in request.participant_tracks for t in p.track_sids),
        ]
        known = {track.sid: track for track in self._all_published()}
        for track_sid in named:
            if track_sid in known or len(participant.choices) < _MOST_CHOICES:
                participant.choices[track_sid] = request.subscribe
            if participant.choices.get(track_sid) and track_sid not in known:
                self._deadlines["missing", sid, track_sid] = now + _MISSING_LIMIT
        return self._review([participant], [known[t] for t in named if t in known], now)

    def set_track_settings(
        self, sid: str, settings: rtc.UpdateTrackSettings, now: float
    ) -> list[Effect]:
        """The participant says how well it wants to see tracks; kept until they are subscribed."""
        participant = self.participants[sid]
        known = {track.sid: track for track in self._all_published()}
        effects: list[Effect] = []
        for track_sid in settings.track_sids:
            if track_sid in known or len(participant.settings) < _MOST_CHOICES:
                participant.settings[track_sid] = settings
            if track_sid in known and sid in known[track_sid].subscribers:
                effects.append(_layer(participant, known[track_sid]))
            if track_sid in known and known[track_sid].concerns(sid):
                effects += self._ask_quality(known[track_sid], now)
        return effects

    def change_stream(self, sid: str, track_sid: str, *, paused: bool) -> list[Effect]:
        """A track does not fit on the way to a subscriber, or fits again: its client is told."""
        track = next((track for track in self._all_published() if track.sid == track_sid), None)
        if not track or sid not in track.subscribers:
            return []
        return [Tell((sid,), signals.stream_state(track.owner.sid, track_sid, paused=paused))]

    def fail_subscription(self, sid: str, track_sid: str, now: float) -> list[Effect]:
        """The participant's client cannot decode the codec it was sent the track in."""
        participant = self.participants[sid]
        track = next((track for track in self._all_published() if track.sid == track_sid), None)
        if not track or sid not in track.subscribers:
            return self._refuse(participant, track_sid)
        participant.undecodable.add(track.subscribers.pop(sid).id)
        return [*self._subscribe(participant, track, now), *self._ask_quality(track, now)]

    def set_subscription_permission(
        self, sid: str, granted: rtc.SubscriptionPermission, now: float
    ) -> list[Effect]:
        """The participant says who may receive its tracks."""
        owner = self.participants[sid]
        before, owner.audience = owner.audience, Audience.of(granted)
        effects: list[Effect] = []
        for track in owner.tracks.values():
            for allowed in (True, False):
                changed = [
                    other
                    for other in self._others(owner)
                    if owner.audience.includes(other, track.sid) == allowed
                    and before.includes(other, track.sid) != allowed
                ]
                message = signals.permission(sid, track.sid, allowed=allowed)
                effects += _tell((other.sid for other in changed), message)
                effects += self._review(changed, [track], now)
        if owner.data_tracks and owner.audience != before:
            effects += self.data_tracks.remind_all()
        return effects

    def audience(
        self, sid: str, identities: Sequence[str] = (), sids: Sequence[str] = ()
    ) -> list[Participant]:
        """Whom data of a participant goes to: those named, else everybody; never itself."""
        return [
            other
            for other in self.participants.values()
            if other.sid != sid
            and other.active
            and (not (identities or sids) or other.identity in identities or other.sid in sids)
        ]

    def hear(self, levels: Mapping[int, float]) -> list[Effect]:
        """Who speaks now: linear levels by publication id; tells what changed."""
        speaking: dict[str, float] = {}
        for track in self._all_published():
            level = levels.get(track.publication.id, 0.0)
            if level > 0 and track.is_microphone and not track.info.muted:
                told = signals.told_level(level)
                speaking[track.owner.sid] = max(speaking.get(track.owner.sid, 0), told)
        changed = {sid: level for sid, level in speaking.items() if level != self.speaking.get(sid)}
        changed |= dict.fromkeys(self.speaking.keys() - speaking.keys(), 0.0)
        self.speaking = speaking
        return self._say(changed)

    def rate(self, sid: str, score: float) -> list[Effect]:
        """How well the tracks of a participant get through now, 100 to 0; tells another grade."""
        participant = self.participants[sid]
        before, participant.score = participant.score, score
        if quality.grade(score) == quality.grade(before):
            return []
        receivers = {sid for track in participant.tracks.values() for sid in track.subscribers}
        return _tell([sid, *sorted(receivers)], signals.connection_quality({sid: score}))

    # What they say of themselves

    def update_metadata(self, sid: str, request: rtc.UpdateParticipantMetadata) -> list[Effect]:
        """The participant changes its name, metadata or attributes; "" deletes an attribute."""
        participant = self.participants[sid]
        reason, sentence = roster.refuse_metadata(participant, request)
        answer = RequestResponse(
            request_id=request.request_id, reason=reason, message=sentence, update_metadata=request
        )
        if reason != RequestResponse.OK:
            return [_answer(sid, answer)]
        _describe(participant, request)
        answers = [_answer(sid, answer)] if participant.client.protocol > _SILENT_SUCCESS else []
        return [*answers, *self._announce(participant), RefreshToken(sid)]

    # What programs decide for them

    def update_participant(
        self, sid: str, request: UpdateParticipantRequest, now: float
    ) -> list[Effect]:
        """Give the participant another name, metadata, attributes or permission (protocol §4.7)."""
        participant = self.participants[sid]
        _describe(participant, request)
        effects: list[Effect] = []
        if request.HasField("permission"):
            effects += self._permit(participant, request.permission, now)
        return [*effects, *self._announce(participant), RefreshToken(sid)]

    def mute_for(self, sid: str, track_sid: str) -> list[Effect]:
        """Mute a track for its publisher, whose client is told to."""
        request = rtc.MuteTrackRequest(sid=track_sid, muted=True)
        return [Tell((sid,), SignalResponse(mute=request)), *self.mute(sid, request)]

    def is_new(self, nonce: bytes, now: float) -> bool:
        """Whether data with that nonce was not sent before; without one it is always new."""
        # They lie in the order of their time.
        while self._nonces and next(iter(self._nonces.values())) <= now:
            del self._nonces[next(iter(self._nonces))]
        if nonce in self._nonces:
            return False
        if nonce:
            self._nonces[nonce] = now + _NONCE_LIFE
        return True

    # Raised hands

    def set_hand(self, sid: str, raised: bool, now: float) -> list[Effect]:
        """The participant raises its hand, behind those that are up already, or lowers it."""
        participant = self.participants[sid]
        place = participant.attributes.get(roster.HAND, "")
        if raised == bool(place) or participant.permission.hidden:
            return []
        if place:
            self._hands.keep(sid, place, now)
        participant.attributes[roster.HAND] = self._hands.place(sid, now) if raised else ""
        return self._announce(participant)

    def lower_hands(self, identity: str | None = None) -> list[Effect]:
        """A host lowers somebody's hand, or without `identity` all of them."""
        lowered = [
            participant
            for participant in self.participants.values()
            if participant.attributes.get(roster.HAND) and identity in (None, participant.identity)
        ]
        for participant in lowered:
            participant.attributes[roster.HAND] = ""
            participant.version += 1
        if not lowered:
            return []
        return _tell(self.participants, signals.update([one.info() for one in lowered]))

    # Transcription

    def set_transcription(self, on: bool) -> list[Effect]:
        """A host turns transcription on or off; off forgets every answer, so on asks again."""
        if on == self.transcription:
            return []
        self.transcription = on
        effects = self._retap()
        for participant in self.participants.values():
            if not on and participant.attributes.get(answer := roster.CONSENTS["transcription"]):
                participant.attributes[answer] = ""
                effects += self._announce(participant)
        return effects + self._tell_room()

    def set_consent(self, sid: str, kind: str, granted: bool) -> list[Effect]:
        """The participant answered whether it may be transcribed or recorded, maybe otherwise."""
        participant = self.participants[sid]
        participant.attributes[roster.CONSENTS[kind]] = "granted" if granted else "refused"
        return [*self._retap(), *self._announce(participant)]

    def set_shared_microphone(
        self, sid: str, shared: bool, people: int | None = None
    ) -> list[Effect]:
        """Several people, maybe so many, sit at the participant's microphone, or no longer."""
        participant = self.participants[sid]
        before = dict(participant.attributes)
        participant.attributes[roster.SHARED_MICROPHONE] = "true" if shared else ""
        participant.attributes[roster.MICROPHONE_PEOPLE] = str(people or "")
        changed = {
            key for key, value in participant.attributes.items() if value != before.get(key, "")
        }
        if not changed:
            return []
        taps = [_tap(track) for track in participant.tracks.values() if track.tapped]
        anew = taps if roster.SHARED_MICROPHONE in changed else []
        return [*anew, *self._announce(participant)]

    # Below: steps shared by the methods above.

    def _welcome(self, participant: Participant) -> rtc.JoinResponse:
        return rtc.JoinResponse(
            room=self.info(),
            participant=participant.info(),
            other_participants=[other.info() for other in self._visible_to(participant)],
            sif_trailer=self._trailer,
        )

    def _counted(self) -> list[Participant]:
        return [p for p in self.participants.values() if not p.dependent]

    def _await_somebody(self, now: float) -> None:
        """Without anybody who keeps it the room has an end, which nobody puts off but a join."""
        if self._counted():
            self._deadlines.pop(("closed",), None)
        else:
            terms = self.terms
            limit = terms.departure_timeout if self._visited else terms.empty_timeout
            self._deadlines.setdefault(("closed",), now + limit)

    def _permit(
        self, participant: Participant, permission: models.ParticipantPermission, now: float
    ) -> list[Effect]:
        granted = models.ParticipantPermission()
        granted.CopyFrom(permission)
        # Who came in hidden stays so, and the other way round: clients cannot follow a change.
        granted.hidden = participant.permission.hidden
        participant.permission = granted
        effects: list[Effect] = []
        published: list[Track | Announced] = [*participant.tracks.values()]
        for one in [*published, *participant.announced.values()]:
            if not roster.may_publish(granted, one.info.source):
                effects += self._revoke(participant, one)
        if not granted.can_publish_data:
            effects += self.data_tracks.revoke(participant)
        effects += self.data_tracks.remind(participant)
        return effects + self._review([participant], self._all_published(), now)

    def _revoke(self, owner: Participant, one: Track | Announced) -> list[Effect]:
        told = rtc.TrackUnpublishedResponse(track_sid=one.info.sid)
        effects: list[Effect] = [Tell((owner.sid,), SignalResponse(track_unpublished=told))]
        if isinstance(one, Track):
            return effects + self._drop_track(one)
        del owner.announced[one.info.sid]
        return effects

    def _others(self, participant: Participant) -> list[Participant]:
        return [other for other in self.participants.values() if other is not participant]

    def _visible_to(self, participant: Participant) -> list[Participant]:
        return [other for other in self._others(participant) if not other.permission.hidden]

    def _all_published(self) -> list[Track]:
        return [track for p in self.participants.values() for track in p.tracks.values()]

    def _remove(
        self,
        participant: Participant,
        reason: DisconnectReason,
        now: float,
        action: LeaveRequest.Action | None = None,
    ) -> list[Effect]:
        """Take somebody out; others are not told yet."""
        sid, was_active = participant.sid, participant.active
        effects: list[Effect] = []
        if action is not None:
            effects.append(Tell((sid,), signals.leave(reason, action)))
        del self.participants[sid]
        for track in list(participant.tracks.values()):
            effects += self._drop_track(track)
        for track in self._all_published():
            if track.concerns(sid):
                track.subscribers.pop(sid, None)
                track.waiting.discard(sid)
                effects += self._ask_quality(track, now)
        self.data_tracks.forget(participant)
        participant.state, participant.reason = ParticipantInfo.DISCONNECTED, reason
        participant.version += 1
        self._forget(sid)
        self._deadlines.setdefault(("counts",), now + _COUNTS_DELAY)
        self._await_somebody(now)
        if participant.records:
            effects += self._tell_room()
        event = "participant_left" if was_active else "participant_connection_aborted"
        return [*effects, Report(event, participant.info()), Departed(sid)]

    def _forget(self, sid: str) -> None:
        self._hands.forget(sid)
        self.speaking.pop(sid, None)
        for key in [key for key in self._deadlines if key[1:2] == (sid,)]:
            del self._deadlines[key]

    def _remember(self, gone: Participant, now: float) -> None:
        """Clients that cannot be reached are told of a departure when they resume."""
        self._gone = [one for one in self._gone if one[0] > now - _REMEMBERED]
        if not gone.permission.hidden:
            self._gone.append((now, gone.info()))

    def _missed(self, participant: Participant) -> list[ParticipantInfo]:
        """Who left since what the participant was told may not have arrived."""
        since = participant.heard_at - _DOUBT
        return [info for left_at, info in self._gone if left_at >= since]

    def _tell_departure(self, participant: Participant, now: float) -> list[Effect]:
        self._remember(participant, now)
        if participant.permission.hidden:
            return []
        return _tell(self.participants, signals.update([participant.info()]))

    def _announce(
        self, participant: Participant, *gone: ParticipantInfo, itself: bool = True
    ) -> list[Effect]:
        """Tell everybody how the participant is now."""
        if itself:
            participant.version += 1
        audience = [] if participant.permission.hidden else self._others(participant)
        told = [other.sid for other in audience] + [participant.sid] * itself
        return _tell(told, signals.update([*gone, participant.info()]))

    def _tell_room(self) -> list[Effect]:
        return _tell(
            self.participants, SignalResponse(room_update=rtc.RoomUpdate(room=self.info()))
        )

    def _metadata(self) -> str:
        if self.title is None:
            return self.terms.metadata
        transcription = "on" if self.transcription else "off"
        shown = {"title": self.title, "meeting": self.meeting, "transcription": transcription}
        shown["spotlight"] = self.spotlight
        return json.dumps({**shown, **self.settings}, ensure_ascii=False)

    def _grade_newcomer(self, newcomer: Participant) -> list[Effect]:
        """Tell a newcomer how everybody's connection is, and everybody how its is."""
        scores = {p.sid: p.score for p in self.participants.values() if p.active}
        rest = [sid for sid in scores if sid != newcomer.sid]
        return [
            *_tell([newcomer.sid], signals.connection_quality(scores)),
            *_tell(rest, signals.connection_quality({newcomer.sid: newcomer.score})),
        ]

    # Tracks and subscriptions

    def _publish(
        self, owner: Participant, announced: Announced, publication: Publication, now: float
    ) -> list[Effect]:
        info = announced.info
        del owner.announced[info.sid]
        roster.describe(info, publication)
        track = owner.tracks[info.sid] = Track(owner, announced.cids, info, publication)
        if info.type == models.VIDEO:
            self._deadlines["quality", owner.sid, info.sid] = now + _UNWATCHED_LIMIT
        effects: list[Effect] = [SetMuted(publication.id, True)] if info.muted else []
        if track.is_microphone:
            effects.append(Compete(publication.id))
        effects += self._announce(owner)
        effects += self._review(self._others(owner), [track], now)
        return [*effects, *self._retap(), _report_track("track_published", track)]

    # Other codecs of a track, for those who cannot decode the first (protocol §2.5, §4.1)

    def _add_backup(
        self, owner: Participant, request: rtc.AddTrackRequest, now: float
    ) -> list[Effect]:
        info = owner.tracks[request.sid].info
        mime = roster.backup_mime(info, request)
        roster.announce_backup(info, mime, request)
        owner.backups[request.cid] = roster.Backup(request.sid, mime)
        told = rtc.TrackPublishedResponse(cid=request.cid, track=info)
        effects: list[Effect] = [Tell((owner.sid,), SignalResponse(track_published=told))]
        if publication := owner.unclaimed.pop(request.cid, None):
            effects += self.publish(owner.sid, publication, now)
        return effects

    def _publish_backup(self, track: Track, publication: Publication, now: float) -> list[Effect]:
        """Who waited gets it; so does everybody, unless the owner means to send both."""
        track.backups.append(publication)
        roster.describe_backup(track.info, publication)
        effects: list[Effect] = [SetMuted(publication.id, True)] if track.info.muted else []
        effects += self._change_track(track.owner, track.info)
        effects += self._admit_waiting(track, now)
        return effects + self._change_codecs(track, now)

    def _admit_waiting(self, track: Track, now: float) -> list[Effect]:
        waiting, track.waiting = sorted(track.waiting), set()
        effects: list[Effect] = []
        for sid in waiting:
            self._deadlines.pop(("backup", sid, track.sid), None)
            effects += self._subscribe(self.participants[sid], track, now)
        return effects

    def _change_codecs(self, track: Track, now: float) -> list[Effect]:
        """Give everybody the codec that is right for them now."""
        effects: list[Effect] = []
        for sid, publication in list(track.subscribers.items()):
            subscriber = self.participants[sid]
            if roster.decodable(subscriber, track) is not publication:
                del track.subscribers[sid]
                effects.append(Unsubscribe(sid, track.sid))
                effects += self._subscribe(subscriber, track, now)
        return effects + self._ask_quality(track, now)

    def _drop_backup(self, track: Track, publication: Publication, now: float) -> list[Effect]:
        track.backups.remove(publication)
        track.asked.pop(publication.mime, None)
        effects = self._change_codecs(track, now)
        return effects + self._change_track(track.owner, track.info)

    def _await_backup(self, subscriber: Participant, track: Track, now: float) -> list[Effect]:
        """Have the publisher send another codec, which the subscriber may be able to decode."""
        if not roster.promised(track):
            return self._refuse(subscriber, track.sid)
        track.waiting.add(subscriber.sid)
        self._deadlines["backup", subscriber.sid, track.sid] = now + _BACKUP_LIMIT
        self._deadlines.setdefault(("again", track.owner.sid, track.sid), now + _ASK_AGAIN)
        return []

    def _refuse(self, subscriber: Participant, track_sid: str) -> list[Effect]:
        subscriber.choices[track_sid] = False
        told = rtc.SubscriptionResponse(track_sid=track_sid, err=models.SE_CODEC_UNSUPPORTED)
        return _tell([subscriber.sid], SignalResponse(subscription_response=told))

    def _ask_again(self, now: float, sid: str, track_sid: str) -> list[Effect]:
        """The web client ignores what it is asked of a track whose publishing is not over yet."""
        track = self.participants[sid].tracks[track_sid]
        if not track.waiting:
            return []
        self._deadlines["again", sid, track_sid] = now + _ASK_AGAIN
        return [Tell((sid,), signals.qualities(track_sid, track.asked))]

    def _report_undecodable(self, now: float, sid: str, track_sid: str) -> list[Effect]:
        """The publisher has not sent another codec in time."""
        subscriber = self.participants[sid]
        (track,) = [track for track in self._all_published() if track.sid == track_sid]
        track.waiting.discard(sid)
        return self._refuse(subscriber, track_sid) + self._ask_quality(track, now)

    def _change_track(self, owner: Participant, info: TrackInfo) -> list[Effect]:
        info.version.ticks += 1
        return self._announce(owner) if info.sid in owner.tracks else []

    def _drop_track(self, track: Track) -> list[Effect]:
        del track.owner.tracks[track.sid]
        effects: list[Effect] = _untap(track) if track.tapped else []
        effects += [Unsubscribe(sid, track.sid) for sid in track.subscribers]
        for sid in track.waiting:
            self._deadlines.pop(("backup", sid, track.sid), None)
        track.subscribers.clear()
        track.waiting.clear()
        backups = track.owner.backups
        track.owner.backups = {c: told for c, told in backups.items() if told.track != track.sid}
        for participant in self.participants.values():
            participant.undecodable -= {publication.id for publication in track.publications}
            participant.choices.pop(track.sid, None)
            participant.settings.pop(track.sid, None)
        for key in ("quality", "again"):
            self._deadlines.pop((key, track.owner.sid, track.sid), None)
        return [*effects, _report_track("track_unpublished", track)]

    def _review(
        self, subscribers: Collection[Participant], tracks: Iterable[Track], now: float
    ) -> list[Effect]:
        """Make what these subscribers receive of these tracks what they want and may."""
        effects: list[Effect] = []
        for track in tracks:
            changed = [p for p in subscribers if self._wants(p, track) != track.concerns(p.sid)]
            for subscriber in changed:
                if track.concerns(subscriber.sid):
                    effects += self._unsubscribe(subscriber, track)
                else:
                    effects += self._subscribe(subscriber, track, now)
            if changed:  # once for all of them: it looks at everybody who is sent the track
                effects += self._ask_quality(track, now)
        return effects

    def _wants(self, subscriber: Participant, track: Track) -> bool:
        return (
            track.owner is not subscriber
            and subscriber.permission.can_subscribe
            and subscriber.choices.get(track.sid, subscriber.auto_subscribe)
            and track.owner.audience.includes(subscriber, track.sid)
        )

    def _subscribe(self, subscriber: Participant, track: Track, now: float) -> list[Effect]:
        self._deadlines.pop(("missing", subscriber.sid, track.sid), None)
        if not (publication := roster.decodable(subscriber, track)):
            return self._await_backup(subscriber, track, now)
        # The reference sends exactly this stream id; clients split it at the one pipe.
        stream = f"{track.owner.sid}|{track.sid}"
        first = not track.subscribers
        track.subscribers[subscriber.sid] = publication
        effects: list[Effect] = [
            Subscribe(subscriber.sid, publication.id, stream, track.sid),
            _layer(subscriber, track),
        ]
        if first:
            told = rtc.TrackSubscribed(track_sid=track.sid)
            effects.append(Tell((track.owner.sid,), SignalResponse(track_subscribed=told)))
        if subscriber.active and track.owner.active:
            scores = {track.owner.sid: track.owner.score}
            effects += _tell([subscriber.sid], signals.connection_quality(scores))
        level = self.speaking.get(track.owner.sid)
        if track.is_microphone and level:
            effects += _tell([subscriber.sid], signals.speakers({track.owner.sid: level}))
        return effects

    def _unsubscribe(self, subscriber: Participant, track: Track) -> list[Effect]:
        self._deadlines.pop(("backup", subscriber.sid, track.sid), None)
        if subscriber.sid in track.waiting:
            track.waiting.discard(subscriber.sid)
            return []
        del track.subscribers[subscriber.sid]
        effects: list[Effect] = [Unsubscribe(subscriber.sid, track.sid)]
        if track.is_microphone and track.owner.sid in self.speaking:
            effects += _tell([subscriber.sid], signals.speakers({track.owner.sid: 0.0}))
        return effects

    def _ask_quality(self, track: Track, now: float) -> list[Effect]:
        """Dynacast: ask the publisher for more at once, for less only after a while."""
        if track.info.type != models.VIDEO:
            return []
        wanted, asked = self._wanted_qualities(track), track.asked
        if not asked and all(quality == roster.OFF for quality in wanted.values()):
            return []
        key = ("quality", track.owner.sid, track.sid)
        if any(quality < asked.get(mime, quality) for mime, quality in wanted.items()):
            self._deadlines.setdefault(key, now + _DOWNGRADE_DELAY)
        else:
            self._deadlines.pop(key, None)
        most = {mime: max(quality, asked.get(mime, quality)) for mime, quality in wanted.items()}
        return self._tell_qualities(track, most)

    def _wanted_qualities(self, track: Track) -> dict[str, int]:
        """The best quality somebody has use for, of each codec that is sent or has to be."""
        sent = [track.publication, *track.backups]
        wanted = {publication.mime: roster.OFF for publication in sent}
        promised = roster.promised(track)[:1] if track.waiting else []
        wanted |= dict.fromkeys(promised, roster.OFF)
        users = [(sid, publication.mime) for sid, publication in track.subscribers.items()]
        for sid, mime in [*users, *((sid, mime) for mime in promised for sid in track.waiting)]:
            quality = roster.useful_quality(self.participants[sid], track)
            wanted[mime] = max(wanted[mime], quality)
        return wanted

    def _tell_qualities(self, track: Track, wanted: dict[str, int]) -> list[Effect]:
        if wanted == track.asked:
            return []
        track.asked = wanted
        return _tell([track.owner.sid], signals.qualities(track.sid, wanted))

    def _repeat_qualities(self, owner: Participant) -> list[Effect]:
        """What a publisher was asked for may have been lost with its socket."""
        return [
            Tell((owner.sid,), signals.qualities(track.sid, track.asked))
            for track in owner.tracks.values()
            if track.asked
        ]

    # Transcription and speakers

    def _retap(self) -> list[Effect]:
        """Tap exactly the audible microphones of those who said yes, while transcription is on."""
        effects: list[Effect] = []
        for track in self._all_published():
            agreed = track.owner.consents_to("transcription")
            wanted = self.transcription and track.is_audible and agreed
            if wanted and not track.tapped:
                track.tapped = True
                effects.append(_tap(track))
            elif not wanted and track.tapped:
                effects += _untap(track)
        return effects

    def _say(self, changed: Mapping[str, float]) -> list[Effect]:
        """Tell each participant the changed levels of itself and of those it listens to."""
        heard: dict[tuple[tuple[str, float], ...], list[str]] = {}
        for listener in self.participants.values():
            levels = tuple((s, v) for s, v in changed.items() if self._hears(listener, s))
            if levels:
                heard.setdefault(levels, []).append(listener.sid)
        return [Tell(tuple(sids), signals.speakers(dict(levels))) for levels, sids in heard.items()]

    def _repeat_levels(self, listener: Participant) -> list[Effect]:
        """Who spoke and how connections were may have changed while the listener was away."""
        heard = [sid for sid in self.participants if self._hears(listener, sid)]
        levels = {sid: self.speaking.get(sid, 0.0) for sid in heard}
        scores = {p.sid: p.score for p in self.participants.values() if p.active}
        return [
            *_tell([listener.sid], signals.speakers(levels)),
            *_tell([listener.sid], signals.connection_quality(scores)),
        ]

    def _hears(self, listener: Participant, sid: str) -> bool:
        tracks = self.participants[sid].tracks.values() if sid in self.participants else ()
        return listener.sid == sid or any(
            track.is_microphone and listener.sid in track.subscribers for track in tracks
        )

    # Timeouts

    def _end_inactive(self, now: float, sid: str) -> list[Effect]:
        return self.dismiss(sid, models.JOIN_FAILURE, now)

    def _end_away(self, now: float, sid: str) -> list[Effect]:
        return self.leave(sid, models.SIGNAL_CLOSE, now)

    def _end_without_media(self, now: float, sid: str) -> list[Effect]:
        return self.dismiss(sid, models.CONNECTION_TIMEOUT, now, LeaveRequest.RECONNECT)

    def _end_pretence(self, _now: float, sid: str) -> list[Effect]:
        return self._tell_pretence(sid, 0.0)

    def _tell_pretence(self, sid: str, level: float) -> list[Effect]:
        hidden = self.participants[sid].permission.hidden
        return _tell([sid] if hidden else self.participants, signals.speakers({sid: level}))

    def _refresh_token(self, now: float, sid: str) -> list[Effect]:
        self._deadlines["token", sid] = now + _TOKEN_REFRESH
        return [RefreshToken(sid)]

    def _lower_quality(self, _now: float, sid: str, track_sid: str) -> list[Effect]:
        track = self.participants[sid].tracks[track_sid]
        return self._tell_qualities(track, self._wanted_qualities(track))

    def _report_missing(self, _now: float, sid: str, track_sid: str) -> list[Effect]:
        told = rtc.SubscriptionResponse(track_sid=track_sid, err=models.SE_TRACK_NOTFOUND)
        return _tell([sid], SignalResponse(subscription_response=told))

    def _tell_counts(self, _now: float) -> list[Effect]:
        return self._tell_room()

    def _close(self, now: float) -> list[Effect]:
        inside = list(self.participants)
        effects = [e for sid in inside for e in self.dismiss(sid, models.ROOM_CLOSED, now)]
        self._deadlines.pop(("closed",), None)
        return [*effects, Closed()]


def _describe(
    participant: Participant, told: rtc.UpdateParticipantMetadata | UpdateParticipantRequest
) -> None:
    """Empty texts leave as it is; an empty attribute is deleted."""
    participant.name = told.name or participant.name
    participant.metadata = told.metadata or participant.metadata
    participant.attributes |= told.attributes
    for key in [key for key, value in told.attributes.items() if not value]:
        del participant.attributes[key]


def _report_track(event: str, track: Track) -> Effect:
    info = TrackInfo()
    info.CopyFrom(track.info)
    return Report(event, track.owner.info(), info)


def _tap(track: Track) -> Effect:
    shared = track.owner.attributes.get(roster.SHARED_MICROPHONE) == "true"
    return Tap(track.owner.sid, track.publication.id, track.sid, shared)


def _untap(track: Track) -> list[Effect]:
    track.tapped = False
    return [Untap(track.sid)]


def _tell(sids: Iterable[str], message: SignalResponse) -> list[Effect]:
    to = tuple(sids)
    return [Tell(to, message)] if to else []


def _answer(sid: str, answer: RequestResponse) -> Effect:
    return Tell((sid,), SignalResponse(request_response=answer))


def _layer(subscriber: Participant, track: Track) -> Effect:
    layers = roster.useful_layers(subscriber, track)
    return SetLayer(subscriber.sid, track.sid, *layers, roster.priority(subscriber, track))


CODECS = ("video/VP8", "video/H264", "video/VP9", "video/AV1", "audio/opus")
"""What answers accept, in order of preference."""

# The last protocol whose clients are told of failures only, as by the reference (protocol §1.7).
_SILENT_SUCCESS = 14

# Seconds. Join: more leaves dead entries in the roster, less cuts off slow networks.
_JOIN_LIMIT = 60.0
# Programs send data again under the same nonce while they do not know whether it arrived: more
# costs memory, less lets a late repetition through.
_NONCE_LIFE = 300.0
# Without a socket while media flows: more keeps a participant nobody can reach, less ends calls
# whose signalling is slow to come back.
_AWAY_LIMIT = 60.0
# Until a socket that nothing comes from is known to be dead, and then away: less keeps people who
# left on the screens of those who come back, more costs memory.
_REMEMBERED = 30.0 + _AWAY_LIMIT
# Before a client last spoke: more tells it of departures twice, less risks that it missed one that
# was on its way to it when its network went.
_DOUBT = 5.0
# For an ICE restart to succeed: more shows frozen people longer, less forces full reconnects.
_MEDIA_LIMIT = 15.0
# From the end of DTLS to the leave that explains it.
_HANGUP = 1.0
# Less sends more tokens; more risks that a client holds an expired one when it must reconnect.
_TOKEN_REFRESH = 300.0
# Until a subscription to an unknown track is answered: tracks may be announced by friends first.
_MISSING_LIMIT = 20.0
# For a publisher to begin with another codec: less gives up on slow ones, more leaves people
# before a black picture without a word.
_BACKUP_LIMIT = 15.0
# Until a codec that somebody waits for is asked for again.
_ASK_AGAIN = 3.0
# Before the publisher may stop a layer: more encodes for nobody, less flaps when pages are turned.
_DOWNGRADE_DELAY = 5.0
# How many are inside is told this late: more is stale longer, less tells more when many join.
_COUNTS_DELAY = 5.0
# Before a video that nobody ever watched is paused at its source.
_UNWATCHED_LIMIT = 10.0

# Simulated speech: longer would be a nuisance, and its level is the reference's.
_LONGEST_PRETENCE = 60
_PRETENDED_LEVEL = 0.9

# Choices and settings kept for tracks nobody has announced: bounds what one client can store.
_MOST_CHOICES = 200

# The key's first word → what to do when it is due; the rest of the key is passed on.
_TIMEOUTS: dict[str, Callable[..., list[Effect]]] = {
    "inactive": Room._end_inactive,
    "away": Room._end_away,
    "media": Room._end_without_media,
    "token": Room._refresh_token,
    "pretence": Room._end_pretence,
    "quality": Room._lower_quality,
    "missing": Room._report_missing,
    "backup": Room._report_undecodable,
    "again": Room._ask_again,
    "counts": Room._tell_counts,
    "closed": Room._close,
}
