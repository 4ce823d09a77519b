//! The way of one RTP packet: opened, placed, noted, then forwarded to each subscription.

use super::sending::{Sending, forward_one};
use super::{AudioFrame, Engine, Event};
use crate::codec::{Codec, dependency};
use crate::counters::{Counter, Drop};
use crate::feedback::missing::Way;
use crate::ids::{Mid, PeerId, Pt, PublicationId, Rid, SeqNo, SubscriptionId};
use crate::peer::{Format, Formats, Label, Route};
use crate::publication::{Layer, Publication};
use crate::redundancy::Redundancy;
use crate::rtp::{Extension, Header};
use crate::subscription::{Incoming, Source};
use crate::time::Instant;

/// Where a packet belongs and when it came.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub now: Instant,
    pub publication: PublicationId,
    pub source: Source,
    pub seq: SeqNo,
}

/// A packet once opened and placed.
pub(super) struct Packet<'a> {
    pub bytes: &'a [u8],
    pub header: Header,
    pub payload: &'a [u8],
    pub publication: PublicationId,
    pub incoming: Incoming,
}

impl Engine {
    pub(super) fn handle_rtp(
        &mut self,
        now: Instant,
        id: PeerId,
        bytes: &mut [u8],
    ) -> Result<(), Drop> {
        let header = Header::parse(bytes).ok_or(Drop::MalformedRtp)?;
        let peer = self.peers.get_mut(&id).ok_or(Drop::UnvalidatedPair)?;
        let security = peer.security.as_mut().ok_or(Drop::NoKeys)?;
        let (seq, length) =
            security.receiver.unprotect_rtp(bytes, header.length, header.ssrc, header.seq)?;
        let bytes = &mut bytes[..length];
        self.note_arrival(now, id, bytes, &header);
        let format = self.format(id, header.pt)?;
        if format.codec == Codec::Rtx {
            return self.handle_retransmission(now, id, bytes, &header);
        }
        let (source, publication) = self.place(now, id, bytes, &header)?;
        let arrival = Arrival { now, publication, source, seq };
        self.note_reception(arrival, header.timestamp, format.clock_rate);
        if format.codec == Codec::Red {
            return self.handle_redundant(arrival, bytes, &header, format);
        }
        self.accept(arrival, Way::Stream, bytes, &header)
    }

    /// Take a packet as it left the publisher, however it came, unless it came before.
    pub(super) fn accept(
        &mut self,
        arrival: Arrival,
        way: Way,
        bytes: &[u8],
        header: &Header,
    ) -> Result<(), Drop> {
        let Arrival { now, publication, source, seq } = arrival;
        let found = self.publications.get(&publication).ok_or(Drop::UnknownStream)?;
        let from = found.peer;
        let format = self.format(from, header.pt)?;
        if !format.codec.is_media() {
            return Err(Drop::UnknownPayloadType);
        }
        let payload = header.payload(bytes).ok_or(Drop::MalformedRtp)?;
        self.note_gap(arrival, way);
        self.expect_audio(arrival, payload);
        self.note_seen(arrival, way, header.pt)?;
        let is_padding = payload.is_empty();
        let descriptor = self.peers.get(&from).and_then(|p| p.formats.descriptor(bytes, header));
        let found = self.publications.get_mut(&publication).ok_or(Drop::UnknownStream)?;
        let is_only_stream = found.layers.len() == 1;
        let layer = &mut found.layers[source.layer];
        let clock_rate = format.clock_rate;
        let timestamp = header.timestamp;
        let is_new_frame = layer.is_new_frame(timestamp);
        let frame = layer.inspect(format.codec, (seq, timestamp), payload, descriptor);
        let incoming =
            Incoming { source, seq, timestamp, frame, is_padding, is_only_stream, clock_rate, now };
        let packet = Packet { bytes, header: *header, payload, publication, incoming };
        if !is_padding {
            self.note_media(&packet);
            if is_new_frame {
                self.pass_layers_by(&packet);
            }
        }
        if self.hold_back(publication) {
            return Err(Drop::HeldBack);
        }
        if self.publications.get(&publication).is_some_and(|found| found.held) {
            self.resume(&packet);
        } else {
            self.forward(&packet);
        }
        Ok(())
    }

    /// Note when the packet came for transport-wide congestion control, whatever it holds.
    fn note_arrival(&mut self, now: Instant, id: PeerId, bytes: &[u8], header: &Header) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.heard = true;
        peer.heard_at = now;
        self.watch_reports(now, id);
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let ids = &peer.formats.extensions;
        let value = header.extension(bytes, ids, Extension::TransportCc);
        if let Some(&[high, low]) = value {
            peer.latest_media = header.ssrc;
            let sent = header.extension(bytes, ids, Extension::AbsSendTime);
            if let Some(&[high, middle, low]) = sent {
                peer.queueing.record([high, middle, low], now);
                peer.relief.record(bytes.len(), now);
            }
            peer.arrivals.record(u16::from_be_bytes([high, low]), now);
            self.watch_arrivals(now, id);
        } else if ids.id(Extension::TransportCc).is_none() {
            self.note_send_time(now, id, bytes, header);
        }
    }

    /// Old clients say when they sent each packet, and want to be told what fits.
    fn note_send_time(&mut self, now: Instant, id: PeerId, bytes: &[u8], header: &Header) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let sent = header.extension(bytes, &peer.formats.extensions, Extension::AbsSendTime);
        if let Some(&[high, middle, low]) = sent {
            let uplink = peer.uplink.get_or_insert_default();
            uplink.record(now, [high, middle, low], bytes.len());
            self.watch_arrivals(now, id);
        }
    }

    fn format(&self, id: PeerId, pt: Pt) -> Result<Format, Drop> {
        let peer = self.peers.get(&id).ok_or(Drop::UnvalidatedPair)?;
        peer.formats.get(pt).ok_or(Drop::UnknownPayloadType)
    }

    /// The layer a packet belongs to; an SSRC that is new is latched by its mid and rid (RFC 9143
    /// §15, RFC 8852).
    fn place(
        &mut self,
        now: Instant,
        id: PeerId,
        bytes: &[u8],
        header: &Header,
    ) -> Result<(Source, PublicationId), Drop> {
        if self.format(id, header.pt)?.codec == Codec::Repair {
            return Err(Drop::NotMedia);
        }
        let peer = self.peers.get(&id).ok_or(Drop::UnvalidatedPair)?;
        let (publication, layer) = match peer.incoming.get(&header.ssrc) {
            Some(Route::Layer(publication, layer)) => (*publication, *layer),
            Some(Route::Repair(..) | Route::Retired) => return Err(Drop::UnknownStream),
            None => self.latch(now, id, bytes, header).ok_or(Drop::UnknownStream)?,
        };
        let found = self.publications.get(&publication).ok_or(Drop::UnknownStream)?;
        Ok((found.source(layer), publication))
    }

    fn latch(
        &mut self,
        now: Instant,
        id: PeerId,
        bytes: &[u8],
        header: &Header,
    ) -> Option<(PublicationId, usize)> {
        let peer = self.peers.get_mut(&id)?;
        if let Some(label) = read_label(&peer.formats, bytes, header, Extension::Rid) {
            peer.labels.insert(header.ssrc, label);
        }
        let label = peer.labels.get(&header.ssrc)?;
        let belongs = |p: &Publication| p.peer == id && p.mid == label.mid;
        let (&found, publication) =
            self.publications.iter_mut().find(|(_, publication)| belongs(publication))?;
        let layer = publication.layer_named(label.rid.as_ref())?;
        let layers = &mut publication.layers;
        let repair = layers[layer].repair;
        for before in layers[layer].latch(header.ssrc).into_iter().chain(repair) {
            peer.incoming.insert(before, Route::Retired);
        }
        peer.incoming.insert(header.ssrc, Route::Layer(found, layer));
        self.retarget_all(now, found);
        Some((found, layer))
    }

    fn note_reception(&mut self, arrival: Arrival, timestamp: u32, clock_rate: u32) {
        let Some(publication) = self.publications.get_mut(&arrival.publication) else { return };
        let layer = &mut publication.layers[arrival.source.layer];
        layer.reception.record(arrival.seq, timestamp, clock_rate, arrival.now);
    }

    /// Note what is missing before a packet, and that it is not missing itself.
    pub(super) fn note_gap(&mut self, arrival: Arrival, way: Way) {
        let Arrival { now, publication: id, source, seq } = arrival;
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let repairable = publication.layers[source.layer].missing.record(seq, way, now);
        self.watch_missing(id, source.layer);
        if !repairable {
            self.want_key_frame(now, id, source.layer);
        }
    }

    /// A voice goes on, or says that it pauses: after either it is known whether a packet must follow.
    fn expect_audio(&mut self, arrival: Arrival, payload: &[u8]) {
        let Some(publication) = self.publications.get_mut(&arrival.publication) else { return };
        if publication.video {
            return;
        }
        let missing = &mut publication.layers[arrival.source.layer].missing;
        missing.expect_next(arrival.seq, payload.len() > OPUS_PAUSE, arrival.now);
        self.watch_missing(arrival.publication, arrival.source.layer);
    }

    /// A packet goes on once: what follows from it, like its number, must not be used again.
    fn note_seen(&mut self, arrival: Arrival, way: Way, pt: Pt) -> Result<(), Drop> {
        let publication = self.publications.get_mut(&arrival.publication);
        let layers = &mut publication.ok_or(Drop::UnknownStream)?.layers;
        let layer = &mut layers[arrival.source.layer];
        if !layer.seen.is_fresh(arrival.seq.0) {
            if way == Way::Stream {
                layer.missing.note_needless_repair();
            }
            return Err(Drop::AlreadyHere);
        }
        layer.seen.accept(arrival.seq.0);
        layer.pt = Some(pt);
        if way != Way::Stream {
            layer.reception.record_repaired();
        }
        self.count_repair(way);
        Ok(())
    }

    fn note_media(&mut self, packet: &Packet) {
        let Incoming { source, seq, now, frame, .. } = packet.incoming;
        let Some(publication) = self.publications.get_mut(&packet.publication) else { return };
        let layer = &mut publication.layers[source.layer];
        layer.last_packet = now;
        layer.passed_by = 0;
        layer.remember(seq, packet.bytes);
        layer.measure(&frame, packet.bytes.len());
        if frame.starts_key_frame {
            layer.key_frame.newest = layer.key_frame.newest.max(Some(seq));
        }
        if !layer.active {
            layer.resume(now);
            self.set_active(packet.publication, source.layer, true);
            self.watch_silence(packet.publication, source.layer);
            self.retarget_all(now, packet.publication);
        }
        if frame.starts_key_frame {
            self.settle_key_frame(packet.publication, source.layer);
        }
        self.note_audio(packet);
    }

    /// A layer stops although lower ones go on: whoever gets it gets another.
    fn pass_layers_by(&mut self, packet: &Packet) {
        let Incoming { source, now, .. } = packet.incoming;
        let Some(publication) = self.publications.get_mut(&packet.publication) else { return };
        let (stopped, steadied) = publication.pass_by(source.layer, now);
        for &index in &stopped {
            let watched = self.is_watched(packet.publication, index);
            self.set_active(packet.publication, index, false);
            let publication = self.publications.get_mut(&packet.publication);
            if let Some(publication) = publication.filter(|_| watched) {
                publication.layers[index].distrust(now);
            }
        }
        if steadied || !stopped.is_empty() {
            self.retarget_all(now, packet.publication);
        }
    }

    fn note_audio(&mut self, packet: &Packet) {
        let Some(publication) = self.publications.get_mut(&packet.publication) else { return };
        if publication.video {
            return;
        }
        let Some(ids) = self.peers.get(&publication.peer).map(|peer| &peer.formats.extensions)
        else {
            return;
        };
        let level = packet.header.extension(packet.bytes, ids, Extension::AudioLevel);
        let level = level.and_then(|value| value.first()).map(|byte| byte & 0x7F);
        let layer = &mut publication.layers[packet.incoming.source.layer];
        let (timestamp, samples) = layer.extend_timestamp(packet.header.timestamp);
        let now = packet.incoming.now;
        if publication.tapped {
            self.outbox.push_event(Event::AudioFrame(AudioFrame {
                publication: packet.publication,
                sequence: packet.incoming.seq.0,
                timestamp,
                level,
                payload: packet.payload.into(),
                received_at: now,
            }));
        }
        if let Some(level) = level {
            self.rank(now, packet.publication, level);
        }
        let Some(publication) = self.publications.get_mut(&packet.publication) else { return };
        if let (Some(level), Some(samples)) = (level, samples) {
            let samples = u32::try_from(samples).unwrap_or(u32::MAX);
            publication.loudness.observe(level, samples, now);
            self.watch_speakers(now);
        }
    }

    pub(super) fn forward(&mut self, packet: &Packet) {
        let Engine {
            peers, publications, subscriptions, downlinks, timers, outbox, counters, ..
        } = self;
        let outgoing = &mut outbox.outgoing;
        let mut sending = Sending { peers, downlinks, timers, outgoing };
        let Some(publication) = publications.get(&packet.publication) else { return };
        let Some(from) = sending.peers.get(&publication.peer) else { return };
        let redundancy = packet.redundancy(publication);
        let (mut begun, mut doubled, mut awaiting) = (Vec::new(), Vec::new(), Vec::new());
        let mut lacking = false;
        for id in &publication.subscriptions {
            let Some(subscription) = subscriptions.get_mut(id) else { continue };
            let packet = (packet, &redundancy);
            let to = (*id, &mut *subscription);
            let sent = forward_one(packet, publication, &from.formats, to, &mut sending);
            lacking |= subscription.take_lack();
            match sent {
                Ok(outgoing) => {
                    let again = (outgoing.seq, outgoing.again);
                    doubled.extend((outgoing.again > 0).then_some((*id, again)));
                    begun.extend(outgoing.switched.then_some(*id));
                }
                Err(reason) => {
                    awaiting.extend((reason == Drop::AwaitingKeyFrame).then_some(*id));
                    counters.count(reason);
                    continue;
                }
            }
            counters.count(Counter::PacketsForwarded);
        }
        if !awaiting.is_empty() {
            self.begin_whole(packet, &awaiting);
        }
        let Incoming { now, source, .. } = packet.incoming;
        for (id, again) in doubled {
            let sent = self.double(now, id, again);
            super::count_failure(&mut self.counters, sent);
        }
        for id in begun {
            self.begin_source(packet, id);
        }
        if lacking {
            self.want_key_frame(now, packet.publication, source.layer);
        }
    }

    /// A subscription has just begun with another source.
    pub(super) fn begin_source(&mut self, packet: &Packet, id: SubscriptionId) {
        self.counters.count(Counter::LayersSwitched);
        self.send_sender_report(packet.incoming.now, id);
        self.catch_up(packet, id);
    }

    /// The key frame came late, as a repeated packet does: what followed it is in the history.
    fn catch_up(&mut self, packet: &Packet, id: SubscriptionId) {
        let Engine {
            peers, publications, subscriptions, downlinks, timers, outbox, counters, ..
        } = self;
        let outgoing = &mut outbox.outgoing;
        let mut sending = Sending { peers, downlinks, timers, outgoing };
        let Some(publication) = publications.get(&packet.publication) else { return };
        let Some(from) = sending.peers.get(&publication.peer) else { return };
        let Some(subscription) = subscriptions.get_mut(&id) else { return };
        let layer = &publication.layers[packet.incoming.source.layer];
        for seq in packet.incoming.seq.0 + 1..=layer.reception.highest().0 {
            let Some(bytes) = layer.history.get(SeqNo(seq)) else { continue };
            let follower = packet.follower(bytes, SeqNo(seq), &from.formats, &layer.dependency);
            let Some(follower) = follower else { continue };
            let follower = (&follower, &follower.redundancy(publication));
            let to = (id, &mut *subscription);
            let sent = forward_one(follower, publication, &from.formats, to, &mut sending);
            counters.count(sent.map_or_else(Counter::from, |_| Counter::PacketsForwarded));
        }
    }
}

impl Packet<'_> {
    /// What it can repeat of earlier audio.
    fn redundancy<'a>(&self, publication: &'a Publication) -> Redundancy<'a> {
        if publication.video {
            return Redundancy::default();
        }
        gather(&publication.layers[self.incoming.source.layer], self.incoming.seq, &self.header)
    }

    /// A packet from the history as it looked when it came.
    pub(super) fn follower<'a>(
        &self,
        bytes: &'a [u8],
        seq: SeqNo,
        formats: &Formats,
        stream: &dependency::Stream,
    ) -> Option<Packet<'a>> {
        let header = Header::parse(bytes)?;
        let payload = header.payload(bytes)?;
        let mut frame = formats.get(header.pt)?.codec.inspect(payload);
        if let Some(descriptor) = formats.descriptor(bytes, &header) {
            frame = frame.described(descriptor, stream.peek(descriptor));
        }
        let timestamp = header.timestamp;
        let incoming = Incoming { seq, timestamp, frame, ..self.incoming };
        Some(Packet { bytes, header, payload, publication: self.publication, incoming })
    }
}

/// What a packet of a layer can repeat of those before it.
pub(super) fn gather<'a>(layer: &'a Layer, seq: SeqNo, header: &Header) -> Redundancy<'a> {
    Redundancy::gather(header.timestamp, |distance| {
        let bytes = layer.history.get(SeqNo(seq.0.checked_sub(distance)?))?;
        let earlier = Header::parse(bytes).filter(|earlier| earlier.pt == header.pt)?;
        Some((earlier.timestamp, earlier.payload(bytes)?))
    })
}

/// The mid and the rid, or the one that is repaired, in a packet; `None` without a mid.
pub(super) fn read_label(
    formats: &Formats,
    bytes: &[u8],
    header: &Header,
    rid: Extension,
) -> Option<Label> {
    let text = |extension| {
        let value = header.extension(bytes, &formats.extensions, extension)?;
        std::str::from_utf8(value).ok()
    };
    let mid = Mid(text(Extension::Mid)?.into());
    Some(Label { mid, rid: text(rid).map(|rid| Rid(rid.into())) })
}

/// Bytes of an Opus packet without audio, which begins discontinuous transmission (RFC 6716 §3.4, R1).
pub(super) const OPUS_PAUSE: usize = 2;
