//! RTCP in both directions.

use super::{Engine, OWN_SSRC};
use crate::counters::{Counter, Counters, Drop};
use crate::feedback::reception::SenderClock;
use crate::ids::{IdMap, PeerId, PublicationId, Ssrc, SubscriptionId};
use crate::outgoing::Outgoing;
use crate::peer::{Peer, Route};
use crate::publication::Publication;
use crate::rtcp::{self, Item, ReportBlock, SenderReport};
use crate::time::Instant;

impl Engine {
    pub(super) fn handle_rtcp(
        &mut self,
        now: Instant,
        id: PeerId,
        bytes: &mut [u8],
    ) -> Result<(), Drop> {
        let peer = self.peers.get_mut(&id).ok_or(Drop::UnvalidatedPair)?;
        let security = peer.security.as_mut().ok_or(Drop::NoKeys)?;
        let length = security.receiver.unprotect_rtcp(bytes)?;
        peer.heard_at = now;
        let parsed = rtcp::parse(&bytes[..length], |item| self.handle_item(now, id, item));
        parsed.ok_or(Drop::MalformedRtcp)
    }

    fn handle_item(&mut self, now: Instant, peer: PeerId, item: Item) {
        match item {
            Item::SenderReport { ssrc, ntp, rtp } => {
                self.handle_sender_report(now, peer, ssrc, SenderClock { ntp, rtp, at: now });
            }
            Item::Report(block) => self.handle_report(now, peer, block),
            Item::Bye(ssrc) => self.handle_bye(now, peer, ssrc),
            Item::Nack { media, pairs } => self.handle_nack(now, peer, media, pairs),
            Item::PictureLoss(media) | Item::FullIntra(media) => {
                self.handle_picture_loss(now, peer, media);
            }
            Item::Arrivals(report) => self.handle_arrivals(now, peer, report),
            Item::Remb(estimate) => self.handle_remb(now, peer, estimate),
        }
    }

    fn handle_sender_report(&mut self, now: Instant, peer: PeerId, ssrc: Ssrc, clock: SenderClock) {
        let Some((id, layer)) = self.layer_of(peer, ssrc) else { return };
        let Some(publication) = self.publications.get_mut(&id) else { return };
        publication.layers[layer].clock = Some(clock);
        let source = publication.source(layer);
        for subscription in publication.subscriptions.clone() {
            let forwards = |s: &crate::subscription::Subscription| s.current() == Some(source);
            if self.subscriptions.get(&subscription).is_some_and(forwards) {
                self.send_sender_report(now, subscription);
            }
        }
    }

    /// Tell a subscriber the publisher's clocks, on the timeline the subscriber sees.
    pub(super) fn send_sender_report(&mut self, now: Instant, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let Some(publication) = self.publications.get(&subscription.publication) else { return };
        let Some(source) = subscription.current() else { return };
        let Some(clock) = publication.layers[source.layer].clock else { return };
        let Some(shift) = subscription.timestamp_shift(source) else { return };
        let Some(peer) = self.peers.get_mut(&subscription.peer) else { return };
        let report = SenderReport {
            ntp: clock.ntp,
            rtp: clock.rtp.wrapping_add(shift),
            packets: subscription.packets,
            octets: subscription.octets,
        };
        subscription.last_report = Some(((clock.ntp >> 16) as u32, now));
        send(&mut self.outbox.outgoing, &mut self.counters, (subscription.peer, peer), |out| {
            rtcp::write_sender_report(out, subscription.ssrc, report);
        });
    }

    /// RFC 3550 §6.4.1: the round trip is what has passed since the report, less the delay there.
    fn handle_report(&mut self, now: Instant, peer: PeerId, block: ReportBlock) {
        let Some(id) = self.subscription_of(peer, Ssrc(block.ssrc)) else { return };
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        subscription.note_loss(block.fraction_lost);
        let highest = subscription.highest_out().0;
        subscription.reported.note(block, highest, subscription.packets);
        let Some((last_report, at)) = subscription.last_report else { return };
        if block.last_report == last_report {
            let delay = std::time::Duration::from_secs_f64(f64::from(block.delay) / 65_536.0);
            subscription.set_round_trip(now.since(at).saturating_sub(delay));
        }
    }

    fn handle_bye(&mut self, now: Instant, peer: PeerId, ssrc: Ssrc) {
        let Some((id, layer)) = self.layer_of(peer, ssrc) else { return };
        if self.publications.get(&id).is_some_and(|p| p.layers[layer].active) {
            self.set_active(id, layer, false);
            self.retarget_all(now, id);
        }
    }

    fn handle_nack(&mut self, now: Instant, peer: PeerId, media: Ssrc, pairs: &[u8]) {
        let Some(id) = self.subscription_of(peer, media) else { return };
        self.counters.count(Counter::NacksReceived);
        for wire in rtcp::nacked(pairs) {
            let repeated = self.repeat(now, id, wire);
            super::count_failure(&mut self.counters, repeated);
        }
    }

    fn handle_picture_loss(&mut self, now: Instant, peer: PeerId, media: Ssrc) {
        let Some(id) = self.subscription_of(peer, media) else { return };
        self.counters.count(Counter::KeyFramesAsked);
        let Some(subscription) = self.subscriptions.get(&id) else { return };
        let current = subscription.current().map(|source| source.layer);
        if let Some(layer) = current.or(subscription.target) {
            self.want_key_frame(now, subscription.publication, layer);
        }
    }

    pub(super) fn send_picture_loss(&mut self, id: PublicationId, layer: usize) -> Option<()> {
        let publication = self.publications.get(&id)?;
        let ssrc = publication.layers.get(layer)?.ssrc?;
        let peer = self.peers.get_mut(&publication.peer)?;
        self.counters.count(Counter::KeyFramesRequested);
        let copies = if peer.arrivals.is_lossy() { LOSSY_COPIES } else { 1 };
        for _ in 0..copies {
            send(&mut self.outbox.outgoing, &mut self.counters, (publication.peer, peer), |out| {
                rtcp::write_picture_loss(out, OWN_SSRC, ssrc);
            });
        }
        Some(())
    }

    pub(super) fn send_nack(
        &mut self,
        id: PublicationId,
        layer: usize,
        missing: &[u16],
    ) -> Option<()> {
        let publication = self.publications.get(&id)?;
        let ssrc = publication.layers.get(layer)?.ssrc?;
        let peer = self.peers.get_mut(&publication.peer)?;
        self.counters.count(Counter::NacksSent);
        send(&mut self.outbox.outgoing, &mut self.counters, (publication.peer, peer), |out| {
            rtcp::write_nack(out, OWN_SSRC, ssrc, missing);
        });
        Some(())
    }

    pub(super) fn send_arrivals(&mut self, now: Instant, id: PeerId) {
        // Who cannot be told now is told when a pair carries its media again.
        let Some(peer) = self.peers.get_mut(&id).filter(|peer| peer.is_reachable()) else { return };
        let estimate = match &mut peer.uplink {
            Some(uplink) => uplink.news(now),
            None => peer.relief.judge(now, peer.queueing.is_standing() == Some(true)),
        };
        if let Some(estimate) = estimate {
            let is_media = |(ssrc, route): (&Ssrc, &Route)| match route {
                Route::Layer(..) => Some(*ssrc),
                _ => None,
            };
            let streams: Vec<Ssrc> = peer.incoming.iter().filter_map(is_media).collect();
            send(&mut self.outbox.outgoing, &mut self.counters, (id, peer), |out| {
                rtcp::write_remb(out, OWN_SSRC, estimate.0, &streams);
            });
        }
        // Where nothing queues, what is lost would be lost whatever is sent.
        if peer.arrivals.is_lossy() && peer.queueing.is_standing() == Some(false) {
            let unrepaired = unrepaired(&self.publications, peer);
            peer.arrivals.hide_losses(now, unrepaired);
        } else {
            peer.arrivals.tell_losses();
        }
        while peer.arrivals.has_news() {
            let mut arrivals = std::mem::take(&mut peer.arrivals);
            let media = peer.latest_media;
            send(&mut self.outbox.outgoing, &mut self.counters, (id, peer), |out| {
                arrivals.write(out, OWN_SSRC, media);
            });
            peer.arrivals = arrivals;
        }
        if peer.arrivals.is_behind() {
            self.watch_arrivals(now, id);
        }
    }

    /// Tell a publisher how each of its streams arrives.
    pub(super) fn send_receiver_reports(&mut self, now: Instant, id: PeerId) {
        let published = self.publications.values_mut().filter(|p| p.peer == id);
        let layers = published.flat_map(|publication| &mut publication.layers);
        let blocks: Vec<_> = layers
            .filter(|layer| layer.active)
            .filter_map(|layer| layer.reception.report(layer.ssrc?, layer.clock, now))
            .collect();
        let Some(peer) = self.peers.get_mut(&id) else { return };
        for blocks in blocks.chunks(MAX_BLOCKS) {
            send(&mut self.outbox.outgoing, &mut self.counters, (id, peer), |out| {
                rtcp::write_receiver_report(out, OWN_SSRC, blocks);
            });
        }
    }

    fn layer_of(&self, peer: PeerId, ssrc: Ssrc) -> Option<(PublicationId, usize)> {
        match self.peers.get(&peer)?.incoming.get(&ssrc)? {
            Route::Layer(publication, layer) => Some((*publication, *layer)),
            Route::Repair(..) | Route::Retired => None,
        }
    }

    fn subscription_of(&self, peer: PeerId, ssrc: Ssrc) -> Option<SubscriptionId> {
        self.peers.get(&peer)?.outgoing.get(&ssrc).copied()
    }
}

/// Where each gap in a peer's streams is that may still be filled.
fn unrepaired(publications: &IdMap<PublicationId, Publication>, peer: &Peer) -> Vec<[Instant; 2]> {
    let layers = peer.incoming.values().filter_map(|route| match route {
        Route::Layer(publication, layer) => publications.get(publication)?.layers.get(*layer),
        Route::Repair(..) | Route::Retired => None,
    });
    layers.flat_map(|layer| layer.missing.unrepaired()).collect()
}

/// Protect and send what `write` appends, if the peer can be reached.
fn send(
    outgoing: &mut Outgoing,
    counters: &mut Counters,
    (id, peer): (PeerId, &mut Peer),
    write: impl FnOnce(&mut Vec<u8>),
) {
    let (Some(destination), Some(security)) = (peer.ice.selected(), peer.security.as_mut()) else {
        return counters.count(Drop::NoPair);
    };
    let burst = outgoing.to(id, destination);
    let at = burst.bytes.len();
    write(&mut burst.bytes);
    if burst.bytes.len() > at {
        security.sender.protect_rtcp(&mut burst.bytes, at);
    }
    burst.finish(at);
}

/// RFC 3550 §6.4.2: the count has five bits.
const MAX_BLOCKS: usize = 31;

/// A request for a key frame is sent so often where packets are lost: none of them costs as much as the
/// second until the next.
const LOSSY_COPIES: usize = 3;
