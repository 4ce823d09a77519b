//! What waits for its turn on the way to a receiver, sent when it comes.

use super::sending::Sending;
use super::{Engine, count_failure};
use crate::bandwidth::downlink::Kind;
use crate::bandwidth::pacer::Held;
use crate::counters::Drop;
use crate::ids::{PeerId, SeqNo, SubscriptionId};
use crate::sent::SentPacket;
use crate::time::Instant;

impl Engine {
    /// Send again what a subscriber lost, or let it wait for its turn.
    pub(super) fn repeat(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        wire: u16,
    ) -> Result<(), Drop> {
        let subscription = self.subscriptions.get_mut(&id).ok_or(Drop::NotInHistory)?;
        let sent = subscription.find(wire, now)?;
        let to = subscription.peer;
        let publication = self.publications.get(&subscription.publication);
        let publication = publication.ok_or(Drop::NotInHistory)?;
        let holds = |this: &mut Engine| this.downlinks.get_mut(&to).is_some_and(|to| to.holds(now));
        if !publication.video || !holds(self) {
            let downlink = self.downlinks.get(&to);
            for _ in 0..downlink.map_or(1, |downlink| downlink.doubling.copies()) {
                self.send_stored(now, id, sent, Kind::Repetition)?;
            }
            return Ok(());
        }
        let size = self.stored_size(id, sent).ok_or(Drop::NotInHistory)?;
        let held = Held { subscription: id, wire, size, is_repetition: true };
        let Engine { peers, downlinks, timers, outbox, .. } = self;
        let outgoing = &mut outbox.outgoing;
        Sending { peers, downlinks, timers, outgoing }.hold(to, held);
        Ok(())
    }

    /// Send what was just sent so many times more, unasked.
    pub(super) fn double(
        &mut self,
        now: Instant,
        id: SubscriptionId,
        (out, copies): (SeqNo, u32),
    ) -> Result<(), Drop> {
        let subscription = self.subscriptions.get_mut(&id).ok_or(Drop::NotInHistory)?;
        let sent = subscription.sent(out).ok_or(Drop::NotInHistory)?;
        (0..copies).try_for_each(|_| self.send_stored(now, id, sent, Kind::Double))
    }

    fn stored_size(&self, id: SubscriptionId, sent: SentPacket) -> Option<usize> {
        let publication = self.publications.get(&self.subscriptions.get(&id)?.publication)?;
        Some(publication.layers.get(sent.source.layer)?.history.get(sent.seq)?.len())
    }

    /// Send what may leave now of what waits for a peer.
    pub(super) fn release(&mut self, now: Instant, id: PeerId) {
        while let Some(held) = self.downlinks.get_mut(&id).and_then(|to| to.release(now)) {
            let sent = self.send_held(now, id, held);
            count_failure(&mut self.counters, sent);
        }
        if let Some(downlink) = self.downlinks.get_mut(&id) {
            self.timers.watch_pace(id, downlink);
        }
    }

    fn send_held(&mut self, now: Instant, to: PeerId, held: Held) -> Result<(), Drop> {
        let downlink = self.downlinks.get(&to).filter(|_| !held.is_repetition);
        let transport = downlink.map(|downlink| downlink.next());
        let subscription = self.subscriptions.get_mut(&held.subscription);
        let sent = subscription.and_then(|found| found.take_held(held.wire, transport));
        let sent = sent.ok_or(Drop::NotInHistory)?;
        let kind = if held.is_repetition { Kind::Repetition } else { Kind::Video };
        self.send_stored(now, held.subscription, sent, kind)
    }
}
