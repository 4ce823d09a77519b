//! Beginning with another layer once all of its key frame is here.

use super::Engine;
use super::media::Packet;
use super::sending::{Sending, forward_one};
use crate::counters::Counter;
use crate::ids::{SeqNo, SubscriptionId};
use crate::redundancy::Redundancy;

impl Engine {
    /// If this packet was the last that was missing of a key frame, let those begin with it who waited
    /// for all of it.
    pub(super) fn begin_whole(&mut self, packet: &Packet, awaiting: &[SubscriptionId]) {
        let Some((start, bytes)) = self.whole_key_frame(packet) else { return };
        let Some(mut first) = self.follower(packet, start, &bytes) else { return };
        first.incoming.frame.starts_key_frame = true;
        for id in awaiting {
            if self.begin_with(&first, *id) {
                self.begin_source(&first, *id);
            }
        }
    }

    /// The first packet of the key frame that a packet belongs to, if nothing of it is missing.
    fn whole_key_frame(&self, packet: &Packet) -> Option<(SeqNo, Vec<u8>)> {
        let publication = self.publications.get(&packet.publication)?;
        let layer = &publication.layers[packet.incoming.source.layer];
        let start = layer.key_frame.newest?;
        let belongs = layer.timestamp_of(start) == Some(packet.incoming.timestamp);
        let bytes = layer.history.get(start).filter(|_| belongs)?;
        layer.has_whole_key_frame(start).then(|| (start, bytes.to_vec()))
    }

    fn begin_with(&mut self, first: &Packet, id: SubscriptionId) -> bool {
        let Engine {
            peers, publications, subscriptions, downlinks, timers, outbox, counters, ..
        } = self;
        let outgoing = &mut outbox.outgoing;
        let mut sending = Sending { peers, downlinks, timers, outgoing };
        let Some(publication) = publications.get(&first.publication) else { return false };
        let Some(from) = sending.peers.get(&publication.peer) else { return false };
        let Some(subscription) = subscriptions.get_mut(&id) else { return false };
        let (to, nothing) = ((id, subscription), Redundancy::default());
        let sent = forward_one((first, &nothing), publication, &from.formats, to, &mut sending);
        counters.count(sent.map_or_else(Counter::from, |_| Counter::PacketsForwarded));
        sent.is_ok()
    }
}
