//! The way out: a packet written as one receiver shall see it, protected and put in its batch.

use std::time::Duration;

use super::Engine;
use super::media::{OPUS_PAUSE, Packet, gather};
use super::timers::Timers;
use crate::bandwidth::doubling::Doubling;
use crate::bandwidth::downlink::{Downlink, Kind};
use crate::bandwidth::pacer::Held;
use crate::codec::{Frame, dependency};
use crate::counters::{Counter, Drop};
use crate::ids::{IdMap, PeerId, Pt, SeqNo, Ssrc, SubscriptionId};
use crate::numbering::Shift;
use crate::outgoing::{self, Burst};
use crate::path::Path;
use crate::peer::{Formats, Peer, Security};
use crate::publication::Publication;
use crate::redundancy::{Depth, MAX_DISTANCE, Redundancy};
use crate::rtp::{self, Extension, Header, Rewrite};
use crate::scalable::Rewriting;
use crate::sent::SentPacket;
use crate::subscription::{Outgoing, Subscription};
use crate::time::Instant;

impl Engine {
    /// Send a packet from the history: for the first time, or once more, then in its RTX stream where
    /// there is one.
    pub(super) fn send_stored(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        sent: SentPacket,
        kind: Kind,
    ) -> Result<(), Drop> {
        let Engine { peers, publications, subscriptions, downlinks, timers, outbox, .. } = self;
        let outgoing = &mut outbox.outgoing;
        let mut sending = Sending { peers, downlinks, timers, outgoing };
        let subscription = subscriptions.get_mut(&id).ok_or(Drop::NotInHistory)?;
        let publication = publications.get(&subscription.publication).ok_or(Drop::NotInHistory)?;
        let layer = &publication.layers[sent.source.layer];
        if layer.generation != sent.source.generation {
            return Err(Drop::NotInHistory);
        }
        let bytes = layer.history.get(sent.seq).ok_or(Drop::NotInHistory)?;
        let header = Header::parse(bytes).ok_or(Drop::NotInHistory)?;
        let from = &sending.peers.get(&publication.peer).ok_or(Drop::NotInHistory)?.formats;
        let redundancy = gather(layer, sent.seq, &header);
        let stored = Stored { bytes, header, redundancy, from, sent, kind, now };
        stored.send(subscription, &mut sending)?;
        self.counters.count(match kind {
            Kind::Double => Counter::PacketsDoubled,
            Kind::Repetition => Counter::PacketsRetransmitted,
            _ => {
                subscription.count(header.payload(bytes).map_or(0, <[u8]>::len));
                return Ok(());
            }
        });
        Ok(())
    }
}

/// What it takes to send to a peer.
pub(super) struct Sending<'a> {
    pub peers: &'a IdMap<PeerId, Peer>,
    pub downlinks: &'a mut IdMap<PeerId, Downlink>,
    pub timers: &'a mut Timers,
    pub outgoing: &'a mut outgoing::Outgoing,
}

/// Whom a packet is written for.
pub(super) struct Receiver<'a> {
    pub formats: &'a Formats,
    pub security: &'a Security,
    /// What keeps its account, if it reports what arrives.
    pub downlink: Option<&'a mut Downlink>,
    pub batch: Batch<'a>,
}

/// Where to write what goes to a receiver.
pub(super) struct Batch<'a> {
    outgoing: &'a mut outgoing::Outgoing,
    id: PeerId,
    destination: Path,
}

impl<'a> Batch<'a> {
    pub fn open(self) -> &'a mut Burst {
        self.outgoing.to(self.id, self.destination)
    }
}

impl Sending<'_> {
    pub fn to(&mut self, id: PeerId) -> Result<Receiver<'_>, Drop> {
        let peer = self.peers.get(&id).ok_or(Drop::NoPair)?;
        let destination = peer.ice.selected().ok_or(Drop::NoPair)?;
        let reports = peer.formats.extensions.id(Extension::TransportCc).is_some();
        let downlink = reports.then(|| self.downlinks.entry(id).or_default());
        let security = peer.security.as_ref().ok_or(Drop::NoKeys)?;
        let batch = Batch { outgoing: self.outgoing, id, destination };
        Ok(Receiver { formats: &peer.formats, security, downlink, batch })
    }

    /// Let a packet wait for its turn on the way to a peer.
    pub fn hold(&mut self, to: PeerId, packet: Held) {
        if let Some(downlink) = self.downlinks.get_mut(&to) {
            downlink.hold(packet);
            self.timers.watch_pace(to, downlink);
        }
    }
}

/// Send a packet to one of its subscribers, or let it wait for its turn.
pub(super) fn forward_one(
    (packet, redundancy): (&Packet, &Redundancy),
    publication: &Publication,
    from: &Formats,
    (id, subscription): (SubscriptionId, &mut Subscription),
    sending: &mut Sending,
) -> Result<Outgoing, Drop> {
    let Receiver { formats, security, mut downlink, batch } = sending.to(subscription.peer)?;
    let may_wait = publication.video && !packet.incoming.is_padding;
    let waits = may_wait && downlink.as_mut().is_some_and(|to| to.holds(packet.incoming.now));
    let doubling = downlink.as_ref().map(|downlink| &downlink.doubling);
    let lossy = doubling.is_some_and(Doubling::is_lossy);
    let again = doubling.map_or(0, |doubling| doubling.copies() - 1);
    let begins_pause = !publication.video && packet.payload.len() <= OPUS_PAUSE;
    let again = again.max(if lossy && begins_pause { PAUSE_COPIES } else { 0 });
    let repair = downlink.as_ref().map_or(Duration::ZERO, |downlink| downlink.repair_time());
    let transport = downlink.as_ref().filter(|_| !waits).map(|downlink| downlink.next());
    let pt = subscription.translate(packet.header.pt).ok_or(Drop::UnknownPayloadType)?;
    let stream = &publication.layers[packet.incoming.source.layer];
    if publication.video {
        subscription.wait_for_repair(stream.missing.lateness() + repair);
    }
    // What goes on is shown until the picture that follows it is there.
    if subscription.is_leaving(packet.incoming.source, publication)
        && !stream.has_whole_key_frame(packet.incoming.seq)
    {
        return Err(Drop::AwaitingKeyFrame);
    }
    let outgoing = subscription.admit(&packet.incoming, stream, transport)?;
    if waits {
        let (wire, size) = (outgoing.seq.wire(), packet.bytes.len());
        let held = Held { subscription: id, wire, size, is_repetition: false };
        sending.hold(subscription.peer, held);
        return Ok(outgoing);
    }
    let burst = batch.open();
    let at = burst.bytes.len();
    let wanted = if lossy { Depth::up_to(MAX_DISTANCE) } else { subscription.redundancy };
    let depth = redundancy.fit(wanted, packet.payload.len());
    let red = subscription.red.filter(|_| !depth.is_none());
    let mut room;
    let descriptor = if outgoing.layers.number.is_some() {
        room = dependency::EMPTY;
        describe(from, packet.bytes, &packet.header, outgoing.layers, &mut room)
    } else {
        None
    };
    let rewrite = Rewrite {
        ssrc: subscription.ssrc,
        pt: red.unwrap_or(pt),
        seq: outgoing.seq,
        timestamp: packet.header.timestamp.wrapping_add(outgoing.shift.timestamp),
        marker: packet.header.marker || outgoing.layers.marker,
        descriptor,
        transport,
        playout: subscription.playout,
    };
    let header = rtp::write_header(
        &mut burst.bytes,
        packet.bytes,
        &packet.header,
        (&from.extensions, &formats.extensions),
        &subscription.mid.0,
        rewrite,
    );
    if red.is_some() {
        rtp::clear_padding(&mut burst.bytes, at);
        redundancy.write(&mut burst.bytes, pt, depth, packet.payload);
        subscription.note_redundancy(outgoing.seq, depth);
    } else {
        burst.bytes.extend_from_slice(&packet.bytes[packet.header.length..]);
        let payload = &mut burst.bytes[at + header..];
        renumber(&packet.incoming.frame, payload, outgoing.shift, outgoing.layers);
        rtp::even_out(&mut burst.bytes, at);
    }
    security.sender.protect_rtp(&mut burst.bytes, at, header, subscription.ssrc, outgoing.seq);
    let size = burst.finish(at);
    if let Some(downlink) = downlink {
        let kind = if publication.video { Kind::Video } else { Kind::Audio };
        downlink.record(packet.incoming.now, size, kind);
    }
    subscription.count(packet.payload.len());
    Ok(Outgoing { again, ..outgoing })
}

/// A packet from the history on its way out.
struct Stored<'a> {
    bytes: &'a [u8],
    header: Header,
    redundancy: Redundancy<'a>,
    from: &'a Formats,
    sent: SentPacket,
    kind: Kind,
    now: Instant,
}

impl Stored<'_> {
    /// Once more: in the RTX stream, under a transport-wide number of its own; else exactly as it was,
    /// number included: the SRTP nonce is the same.
    fn send(&self, to: &mut Subscription, sending: &mut Sending) -> Result<(), Drop> {
        let Receiver { formats, security, downlink, batch } = sending.to(to.peer)?;
        let fresh = downlink.as_ref().map(|downlink| downlink.next());
        let pt = to.translate(self.header.pt).ok_or(Drop::UnknownPayloadType)?;
        let burst = batch.open();
        let at = burst.bytes.len();
        let rtx_pt = formats.retransmission_of(pt);
        let is_first = self.kind == Kind::Video;
        let (ssrc, seq, header, stamped) = match (&mut to.rtx, rtx_pt, to.red) {
            (Some(rtx), Some(rtx_pt), _) if !is_first => {
                rtx.seq = rtx.seq.next();
                let own = (rtx.ssrc, rtx_pt, rtx.seq);
                let header = self.write_header(&mut burst.bytes, formats, &to.mid.0, own, fresh);
                rtp::clear_padding(&mut burst.bytes, at);
                burst.bytes.extend_from_slice(&self.sent.out.wire().to_be_bytes());
                self.write_payload(
                    &mut burst.bytes,
                    self.header.payload(self.bytes).unwrap_or_default(),
                );
                (rtx.ssrc, rtx.seq, header, true)
            }
            (_, _, Some(red)) if !self.sent.redundancy.is_none() => {
                let own = (to.ssrc, red, self.sent.out);
                let header = self.write_header(
                    &mut burst.bytes,
                    formats,
                    &to.mid.0,
                    own,
                    self.sent.transport,
                );
                rtp::clear_padding(&mut burst.bytes, at);
                if !self.write_redundant(&mut burst.bytes, pt) {
                    burst.bytes.truncate(at);
                    return Err(Drop::NotInHistory);
                }
                (to.ssrc, self.sent.out, header, is_first)
            }
            _ => {
                let own = (to.ssrc, pt, self.sent.out);
                let header = self.write_header(
                    &mut burst.bytes,
                    formats,
                    &to.mid.0,
                    own,
                    self.sent.transport,
                );
                self.write_payload(&mut burst.bytes, &self.bytes[self.header.length..]);
                rtp::even_out(&mut burst.bytes, at);
                (to.ssrc, self.sent.out, header, is_first)
            }
        };
        security.sender.protect_rtp(&mut burst.bytes, at, header, ssrc, seq);
        let size = burst.finish(at);
        if let Some(downlink) = downlink.filter(|_| stamped) {
            downlink.record(self.now, size, self.kind);
        }
        Ok(())
    }

    fn write_header(
        &self,
        out: &mut Vec<u8>,
        to: &Formats,
        mid: &str,
        (ssrc, pt, seq): (Ssrc, Pt, SeqNo),
        transport: Option<u16>,
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
            transport,
            playout: self.sent.playout,
        };
        let ids = (&self.from.extensions, &to.extensions);
        rtp::write_header(out, self.bytes, &self.header, ids, mid, rewrite)
    }

    /// False when what it repeated is not in the history any more.
    fn write_redundant(&self, out: &mut Vec<u8>, pt: Pt) -> bool {
        let payload = self.header.payload(self.bytes).unwrap_or_default();
        self.redundancy.write(out, pt, self.sent.redundancy, payload)
    }

    fn write_payload(&self, out: &mut Vec<u8>, payload: &[u8]) {
        let at = out.len();
        out.extend_from_slice(payload);
        let codec = self.from.get(self.header.pt).map(|format| format.codec);
        if let Some(codec) = codec {
            let copy = &mut out[at..];
            renumber(&codec.inspect(payload), copy, self.sent.shift, self.sent.layers);
        }
    }
}

/// How often the packet that begins a pause is sent again on a lossy way: until the next, which may take 400 ms, nothing
/// tells a receiver that it was lost, and it makes up sound all the while.
const PAUSE_COPIES: u32 = 3;

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
