"""One client that offers: its offers answered, what it publishes and what it is sent."""

import secrets
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from sfu import sdp
from sfu.connection import Connection, Shared
from sfu.events import PeerEvent, PublicationId
from sfu.sections import Sections, SectionsNeeded, Wanted
from sfu.tracks import Publication, Subscription


@dataclass(frozen=True)
class Answer:
    """Our answer to an offer.

    `tracks` maps the mid of every section we send in to the id of its track: LiveKit's
    mid_to_track_id, whole each time. `published` are the publications this offer began, `ended`
    those it ended. `unsupported` are subscriptions whose codec this client cannot decode: they are
    forgotten.
    """

    sdp: str
    tracks: dict[str, str]
    published: tuple[Publication, ...]
    ended: tuple[Publication, ...]
    unsupported: tuple[Subscription, ...] = ()


class Peer(Connection):
    """A client's only PeerConnection, or that by which a client of two sends: it offers, we answer.

    Made by `Sfu.add_peer`; the events of `sfu.events` go to its `handle`, synchronously, on the
    event loop. We are ICE-lite and the DTLS server.
    """

    def __init__(self, shared: Shared, handle: Callable[[PeerEvent], None], room: Hashable) -> None:
        super().__init__(shared, handle, room)
        self._sections: Sections[Subscription] = Sections()
        self._published: dict[str, Publication] = {}
        self._remote: tuple[str, str] | None = None

    def answer(self, offer: str, prefer: Mapping[str, str] = {}) -> Answer:
        """Answer the client's offer, its first or any later one.

        Begins and ends publications and subscriptions as the offer says; an offer with new ICE
        credentials restarts ICE and keeps DTLS, SCTP and SRTP. `prefer` maps the `cid` of tracks
        to the media type to put first, like "video/vp8"; "audio/red" lets the client send, and us
        add for those who receive it, redundant audio. Raises SdpError with a sentence for the
        client; then nothing has changed.
        """
        description = sdp.parse(offer)
        self._follow_certificate(description)
        self._follow_ice(description)
        self._set_formats(description)
        ended = self._end_publications(description)
        published = self._begin_publications(description, prefer)
        sections = {section.mid: section for section in description.sections}
        assignment = self._sections.assign(description)
        for subscription in assignment.stopped:
            self._stop(subscription)
        for mid, subscription in assignment.carried.items():
            if subscription.id is None:
                self._start(subscription, sections[mid])
        sending = {
            mid: sdp.Sent(
                subscription.stream,
                subscription.track,
                subscription.ssrc,
                subscription.rtx_ssrc,
                subscription.publication.codecs[0].format,
            )
            for mid, subscription in assignment.carried.items()
        }
        return Answer(
            sdp=sdp.answer(description, self._local(), sending, prefer),
            tracks={mid: sent.track for mid, sent in sending.items()},
            published=published,
            ended=ended,
            unsupported=assignment.unsupported,
        )

    def subscribe(self, publication: Publication, *, stream: str, track: str) -> Subscription:
        """Send a publication of its room to this client, under the msid `stream` `track`.

        Media flows after the next answer that has a section for it: see `sections_needed`.
        """
        subscription = Subscription(self._core, publication, stream, track, self._downlink.review)
        wanted = Wanted(publication.kind, publication.codecs[0].format)
        self._sections.want(subscription, wanted)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop sending at once; the next answer frees the section. Twice does no harm."""
        self._stop(subscription)
        self._sections.release(subscription)

    def sections_needed(self) -> SectionsNeeded | None:
        """What to ask of the client so that the next answer can do what was asked of us.

        None: nothing is waiting. Otherwise the receive-only sections that a new offer needs in
        addition, possibly none: LiveKit's MediaSectionsRequirement.
        """
        return self._sections.needed()

    def _forget(self) -> None:
        for publication in self._published.values():
            self._end(publication)
        self._published.clear()

    def _follow_ice(self, description: sdp.Offer) -> None:
        remote = (description.ufrag, description.pwd)
        if self._remote is not None and remote != self._remote:
            # RFC 8839 §4.4.1: an ICE restart; our credentials change with the client's.
            self._ufrag, self._pwd = secrets.token_hex(8), secrets.token_hex(16)
        if remote != self._remote:
            self._core.set_ice(self.id, self._ufrag, self._pwd, description.ufrag)
        self._remote = remote

    def _end_publications(self, description: sdp.Offer) -> tuple[Publication, ...]:
        sending = {section.mid: section.track for section in description.sections if section.sends}
        ended = tuple(
            publication
            for mid, publication in self._published.items()
            if sending.get(mid) != publication.cid
        )
        for publication in ended:
            del self._published[publication.mid]
            self._end(publication)
        return ended

    def _begin_publications(
        self, description: sdp.Offer, prefer: Mapping[str, str]
    ) -> tuple[Publication, ...]:
        new = tuple(
            self._begin(section, prefer.get(section.track, ""))
            for section in description.sections
            if section.sends and section.mid not in self._published
        )
        self._published.update({publication.mid: publication for publication in new})
        return new

    def _begin(self, section: sdp.Section, mime: str) -> Publication:
        number = PublicationId(next(self._shared.numbers))
        codecs = sdp.preferred(section, mime=mime)
        redundant = mime == "audio/red"
        publication = Publication(self._core, number, self.id, section, codecs, redundant=redundant)
        self._shared.publications[number] = publication
        self._core.publish(
            number,
            self.id,
            section.mid,
            section.kind == "video",
            list(publication.rids),
            [] if section.rids else list(section.ssrcs[: len(publication.rids) or 1]),
            [] if section.rids else list(section.rtx_ssrcs[: len(publication.rids) or 1]),
        )
        return publication

    def _end(self, publication: Publication) -> None:
        publication.untap()
        self._core.unpublish(publication.id)
        del self._shared.publications[publication.id]

    def _start(self, subscription: Subscription, section: sdp.Section) -> None:
        publication = subscription.publication
        own = {codec.format: codec.payload_type for codec in reversed(section.codecs)}
        payload_types = [
            (codec.payload_type, own[codec.format])
            for codec in publication.codecs
            if codec.format in own
        ]
        repair = {codec.associated: codec for codec in section.codecs if codec.repairs}
        has_rtx = any(mine in repair and publication.kind == "video" for _, mine in payload_types)
        if publication.redundant:
            payload_types += [
                (theirs, repair[mine].payload_type)
                for theirs, mine in payload_types
                if mine in repair
            ]
        ssrcs = self._new_ssrc(), self._new_ssrc() if has_rtx else 0
        self._carry(subscription, section.mid, ssrcs, payload_types)
