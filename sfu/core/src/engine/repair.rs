//! What publishers send to repair losses: RTX (RFC 4588) and redundant audio (RFC 2198), turned into
//! the packets that were lost.

use super::Engine;
use super::media::{Arrival, read_label};
use crate::codec::Codec;
use crate::counters::{Counter, Drop};
use crate::feedback::missing::Way;
use crate::ids::{IdMap, PeerId, Pt, PublicationId, SeqNo};
use crate::peer::{Format, Label, Route};
use crate::publication::Publication;
use crate::redundancy::{self, Blocks};
use crate::rtp::{Extension, Header};
use crate::rtx;
use crate::time::Instant;

impl Engine {
    /// A packet in an RTX stream becomes the one it repeats. The stream's own numbers mean nothing.
    pub(super) fn handle_retransmission(
        &mut self,
        now: Instant,
        id: PeerId,
        bytes: &mut [u8],
        header: &Header,
    ) -> Result<(), Drop> {
        let (publication, index, pt) = self.place_repair(id, bytes, header)?;
        let found = self.publications.get(&publication).ok_or(Drop::UnknownStream)?;
        let layer = &found.layers[index];
        let ssrc = layer.ssrc.ok_or(Drop::UnknownStream)?;
        let length = rtx::unwrap(bytes, header, pt, ssrc).ok_or(Drop::Padding)?;
        let bytes = &bytes[..length];
        let header = Header::parse(bytes).ok_or(Drop::MalformedRtp)?;
        let highest = layer.reception.highest();
        let seq = highest.closest(header.seq);
        if seq.0 > highest.0 + MAX_AHEAD {
            return Err(Drop::UnknownStream);
        }
        let arrival = Arrival { now, publication, source: found.source(index), seq };
        self.accept(arrival, Way::Retransmission, bytes, &header)
    }

    /// A packet of redundant audio: first what it repeats of packets that are missing, then its own.
    pub(super) fn handle_redundant(
        &mut self,
        arrival: Arrival,
        bytes: &mut [u8],
        header: &Header,
        format: Format,
    ) -> Result<(), Drop> {
        let payload = header.payload(bytes).ok_or(Drop::MalformedRtp)?;
        if payload.is_empty() {
            let pt = format.apt.ok_or(Drop::UnknownPayloadType)?;
            let mut probe = *header;
            probe.pt = pt;
            return self.accept(arrival, Way::Stream, bytes, &probe);
        }
        let blocks = Blocks::parse(payload).ok_or(Drop::MalformedRtp)?;
        if let Some(publication) = self.publications.get_mut(&arrival.publication) {
            publication.layers[arrival.source.layer].redundant = true;
        }
        let primary = blocks.primary();
        self.restore_missing(arrival, &blocks, header, primary.0);
        let length = redundancy::unwrap(bytes, header, primary).ok_or(Drop::MalformedRtp)?;
        let bytes = &bytes[..length];
        let header = Header::parse(bytes).ok_or(Drop::MalformedRtp)?;
        self.accept(arrival, Way::Stream, bytes, &header)
    }

    fn restore_missing(&mut self, arrival: Arrival, blocks: &Blocks, header: &Header, pt: Pt) {
        self.note_gap(arrival, Way::Stream);
        for block in blocks.earlier() {
            let Some(seq) = arrival.seq.0.checked_sub(block.distance).map(SeqNo) else { continue };
            let Some(publication) = self.publications.get(&arrival.publication) else { return };
            if !publication.layers[arrival.source.layer].missing.awaits(seq) {
                continue;
            }
            let restored = block.restore(header, pt, seq);
            let Some(header) = Header::parse(restored.bytes()) else { continue };
            let earlier = Arrival { seq, ..arrival };
            let accepted = self.accept(earlier, Way::Redundancy, restored.bytes(), &header);
            super::count_failure(&mut self.counters, accepted);
        }
    }

    pub(super) fn count_repair(&mut self, way: Way) {
        match way {
            Way::Stream => {}
            Way::Retransmission => self.counters.count(Counter::RepairedByRtx),
            Way::Redundancy => self.counters.count(Counter::RepairedByRed),
        }
    }

    /// The layer an RTX stream repairs and the payload type of what it repeats. A stream that is new
    /// is latched by its mid and repaired rid (RFC 8852 §3.1), else by what it repeats.
    fn place_repair(
        &mut self,
        id: PeerId,
        bytes: &[u8],
        header: &Header,
    ) -> Result<(PublicationId, usize, Pt), Drop> {
        let peer = self.peers.get_mut(&id).ok_or(Drop::UnvalidatedPair)?;
        let format = peer.formats.get(header.pt).filter(|format| format.codec == Codec::Rtx);
        let pt = format.and_then(|format| format.apt).ok_or(Drop::UnknownPayloadType)?;
        if peer.formats.get(pt).is_none_or(|format| !format.codec.is_media()) {
            return Err(Drop::UnknownPayloadType);
        }
        let (publication, layer) = match peer.incoming.get(&header.ssrc) {
            Some(Route::Repair(publication, layer)) => (*publication, *layer),
            Some(_) => return Err(Drop::UnknownStream),
            None => self.latch_repair(id, bytes, header, pt).ok_or(Drop::UnknownStream)?,
        };
        Ok((publication, layer, pt))
    }

    fn latch_repair(
        &mut self,
        id: PeerId,
        bytes: &[u8],
        header: &Header,
        pt: Pt,
    ) -> Option<(PublicationId, usize)> {
        let peer = self.peers.get_mut(&id)?;
        if let Some(label) = read_label(&peer.formats, bytes, header, Extension::RepairedRid) {
            peer.labels.insert(header.ssrc, label);
        }
        let (found, layer) = match peer.labels.get(&header.ssrc) {
            Some(label) => repaired_by_label(&self.publications, id, label)?,
            None => repaired_by_content(&self.publications, id, pt, rtx::repeated(bytes, header)?)?,
        };
        let before = self.publications.get_mut(&found)?.layers[layer].repair.replace(header.ssrc);
        if let Some(before) = before {
            peer.incoming.insert(before, Route::Retired);
        }
        peer.incoming.insert(header.ssrc, Route::Repair(found, layer));
        Some((found, layer))
    }
}

fn repaired_by_label(
    publications: &IdMap<PublicationId, Publication>,
    peer: PeerId,
    label: &Label,
) -> Option<(PublicationId, usize)> {
    let belongs = |p: &Publication| p.peer == peer && p.mid == label.mid;
    let (id, publication) = publications.iter().find(|(_, publication)| belongs(publication))?;
    let layer = publication.layer_named(label.rid.as_ref())?;
    publication.layers[layer].ssrc?;
    Some((*id, layer))
}

/// The only layer without a stream of retransmissions that has this payload type and misses the
/// packet which is repeated.
fn repaired_by_content(
    publications: &IdMap<PublicationId, Publication>,
    peer: PeerId,
    pt: Pt,
    repeated: u16,
) -> Option<(PublicationId, usize)> {
    let own = publications.iter().filter(|(_, publication)| publication.peer == peer);
    let mut fitting = own.flat_map(|(id, publication)| {
        let layers = publication.layers.iter().enumerate();
        let fitting = layers.filter(|(_, layer)| {
            let seq = layer.reception.highest().closest(repeated);
            layer.repair.is_none() && layer.pt == Some(pt) && layer.missing.awaits(seq)
        });
        fitting.map(|(index, _)| (*id, index))
    });
    let only = fitting.next()?;
    fitting.next().is_none().then_some(only)
}

/// A repetition may overtake the packets before it, by so many. Raising it lets a mad sender make us
/// ask for more that never was.
const MAX_AHEAD: u64 = 64;
