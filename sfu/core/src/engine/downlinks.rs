//! What fits on the way to each subscriber: feedback taken, changes told, more tried out.

use super::{Engine, Event};
use crate::bandwidth::Bitrate;
use crate::bandwidth::downlink::Kind;
use crate::bandwidth::report::Report;
use crate::bandwidth::sharing;
use crate::counters::{Counter, Drop};
use crate::ids::{PeerId, Pt, SubscriptionId};
use crate::rtp::{self, Rewrite};
use crate::time::Instant;

use super::sending::{Receiver, Sending};

impl Engine {
    pub(super) fn handle_arrivals(&mut self, now: Instant, id: PeerId, body: &[u8]) {
        let Some(report) = Report::parse(body) else {
            return self.counters.count(Drop::MalformedRtcp);
        };
        if let Some(downlink) = self.downlinks.get_mut(&id) {
            downlink.handle_report(now, &report);
            if downlink.is_lowered(now) {
                self.share_way(now, id);
            }
            self.tell_bandwidth(now, id);
        }
    }

    /// Let those who are congested together with a peer, at the same address, share alike.
    fn share_way(&mut self, now: Instant, id: PeerId) {
        let address = |id: &PeerId| Some(self.peers.get(id)?.ice.selected()?.remote.ip());
        let Some(here) = address(&id) else { return };
        let beside: Vec<PeerId> =
            self.downlinks.keys().filter(|id| address(id) == Some(here)).copied().collect();
        let members = beside.iter().filter_map(|id| self.downlinks.get(id)?.member(now));
        let Some(share) = sharing::share(now, &members.collect::<Vec<_>>()) else { return };
        for id in beside {
            if let Some(downlink) = self.downlinks.get_mut(&id) {
                downlink.set_share(share);
            }
            self.tell_bandwidth(now, id);
        }
    }

    pub(super) fn handle_remb(&mut self, now: Instant, id: PeerId, estimate: f64) {
        self.downlinks.entry(id).or_default().handle_remb(Bitrate(estimate));
        self.tell_bandwidth(now, id);
    }

    fn tell_bandwidth(&mut self, now: Instant, id: PeerId) {
        let able = self.padding_stream(id).is_some();
        let Some(downlink) = self.downlinks.get_mut(&id) else { return };
        downlink.prober.set_able(able);
        if let Some(bandwidth) = downlink.news(now) {
            self.outbox.push_event(Event::BandwidthChanged { peer: id, bandwidth });
        }
        self.watch_probe(now, id);
    }

    pub(super) fn set_demand(&mut self, now: Instant, id: PeerId, demand: Bitrate) -> Option<()> {
        self.peers.get(&id)?;
        let able = self.padding_stream(id).is_some();
        let downlink = self.downlinks.entry(id).or_default();
        downlink.prober.set_demand(demand);
        downlink.prober.set_able(able);
        self.watch_probe(now, id);
        Some(())
    }

    /// Send the padding that is due to try out whether more fits.
    pub(super) fn probe(&mut self, now: Instant, id: PeerId) {
        let Some(downlink) = self.downlinks.get_mut(&id) else { return };
        let mut left = downlink.take_padding(now);
        while let (1.., Some((subscription, pt))) = (left, self.padding_stream(id)) {
            let Ok(size) = self.send_padding(now, subscription, pt) else { break };
            left = left.saturating_sub(size);
        }
        self.watch_probe(now, id);
    }

    /// A subscription with an RTX stream, and the payload type of that: only there padding can be
    /// sent without a gap in the media.
    fn padding_stream(&self, id: PeerId) -> Option<(SubscriptionId, Pt)> {
        let peer = self.peers.get(&id)?;
        let with_rtx =
            peer.outgoing.values().filter_map(|id| Some((id, self.subscriptions.get(id)?)));
        with_rtx.filter(|(_, subscription)| subscription.rtx.is_some()).find_map(
            |(id, subscription)| {
                let mut formats = subscription.formats();
                Some((*id, formats.find_map(|pt| peer.formats.retransmission_of(pt))?))
            },
        )
    }

    fn send_padding(&mut self, now: Instant, id: SubscriptionId, pt: Pt) -> Result<usize, Drop> {
        let Engine { peers, subscriptions, downlinks, timers, outbox, counters, .. } = self;
        let subscription = subscriptions.get_mut(&id).ok_or(Drop::UnknownStream)?;
        let rtx = subscription.rtx.as_mut().ok_or(Drop::UnknownStream)?;
        let outgoing = &mut outbox.outgoing;
        let mut sending = Sending { peers, downlinks, timers, outgoing };
        let Receiver { formats, security, downlink, batch } = sending.to(subscription.peer)?;
        let transport = downlink.as_ref().map(|downlink| downlink.next());
        rtx.seq = rtx.seq.next();
        let burst = batch.open();
        let at = burst.bytes.len();
        let rewrite = Rewrite::padding((rtx.ssrc, pt, rtx.seq), transport);
        let ids = &formats.extensions;
        let header = rtp::write_padding(&mut burst.bytes, ids, &subscription.mid.0, rewrite);
        security.sender.protect_rtp(&mut burst.bytes, at, header, rtx.ssrc, rtx.seq);
        let size = burst.finish(at);
        if let Some(downlink) = downlink {
            downlink.record(now, size, Kind::Padding);
        }
        counters.count(Counter::PaddingSent);
        Ok(size)
    }

    /// Tell what the layers of a peer's videos carry, where that has changed.
    pub(super) fn measure_layers(&mut self, now: Instant, id: PeerId) {
        for (&publication, found) in self.publications.iter_mut() {
            if found.peer != id || !found.video {
                continue;
            }
            let layers = &mut found.layers;
            let changes = layers.iter_mut().map(|layer| layer.volume.measure(now));
            if changes.fold(false, |any, changed| any | changed) {
                let rates = match found.layers.as_slice() {
                    [only] => only.volume.rates().to_vec(),
                    layers => layers.iter().map(|layer| layer.volume.rates_of_all()).collect(),
                };
                self.outbox.push_event(Event::LayerRates { publication, rates });
            }
        }
    }
}
