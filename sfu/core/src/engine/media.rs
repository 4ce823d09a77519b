//! The way of one RTP packet: opened, placed, noted, then forwarded to each subscription.

use super::{AudioFrame, Engine, Event, Outbox};
use crate::codec::{Codec, Frame, dependency};
use crate::counters::{Counter, Drop};
use crate::ids::{IdMap, Mid, PeerId, Pt, PublicationId, Rid, SeqNo, Ssrc, SubscriptionId};
use crate::numbering::Shift;
use crate::peer::{Format, Formats, Label, Peer, Route};
use crate::publication::Publication;
use crate::rtp::{self, Extension, Header, Rewrite};
use crate::scalable::Rewriting;
use crate::subscription::{Incoming, Outgoing, SentPacket, Source, Subscription};
use crate::time::Instant;

/// A packet once opened and placed.
struct Packet<'a> {
    bytes: &'a [u8],
    header: Header,
    payload: &'a [u8],
    publication: PublicationId,
    incoming: Incoming,
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
        let bytes = &bytes[..length];
        self.note_arrival(now, id, bytes, &header);
        let (source, publication, format) = self.place(now, id, bytes, &header)?;
        let payload = header.payload(bytes).ok_or(Drop::MalformedRtp)?;
        let is_padding = payload.is_empty();
        let descriptor =
            self.peers.get(&id).and_then(|peer| peer.formats.descriptor(bytes, &header));
        let found = self.publications.get_mut(&publication).ok_or(Drop::UnknownStream)?;
        let is_only_stream = found.layers.len() == 1;
        let layer = &mut found.layers[source.layer];
        let clock_rate = format.clock_rate;
        let timestamp = header.timestamp;
        let frame = layer.inspect(format.codec, (seq, timestamp), payload, descriptor);
        let incoming =
            Incoming { source, seq, timestamp, frame, is_padding, is_only_stream, clock_rate, now };
        let packet = Packet { bytes, header, payload, publication, incoming };
        self.note_reception(&packet);
        if !is_padding {
            self.note_media(&packet);
        }
        self.forward(&packet);
        Ok(())
    }

    /// Note when the packet came for transport-wide congestion control, whatever it holds.
    fn note_arrival(&mut self, now: Instant, id: PeerId, bytes: &[u8], header: &Header) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.heard = true;
        self.watch_reports(now, id);
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let ids = &peer.formats.extensions;
        let value = header.extension(bytes, ids, Extension::TransportCc);
        if let Some(&[high, low]) = value {
            peer.latest_media = header.ssrc;
            peer.arrivals.record(u16::from_be_bytes([high, low]), now);
            self.watch_arrivals(now, id);
        }
    }

    /// The layer a packet belongs to and its format; an SSRC that is new is latched by its mid and
    /// rid (RFC 9143 §15, RFC 8852).
    fn place(
        &mut self,
        now: Instant,
        id: PeerId,
        bytes: &[u8],
        header: &Header,
    ) -> Result<(Source, PublicationId, Format), Drop> {
        let peer = self.peers.get(&id).ok_or(Drop::UnvalidatedPair)?;
        let format = peer.formats.get(header.pt).ok_or(Drop::UnknownPayloadType)?;
        if format.codec == Codec::Repair {
            return Err(Drop::NotMedia);
        }
        let (publication, layer) = match peer.incoming.get(&header.ssrc) {
            Some(Route::Layer(publication, layer)) => (*publication, *layer),
            Some(Route::Retired) => return Err(Drop::UnknownStream),
            None => self.latch(now, id, bytes, header).ok_or(Drop::UnknownStream)?,
        };
        let found = self.publications.get(&publication).ok_or(Drop::UnknownStream)?;
        Ok((found.source(layer), publication, format))
    }

    fn latch(
        &mut self,
        now: Instant,
        id: PeerId,
        bytes: &[u8],
        header: &Header,
    ) -> Option<(PublicationId, usize)> {
        let peer = self.peers.get_mut(&id)?;
        if let Some(label) = read_label(&peer.formats, bytes, header) {
            peer.labels.insert(header.ssrc, label);
        }
        let label = peer.labels.get(&header.ssrc)?;
        let belongs = |p: &Publication| p.peer == id && p.mid == label.mid;
        let (&found, publication) =
            self.publications.iter_mut().find(|(_, publication)| belongs(publication))?;
        let layer = publication.layer_named(label.rid.as_ref())?;
        if let Some(before) = publication.layers[layer].latch(header.ssrc) {
            peer.incoming.insert(before, Route::Retired);
        }
        peer.incoming.insert(header.ssrc, Route::Layer(found, layer));
        self.retarget_all(now, found);
        Some((found, layer))
    }

    fn note_reception(&mut self, packet: &Packet) {
        let Incoming { source, seq, timestamp, clock_rate, now, .. } = packet.incoming;
        let Some(publication) = self.publications.get_mut(&packet.publication) else { return };
        let video = publication.video;
        let layer = &mut publication.layers[source.layer];
        layer.reception.record(seq, timestamp, clock_rate, now);
        let repairable = layer.missing.record(seq, now);
        self.watch_missing(packet.publication, source.layer);
        if !repairable && video {
            self.want_key_frame(now, packet.publication, source.layer);
        }
    }

    fn note_media(&mut self, packet: &Packet) {
        let Incoming { source, seq, now, frame, .. } = packet.incoming;
        let Some(publication) = self.publications.get_mut(&packet.publication) else { return };
        let layer = &mut publication.layers[source.layer];
        layer.last_packet = now;
        layer.remember(seq, packet.bytes);
        if !layer.active {
            self.set_active(packet.publication, source.layer, true);
            self.watch_silence(packet.publication, source.layer);
            self.retarget_all(now, packet.publication);
        }
        if frame.starts_key_frame {
            self.settle_key_frame(packet.publication, source.layer);
        }
        self.note_audio(packet);
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
        if let (Some(level), Some(samples)) = (level, samples) {
            let samples = u32::try_from(samples).unwrap_or(u32::MAX);
            publication.loudness.observe(level, samples, now);
            self.watch_speakers(now);
        }
    }

    fn forward(&mut self, packet: &Packet) {
        let Engine { peers, publications, subscriptions, outbox, counters, .. } = self;
        let Some(publication) = publications.get(&packet.publication) else { return };
        let Some(from) = peers.get(&publication.peer) else { return };
        let (mut begun, mut lacking) = (Vec::new(), false);
        for id in &publication.subscriptions {
            let Some(subscription) = subscriptions.get_mut(id) else { continue };
            let sent = forward_one(packet, publication, &from.formats, subscription, peers, outbox);
            lacking |= subscription.take_lack();
            match sent {
                Ok(outgoing) if outgoing.switched => begun.push(*id),
                Ok(_) => {}
                Err(reason) => {
                    counters.count(reason);
                    continue;
                }
            }
            counters.count(Counter::PacketsForwarded);
        }
        for id in begun {
            self.begin_source(packet, id);
        }
        if lacking {
            let Incoming { now, source, .. } = packet.incoming;
            self.want_key_frame(now, packet.publication, source.layer);
        }
    }

    /// A subscription has just begun with another source.
    fn begin_source(&mut self, packet: &Packet, id: SubscriptionId) {
        self.counters.count(Counter::LayersSwitched);
        self.send_sender_report(packet.incoming.now, id);
        self.catch_up(packet, id);
    }

    /// The key frame came late, as a repeated packet does: what followed it is in the history.
    fn catch_up(&mut self, packet: &Packet, id: SubscriptionId) {
        let Engine { peers, publications, subscriptions, outbox, counters, .. } = self;
        let Some(publication) = publications.get(&packet.publication) else { return };
        let Some(from) = peers.get(&publication.peer) else { return };
        let Some(subscription) = subscriptions.get_mut(&id) else { return };
        let layer = &publication.layers[packet.incoming.source.layer];
        for seq in packet.incoming.seq.0 + 1..=layer.reception.highest().0 {
            let Some(bytes) = layer.history.get(SeqNo(seq)) else { continue };
            let follower = packet.follower(bytes, SeqNo(seq), &from.formats, &layer.dependency);
            let Some(follower) = follower else { continue };
            let sent =
                forward_one(&follower, publication, &from.formats, subscription, peers, outbox);
            counters.count(sent.map_or_else(Counter::from, |_| Counter::PacketsForwarded));
        }
    }

    /// Send again what a subscriber lost, exactly as it was sent, or in its RTX stream.
    pub(super) fn repeat(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        wire: u16,
    ) -> Result<(), Drop> {
        let Engine { peers, publications, subscriptions, outbox, .. } = self;
        let subscription = subscriptions.get_mut(&id).ok_or(Drop::NotInHistory)?;
        let publication = publications.get(&subscription.publication).ok_or(Drop::NotInHistory)?;
        let sent = subscription.find(wire, now)?;
        let layer = &publication.layers[sent.source.layer];
        if layer.generation != sent.source.generation {
            return Err(Drop::NotInHistory);
        }
        let bytes = layer.history.get(sent.seq).ok_or(Drop::NotInHistory)?;
        let header = Header::parse(bytes).ok_or(Drop::NotInHistory)?;
        let from = peers.get(&publication.peer).ok_or(Drop::NotInHistory)?;
        let to = peers.get(&subscription.peer).ok_or(Drop::NotInHistory)?;
        let repetition = Repetition { bytes, header, from: &from.formats, sent };
        repetition.send(subscription, to, outbox)?;
        self.counters.count(Counter::PacketsRetransmitted);
        Ok(())
    }
}

impl Packet<'_> {
    /// A packet from the history as it looked when it came.
    fn follower<'a>(
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

/// The mid and rid in a packet; `None` without a mid, or in a stream that repairs another.
fn read_label(formats: &Formats, bytes: &[u8], header: &Header) -> Option<Label> {
    let text = |extension| {
        let value = header.extension(bytes, &formats.extensions, extension)?;
        std::str::from_utf8(value).ok()
    };
    let repairs = text(Extension::RepairedRid).is_some();
    let mid = text(Extension::Mid).filter(|_| !repairs)?;
    Some(Label { mid: Mid(mid.into()), rid: text(Extension::Rid).map(|rid| Rid(rid.into())) })
}

fn forward_one(
    packet: &Packet,
    publication: &Publication,
    from: &Formats,
    subscription: &mut Subscription,
    peers: &IdMap<PeerId, Peer>,
    outbox: &mut Outbox,
) -> Result<Outgoing, Drop> {
    let to = peers.get(&subscription.peer).ok_or(Drop::NoPair)?;
    let destination = to.ice.selected().ok_or(Drop::NoPair)?;
    let security = to.security.as_ref().ok_or(Drop::NoKeys)?;
    let pt = subscription.translate(packet.header.pt).ok_or(Drop::UnknownPayloadType)?;
    let stream = &publication.layers[packet.incoming.source.layer];
    let outgoing = subscription.admit(&packet.incoming, stream)?;
    let at = outbox.bytes.len();
    let mut room;
    let descriptor = if outgoing.layers.number.is_some() {
        room = dependency::EMPTY;
        describe(from, packet.bytes, &packet.header, outgoing.layers, &mut room)
    } else {
        None
    };
    let rewrite = Rewrite {
        ssrc: subscription.ssrc,
        pt,
        seq: outgoing.seq,
        timestamp: packet.header.timestamp.wrapping_add(outgoing.shift.timestamp),
        marker: packet.header.marker || outgoing.layers.marker,
        descriptor,
    };
    let header = rtp::write_header(
        &mut outbox.bytes,
        packet.bytes,
        &packet.header,
        (&from.extensions, &to.formats.extensions),
        &subscription.mid.0,
        rewrite,
    );
    outbox.bytes.extend_from_slice(&packet.bytes[packet.header.length..]);
    let payload = &mut outbox.bytes[at + header..];
    renumber(&packet.incoming.frame, payload, outgoing.shift, outgoing.layers);
    security.sender.protect_rtp(&mut outbox.bytes, at, header, subscription.ssrc, outgoing.seq);
    outbox.finish(destination, at);
    subscription.packets = subscription.packets.wrapping_add(1);
    subscription.octets = subscription.octets.wrapping_add(packet.payload.len() as u32);
    Ok(outgoing)
}

/// A packet from the history on its way out once more.
struct Repetition<'a> {
    bytes: &'a [u8],
    header: Header,
    from: &'a Formats,
    sent: SentPacket,
}

impl Repetition<'_> {
    fn send(&self, to: &mut Subscription, peer: &Peer, outbox: &mut Outbox) -> Result<(), Drop> {
        let destination = peer.ice.selected().ok_or(Drop::NoPair)?;
        let security = peer.security.as_ref().ok_or(Drop::NoKeys)?;
        let pt = to.translate(self.header.pt).ok_or(Drop::UnknownPayloadType)?;
        let at = outbox.bytes.len();
        let rtx_pt = peer.formats.retransmission_of(pt);
        let (ssrc, seq, header) = match (&mut to.rtx, rtx_pt) {
            (Some(rtx), Some(rtx_pt)) => {
                rtx.seq = rtx.seq.next();
                let header =
                    self.write_header(outbox, peer, &to.mid.0, (rtx.ssrc, rtx_pt, rtx.seq));
                rtp::clear_padding(&mut outbox.bytes, at);
                outbox.bytes.extend_from_slice(&self.sent.out.wire().to_be_bytes());
                self.write_payload(outbox, self.header.payload(self.bytes).unwrap_or_default());
                (rtx.ssrc, rtx.seq, header)
            }
            _ => {
                let header =
                    self.write_header(outbox, peer, &to.mid.0, (to.ssrc, pt, self.sent.out));
                self.write_payload(outbox, &self.bytes[self.header.length..]);
                (to.ssrc, self.sent.out, header)
            }
        };
        security.sender.protect_rtp(&mut outbox.bytes, at, header, ssrc, seq);
        outbox.finish(destination, at);
        Ok(())
    }

    fn write_header(
        &self,
        outbox: &mut Outbox,
        peer: &Peer,
        mid: &str,
        (ssrc, pt, seq): (Ssrc, Pt, SeqNo),
    ) -> usize {
        let layers = self.sent.layers;
        let mut room = dependency::EMPTY;
        let rewrite = Rewrite {
            ssrc,
            pt,
            seq,
            timestamp: self.header.timestamp.wrapping_add(self.sent.shift.timestamp),
            marker: self.header.marker || layers.marker,
            descriptor: describe(self.from, self.bytes, &self.header, layers, &mut room),
        };
        rtp::write_header(
            &mut outbox.bytes,
            self.bytes,
            &self.header,
            (&self.from.extensions, &peer.formats.extensions),
            mid,
            rewrite,
        )
    }

    fn write_payload(&self, outbox: &mut Outbox, payload: &[u8]) {
        let at = outbox.bytes.len();
        outbox.bytes.extend_from_slice(payload);
        let codec = self.from.get(self.header.pt).map(|format| format.codec);
        if let Some(codec) = codec {
            let copy = &mut outbox.bytes[at..];
            renumber(&codec.inspect(payload), copy, self.sent.shift, self.sent.layers);
        }
    }
}

/// The dependency descriptor of a packet as the subscriber shall get it.
fn describe<'a>(
    from: &Formats,
    bytes: &[u8],
    header: &Header,
    layers: Rewriting,
    room: &'a mut dependency::Buffer,
) -> Option<&'a [u8]> {
    dependency::rewrite(from.descriptor(bytes, header)?, layers.number?, layers.told, room)
}

/// Shift the counters which VP8 and VP9 have in the payload.
fn renumber(frame: &Frame, payload: &mut [u8], shift: Shift, layers: Rewriting) {
    if let Some(vp8) = frame.vp8 {
        vp8.rewrite(payload, shift.vp8);
    }
    if let Some(vp9) = frame.vp9 {
        vp9.rewrite(payload, layers.picture_id, layers.tl0);
    }
}
