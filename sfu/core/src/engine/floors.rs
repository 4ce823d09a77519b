//! Large rooms: microphones that are held back while others are louder, and how they come back.

use super::Engine;
use super::media::Packet;
use crate::ids::{FloorId, PublicationId, SeqNo};
use crate::loudest::Floor;
use crate::rtp::Header;
use crate::time::Instant;

impl Engine {
    /// A microphone competes on this floor, which has so many places, for good.
    pub(super) fn set_floor(
        &mut self,
        id: PublicationId,
        floor: FloorId,
        most: usize,
    ) -> Option<()> {
        let publication = self.publications.get_mut(&id).filter(|found| found.floor.is_none())?;
        publication.floor = Some((floor, most));
        if !publication.muted {
            self.enter_floor(floor, most);
        }
        Some(())
    }

    /// The publisher mutes or unmutes.
    pub(super) fn set_muted(&mut self, id: PublicationId, muted: bool) -> Option<()> {
        let publication = self.publications.get_mut(&id)?;
        let before = std::mem::replace(&mut publication.muted, muted);
        match publication.floor {
            Some((floor, _)) if muted && !before => self.leave_floor(floor, id),
            Some((floor, most)) if before && !muted => self.enter_floor(floor, most),
            _ => {}
        }
        Some(())
    }

    fn enter_floor(&mut self, floor: FloorId, most: usize) {
        self.floors.entry(floor).or_insert_with(|| Floor::new(most)).enter();
    }

    /// A microphone is muted or gone.
    pub(super) fn leave_floor(&mut self, floor: FloorId, id: PublicationId) {
        let Some(found) = self.floors.get_mut(&floor) else { return };
        found.leave(id);
        if found.is_empty() {
            self.floors.remove(&floor);
        }
    }

    /// Take the level of a packet.
    pub(super) fn rank(&mut self, now: Instant, id: PublicationId, level: u8) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        publication.ranked = true;
        let floor = publication.floor.filter(|_| !publication.muted);
        if let Some(floor) = floor.and_then(|(floor, _)| self.floors.get_mut(&floor)) {
            floor.hear(id, level, now);
        }
    }

    /// Whether a publication is held back, which is noted. One that never tells its level cannot be
    /// ranked and never is.
    pub(super) fn hold_back(&mut self, id: PublicationId) -> bool {
        let Some(publication) = self.publications.get_mut(&id) else { return false };
        let floor = publication.floor.filter(|_| publication.ranked && !publication.muted);
        let floor = floor.and_then(|(floor, _)| self.floors.get(&floor));
        let held = floor.is_some_and(|floor| floor.holds_back(id));
        publication.held |= held;
        held
    }

    /// Forward again what was held back, from a little before this packet on: the level betrays a
    /// soft consonant only with the vowel after it. To subscribers it is as if nothing had been
    /// sent meanwhile: numbers go on without a gap, timestamps have the one of the pause.
    pub(super) fn resume(&mut self, packet: &Packet) {
        let Engine { publications, subscriptions, .. } = self;
        let Some(publication) = publications.get_mut(&packet.publication) else { return };
        publication.held = false;
        for id in &publication.subscriptions {
            if let Some(subscription) = subscriptions.get_mut(id) {
                subscription.interrupt();
            }
        }
        match self.onset(packet) {
            // What follows it, this packet included, is in the history and comes with it.
            Some((seq, bytes)) => {
                if let Some(first) = self.follower(packet, seq, &bytes) {
                    self.forward(&first);
                }
            }
            None => self.forward(packet),
        }
    }

    /// The earliest packet of the lead, if there is one.
    fn onset(&self, packet: &Packet) -> Option<(SeqNo, Vec<u8>)> {
        let publication = self.publications.get(&packet.publication)?;
        let history = &publication.layers[packet.incoming.source.layer].history;
        let lead = LEAD_MS * packet.incoming.clock_rate / 1000;
        let earlier = (1..=LEAD_PACKETS).map_while(|back| {
            let seq = SeqNo(packet.incoming.seq.0.checked_sub(back)?);
            let bytes = history.get(seq)?;
            let behind = packet.incoming.timestamp.wrapping_sub(Header::parse(bytes)?.timestamp);
            (behind <= lead).then_some((seq, bytes))
        });
        earlier.last().map(|(seq, bytes)| (seq, bytes.to_vec()))
    }

    /// A packet of the same stream, from the history.
    pub(super) fn follower<'a>(
        &self,
        packet: &Packet,
        seq: SeqNo,
        bytes: &'a [u8],
    ) -> Option<Packet<'a>> {
        let publication = self.publications.get(&packet.publication)?;
        let from = self.peers.get(&publication.peer)?;
        let layer = &publication.layers[packet.incoming.source.layer];
        packet.follower(bytes, seq, &from.formats, &layer.dependency)
    }
}

/// What is sent of the time before the packet that was loud enough. Raising it saves softer onsets;
/// but these packets come all at once, a receiver's jitter buffer plays them late or takes them for
/// jitter: above the delay it keeps anyway (80 ms at first in libwebrtc) everybody would be heard
/// later.
const LEAD_MS: u32 = 60;

/// Packets looked at for that: as many as the shortest Opus frame in use makes of it.
const LEAD_PACKETS: u64 = 6;
